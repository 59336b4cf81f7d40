import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { answer, metered, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';

const NONE_ARRIVES = { attempts: 'off' };
const CHUNK = 65_536;

async function one(world, path, options) {
  const [result] = await world.fetchAll([world.at(path)], options);
  return result;
}

/** The least growth in MB of three runs: the collector's own comings and goings are in some of them, a kept body in all. */
async function residentGrowth(run) {
  const growths = [];
  for (let i = 0; i < 3; i++) {
    const before = process.memoryUsage().rss;
    let most = before;
    const sampler = setInterval(() => { most = Math.max(most, process.memoryUsage().rss); }, 5);
    await run().finally(() => clearInterval(sampler));
    growths.push((Math.max(most, process.memoryUsage().rss) - before) / 1e6);
  }
  return Math.min(...growths);
}

check('maxBytes ends an endless body after that much and a chunk', async (_, world) => {
  await one(world, '/huge?bytes=inf', { maxBytes: 1e6, responseType: 'bytes' });
  const growth = await residentGrowth(async () => {
    const url = world.at('/huge?bytes=inf');
    const [result] = await world.fetchAll([url], { maxBytes: 1e6, responseType: 'bytes' });
    assert.deepEqual([result.ok, result.error.code, result.status, result.error.status, result.attempts.length], [false, 'BODY_TOO_LARGE', 200, 200, 1]);
    assert.equal(result.error.retryable, false);
    await world.sleep(50);
    assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  });
  assert.ok(growth < 20, `${growth} MB`);
});

check('of an endless body no more is read than maxBytes and a chunk', async (_, world) => {
  const fetch = metered();
  const result = await one(world, '/huge?bytes=inf', { maxBytes: 1e6, responseType: 'bytes', fetch });
  assert.equal(result.error.code, 'BODY_TOO_LARGE');
  assert.ok(fetch.meter.read > 1e6 && fetch.meter.read <= 1e6 + CHUNK, `${fetch.meter.read} bytes`);
  assert.equal(fetch.meter.cancelled, true);
});

check('maxBytes is a limit to the byte, whatever Content-Length says', async (_, world) => {
  for (const responseType of ['bytes', 'text', 'arrayBuffer', 'blob', 'auto']) {
    const exact = await one(world, '/huge?bytes=1000', { maxBytes: 1000, responseType });
    assert.deepEqual([exact.ok, exact.bytes], [true, 1000]);
    assert.equal((await one(world, '/huge?bytes=1000', { maxBytes: 999, responseType })).error.code, 'BODY_TOO_LARGE');
    assert.equal((await one(world, '/drip?bytes=1000&chunk=500&every=5&length=0', { maxBytes: 999, responseType })).error.code, 'BODY_TOO_LARGE');
  }
});

check('maxBytes counts decoded bytes, which ends a gzip bomb', async (_, world) => {
  await one(world, '/bomb?mb=1000', { maxBytes: 1e7, responseType: 'bytes' });
  const growth = await residentGrowth(async () => {
    const url = world.at('/bomb?mb=1000');
    const [result] = await world.fetchAll([url], { maxBytes: 1e7, responseType: 'bytes' });
    assert.equal(result.error.code, 'BODY_TOO_LARGE');
    await world.sleep(50);
    assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  });
  assert.ok(growth < 60, `${growth} MB`);
  const fetch = metered();
  await one(world, '/bomb?mb=1000', { maxBytes: 1e7, responseType: 'bytes', fetch });
  assert.ok(fetch.meter.read > 1e7 && fetch.meter.read <= 1e7 + CHUNK, `${fetch.meter.read} bytes`);
});

check('expectedBytes: a shorter body is tried again, a longer one is final', async (_, world) => {
  const cases = [[1000, 1000, undefined, 1], [1000, 1001, 'BODY_LENGTH', 3], [1000, 999, 'BODY_LENGTH', 1], [0, 1, 'BODY_LENGTH', 3]];
  for (const [bytes, expectedBytes, code, count] of cases) {
    const result = await one(world, `/huge?bytes=${bytes}`, { expectedBytes, responseType: 'bytes' });
    assert.deepEqual([result.error?.code, result.attempts.length], [code, count], `${bytes} for ${expectedBytes}`);
  }
  assert.equal((await one(world, '/empty-json', { expectedBytes: 0 })).ok, true);
});

for (const responseType of ['json', 'auto']) {
  check(`unparsable JSON is BODY_PARSE, read as ${responseType}`, async (_, world) => {
    const result = await one(world, '/bad-json', { responseType });
    const { ok, status, error, attempts } = result;
    assert.deepEqual([ok, status, error.code, error.status, error.retryable, attempts.length], [false, 200, 'BODY_PARSE', 200, false, 1]);
    assert.ok(!error.message.includes('oops'), error.message);
  });

  check(`JSON that is empty is undefined, read as ${responseType}`, NONE_ARRIVES, async (_, world) => {
    for (const path of ['/empty-json', '/status/204', '/status/304']) {
      const result = await one(world, path, { responseType });
      assert.deepEqual([result.ok, 'data' in result, result.data], [true, true, undefined], path);
    }
    const head = await one(world, '/ok', { responseType, method: 'HEAD' });
    assert.deepEqual([head.ok, head.data], [true, undefined]);
    const reset = await one(world, '/ok', { responseType, fetch: scripted(answer(205)) });
    assert.deepEqual([reset.ok, reset.data], [true, undefined]);
  });

  check(`a byte order mark, null, large numbers and lone surrogates, read as ${responseType}`, async (_, world) => {
    assert.deepEqual((await one(world, '/bom-json', { responseType })).data, { bom: true });
    const nothing = await one(world, '/null-json', { responseType });
    assert.deepEqual([nothing.ok, nothing.data], [true, null]);
    assert.deepEqual((await one(world, '/big-number-json', { responseType })).data, { unsafe: 9007199254740992, infinite: Infinity });
    assert.deepEqual((await one(world, '/lone-surrogate-json', { responseType })).data, { text: '\ud800' });
  });

  check(`deeply nested JSON is a value or an error, read as ${responseType}`, async (_, world) => {
    const result = await one(world, '/deep-json', { responseType });
    if (result.ok) assert.ok(Array.isArray(result.data));
    else assert.equal(result.error.code, 'BODY_PARSE');
  });
}

check('a character cut between two chunks stays whole, with a limit or without', async (_, world) => {
  for (const options of [{}, { maxBytes: 1000 }, { timeout: { idle: 1000 } }, { expectedBytes: 17 }]) {
    assert.equal((await one(world, '/split-utf8', { responseType: 'text', ...options })).data, 'before \u{1f600} after');
    assert.equal((await one(world, '/split-utf8', options)).data, 'before \u{1f600} after');
  }
});

check('latin1 is exact as bytes', async (_, world) => {
  const result = await one(world, '/latin1', { responseType: 'bytes' });
  assert.equal(Buffer.from(result.data).toString('latin1'), 'café üñ');
});

for (const watched of [{}, { maxBytes: 1e6 }]) {
  const how = watched.maxBytes ? ', watched for maxBytes' : '';
  check(`responseType gives what it names${how}`, NONE_ARRIVES, async (_, world) => {
    const text = '{"ok":true,"a":"é"}';
    const read = (responseType, headers) => one(world, '/ok', { ...watched, responseType, fetch: scripted(answer(200, headers, text)) });
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual((await read('json', { 'content-type': 'text/plain' })).data, JSON.parse(text));
    assert.equal((await read('text')).data, text);
    const raw = (await read('bytes')).data;
    assert.ok(raw instanceof Uint8Array);
    assert.deepEqual([...raw], [...bytes]);
    const buffer = (await read('arrayBuffer')).data;
    assert.ok(buffer instanceof ArrayBuffer);
    assert.equal(buffer.byteLength, bytes.length);
    const blob = (await read('blob', { 'content-type': 'text/plain' })).data;
    assert.ok(blob instanceof Blob);
    assert.deepEqual([await blob.text(), blob.type], [text, 'text/plain']);
    const form = await one(world, '/ok', { ...watched, responseType: 'formData',
      fetch: scripted(answer(200, { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1&b=2')) });
    assert.deepEqual([...form.data], [['a', '1'], ['b', '2']]);
    assert.equal((await read('json')).bytes, bytes.length);
  });

  check(`responseType auto reads by content type${how}`, NONE_ARRIVES, async (_, world) => {
    const read = async (type) => (await one(world, '/ok', { ...watched, fetch: scripted(answer(200, { 'content-type': type }, '{"a":1}')) })).data;
    for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/problem+json', 'application/ld+json;v=1']) {
      assert.deepEqual(await read(type), { a: 1 }, type);
    }
    for (const type of ['text/plain', 'text/html; charset=utf-8', 'text/css']) assert.equal(await read(type), '{"a":1}', type);
    for (const type of ['application/octet-stream', 'image/png', 'application/jsonp']) assert.ok((await read(type)) instanceof Uint8Array, type);
  });
}

check('an empty body: auto gives undefined, the others what they name', NONE_ARRIVES, async (_, world) => {
  const read = async (type, responseType) => (await one(world, '/ok', { fetch: scripted(answer(200, { 'content-type': type }, '')), responseType })).data;
  for (const type of ['application/json', 'text/plain', 'application/octet-stream']) assert.equal(await read(type, 'auto'), undefined, type);
  assert.equal(await read('text/plain', 'text'), '');
  assert.equal((await read('text/plain', 'bytes')).byteLength, 0);
});

check('responseType none reads nothing, closes the body, and says no bytes', async (_, world) => {
  const url = world.at('/huge?bytes=inf');
  const [result] = await world.fetchAll([url], { responseType: 'none' });
  assert.deepEqual([result.ok, result.data, result.bytes, result.status], [true, undefined, undefined, 200]);
});

for (const responseType of ['auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'none']) {
  check(`a result of responseType ${responseType} keeps only an unread response`, { attempts: 'off' }, async (_, world) => {
    const urls = ['/ok', '/redirect/2', '/ok'].map((path) => world.at(path));
    for (const more of [{}, { maxBytes: 1e6 }, { headers: { 'x-api-key': 'k' } }, { throwHttpErrors: false, dedupe: true }]) {
      const results = await world.fetchAll(urls, { responseType, ...more });
      assert.deepEqual(results.map(({ statusText, redirected }) => [statusText, redirected]), [['OK', false], ['OK', true], ['OK', false]]);
      for (const { response, bytes, status, url } of results) {
        assert.equal(bytes === undefined, responseType === 'none');
        assert.deepEqual([response?.status, response?.url], responseType === 'none' ? [status, url] : [undefined, undefined]);
      }
    }
  });
}

check('a stand-in for a response that says little makes a result all the same', NONE_ARRIVES, async (_, world) => {
  const like = (more) => Object.defineProperties({ status: 200, headers: new Headers(), arrayBuffer: async () => new TextEncoder().encode('x').buffer }, more);
  const hostile = Object.fromEntries(['statusText', 'redirected', 'url'].map((name) => [name, { get() { throw new Error('not yours to read'); } }]));
  for (const response of [like({}), like(hostile)]) {
    const url = world.at('/ok');
    const [result] = await world.fetchAll([url], { fetch: async () => response, responseType: 'text' });
    assert.deepEqual([result.ok, result.data, result.statusText, result.redirected, result.url], [true, 'x', '', false, url]);
  }
});

check('the body of a failed attempt is closed before the next', NONE_ARRIVES, async (_, world) => {
  const url = world.at('/ok');
  const closed = [];
  const endless = (status) => {
    const body = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1000)), cancel: () => { closed.push(status); } });
    return new Response(body, { status, headers: { 'content-type': 'application/octet-stream' } });
  };
  const fetch = scripted(() => endless(503), () => (assert.deepEqual(closed, [503]), endless(502)), () => (assert.deepEqual(closed, [503, 502]), answer()));
  const [result] = await world.fetchAll([url], { fetch });
  assert.equal(result.ok, true);
});

check('a large body arrives whole', async (_, world) => {
  const { sha256 } = await (await globalThis.fetch(`${world.origins[0]}/sha?size=20000000`)).json();
  for (const options of [{}, { maxBytes: 3e7 }]) {
    const result = await one(world, '/huge?bytes=20000000', { responseType: 'bytes', ...options });
    assert.equal(createHash('sha256').update(result.data).digest('hex'), sha256);
    assert.equal(result.bytes, 20_000_000);
  }
});

for (const path of ['/early-413', '/no-read?ms=600']) {
  check(`an upload of 50 MB to ${path} fails and never hangs`, async (_, world) => {
    const url = world.at(path);
    const body = new Uint8Array(5e7);
    const begun = performance.now();
    const [result] = await world.fetchAll([{ url, method: 'PUT', body }], { timeout: 3000, retry: 0 });
    assert.ok(performance.now() - begun < 5000);
    assert.equal(result.ok, false);
    assert.ok(result.status === 413 || ['NETWORK', 'TIMEOUT'].includes(result.error.code), result.error.code);
  });
}

check('timeout.attempt ends an upload that nobody reads', async (_, world) => {
  const url = world.at('/no-read?ms=1000');
  const [result] = await world.fetchAll([{ url, method: 'PUT', body: new Uint8Array(5e7) }], { timeout: 400, retry: 0 });
  assert.deepEqual([result.error.code, result.error.phase], ['TIMEOUT', 'attempt']);
  // Our end of the connection lies behind bytes that this server never reads.
  await world.sleep(700);
});
