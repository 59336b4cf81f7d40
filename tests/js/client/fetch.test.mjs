import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { bodySha256 } from '../../server.mjs';
import { answer, scripted } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const sha256 = (bytes) => createHash('sha256').update(new Uint8Array(bytes)).digest('hex');

check('createFetch gives a fetch: a host\'s own Response, its body unread', async (_, world) => {
  const fetch = world.createFetch();
  const url = world.at('/ok');
  const response = await fetch(url);
  assert.ok(response instanceof Response);
  assert.deepEqual([response.status, response.ok, response.url, response.redirected, response.type, response.bodyUsed],
    [200, true, url, false, 'basic', false]);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.ok(response.body instanceof ReadableStream);
  assert.equal((await response.json()).ok, true);
  assert.equal(response.bodyUsed, true);
  assert.equal(await response.text().catch((error) => error.constructor), TypeError);
});

check('a body may be read in every way that a Response has', async (_, world) => {
  const fetch = world.createFetch();
  const get = () => fetch(world.at('/huge?bytes=300000'));
  const expected = bodySha256(300_000);
  assert.equal(sha256(await (await get()).arrayBuffer()), expected);
  assert.equal(sha256(await (await (await get()).blob()).arrayBuffer()), expected);
  const chunks = [];
  for await (const chunk of (await get()).body) chunks.push(chunk);
  assert.equal(sha256(Buffer.concat(chunks)), expected);
  const [one, other] = (await get()).body.tee();
  assert.deepEqual(await Promise.all([one, other].map(async (body) => sha256(await new Response(body).arrayBuffer()))), [expected, expected]);
  const response = await get();
  const copy = response.clone();
  assert.deepEqual(await Promise.all([response, copy].map(async (each) => sha256(await each.arrayBuffer()))), [expected, expected]);
  assert.equal(sha256(await (await fetch(world.at('/gzip'))).arrayBuffer()), bodySha256(5000));
});

check('takes what fetch takes, and sends what fetch sends', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = world.createFetch({ headers: {} });
  const url = world.at('/echo');
  const form = new FormData();
  form.append('name', 'value');
  const calls = [
    [url], [new URL(url)], [new Request(url)], [url, undefined], [url, {}],
    [url, { method: 'POST', body: 'text' }], [url, { method: 'PUT', body: new URLSearchParams({ a: '1' }) }],
    [url, { method: 'POST', body: new Uint8Array([1, 2, 3]) }], [url, { method: 'POST', body: new Blob(['b'], { type: 'text/x' }) }],
    [url, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', 'x-a': '1' } }],
    [url, { headers: new Headers({ 'x-a': '1' }) }], [url, { headers: [['x-a', '1'], ['x-a', '2']] }],
    [new Request(url, { method: 'DELETE', headers: { 'x-a': '1' } })], [new Request(url, { method: 'POST', body: 'of a Request' })],
    [new Request(url, { method: 'POST', body: 'of a Request' }), { body: 'of the init', headers: { 'x-init': '1' } }],
    [new Request(url, { headers: { 'x-a': '1' } }), { method: 'PATCH', body: 'x' }],
    [url, { method: 'POST', body: new Blob(['streamed']).stream(), duplex: 'half' }, 'a stream'],
  ];
  const shown = async (response) => {
    const { method, headers, body, length } = await response.json();
    const { connection, host, 'content-length': contentLength, ...rest } = headers;
    return { method, body, length, headers: rest };
  };
  for (const [input, init, note] of calls) {
    const again = note ? { ...init, body: new Blob(['streamed']).stream() } : init;
    const [theirs, ours] = input instanceof Request ? [input.clone(), input] : [input, input];
    assert.deepEqual(await shown(await fetch(ours, init)), await shown(await globalThis.fetch(theirs, again)), `${input.method ?? ''} ${JSON.stringify(init)}`);
  }
  const multipart = await shown(await fetch(url, { method: 'POST', body: form }));
  assert.match(multipart.headers['content-type'], /^multipart\/form-data; boundary=/);
  assert.match(multipart.body, /name="name"\r\n\r\nvalue\r\n/);
});

check('members of init that fetch does not know are ignored, and null is no init', async (_, world) => {
  const fetch = world.createFetch();
  for (const init of [{ timout: 1 }, { timeout: 1, retry: -1, concurrency: 'x', json: 5, hooks: 5 }, { signal: null, body: null, window: null }, null]) {
    const response = await fetch(world.at('/delay/50'), init);
    assert.equal((await response.json()).ok, true, JSON.stringify(init));
  }
});

check('a status never throws; the last answer is handed out, its body to be read', async (_, world) => {
  const fetch = world.createFetch();
  for (const [status, count] of [[404, 1], [401, 1], [500, 3], [503, 3], [429, 3]]) {
    const url = world.at(`/status/${status}`);
    const response = await fetch(url);
    assert.deepEqual([response.status, response.ok, response.headers.get('x-attempt')], [status, false, String(count)]);
    assert.equal((await response.json()).status, status);
    await world.sent(url, count);
  }
  const strict = world.createFetch({ throwHttpErrors: true });
  const response = await strict(world.at('/status/404'));
  assert.deepEqual([response.status, (await response.json()).status], [404, 404]);
});

check('retries as its client is told to, and only requests that may be repeated', async (_, world) => {
  const fetch = world.createFetch({ retry: { limit: 2, delay: 20 } });
  for (const path of ['/flaky?fail=2', '/flaky?fail=2&mode=reset']) {
    const url = world.at(path);
    assert.equal((await (await fetch(url)).json()).attempt, 3);
    await world.sent(url, 3);
  }
  const posted = world.at('/flaky?fail=1');
  const response = await fetch(posted, { method: 'POST', body: 'x' });
  assert.equal(response.status, 503);
  await response.text();
  await world.sent(posted, 1);
  const body = world.at('/flaky?fail=1');
  assert.equal((await (await fetch(new Request(body, { method: 'PUT', body: 'x' }))).json()).ok, true);
  await world.sent(body, 2);
});

check('a network failure is the host\'s own TypeError', async (_, world) => {
  const fetch = world.createFetch();
  const url = world.at('/reset');
  for (const [failing, code] of [[url, 'ECONNRESET'], [`http://${world.host}:${world.refused}/`, 'ECONNREFUSED']]) {
    const error = await world.assert.rejects(fetch(failing));
    assert.deepEqual([error.constructor, error.message, error.cause.code], [TypeError, 'fetch failed', code]);
    assert.ok(!fanfetch.isFanFetchError(error));
  }
  await world.sent(url, 3);
  const response = await fetch(world.at('/reset-body'));
  assert.equal((await world.assert.rejects(response.text())).constructor, TypeError);
  const own = new TypeError('fetch failed');
  assert.equal(await world.assert.rejects(world.createFetch({ fetch: scripted(own), retry: 0 })('http://host.test/')), own);
});

check('an address that cannot be fetched rejects, and sends nothing', async (_, world) => {
  const fetch = world.createFetch();
  for (const input of ['not a url', '', '/relative', 'http://[::bad', undefined]) {
    const error = await world.assert.rejects(fetch(input));
    assert.ok(error instanceof TypeError || error.code === 'INPUT', String(error));
  }
  assert.equal((await world.stats()).requests, 0);
});

check('redirects go as init.redirect says', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = world.createFetch();
  const followed = await fetch(world.at('/redirect/2'));
  assert.deepEqual([followed.status, new URL(followed.url).pathname, followed.redirected], [200, '/redirect/0', true]);
  await followed.text();
  const manual = await fetch(world.at('/redirect/2'), { redirect: 'manual' });
  assert.deepEqual([manual.status, manual.headers.get('location') !== null], [302, true]);
  await manual.text();
  assert.equal((await world.assert.rejects(fetch(world.at('/redirect/2'), { redirect: 'error' }))).constructor, TypeError);
});

check('our own limits reject with their FanFetchError', async (_, world) => {
  const timed = world.createFetch({ timeout: { attempt: 100 }, retry: 1 });
  const url = world.at('/hang');
  const late = await world.assert.rejects(timed(url));
  assert.deepEqual([late.name, late.code, late.phase, late.attempts], ['TimeoutError', 'TIMEOUT', 'attempt', 2]);
  await world.sent(url, 2);
  const dated = world.createFetch({ deadline: new Date(Date.now() - 1) });
  assert.equal((await world.assert.rejects(dated(world.at('/ok')))).phase, 'deadline');
});

check('an abort before the headers rejects with its reason, and disconnects', async (_, world) => {
  const fetch = world.createFetch();
  for (const reason of [undefined, new Error('mine'), 'text']) {
    const controller = new AbortController();
    const url = world.at('/hang');
    const inits = [[url, { signal: controller.signal }], [new Request(url), { signal: controller.signal }]];
    const calls = inits.map((args) => fetch(...args));
    await world.sleep(80);
    assert.equal((await world.stats()).inflight, 2);
    const begun = performance.now();
    controller.abort(reason);
    for (const call of calls) assert.equal(await world.assert.rejects(call), controller.signal.reason);
    assert.ok(performance.now() - begun < 100);
    await world.sleep(80);
    for (const { end } of await world.log(url)) assert.equal(end, 'client-closed');
    assert.equal(fetch.client.inFlight, 0);
  }
  const controller = new AbortController();
  const call = fetch(new Request(world.at('/hang'), { signal: controller.signal }));
  await world.sleep(50);
  controller.abort('of the Request');
  assert.equal(await world.assert.rejects(call), 'of the Request');
});

check('a signal that is aborted already rejects at once and sends nothing', async (_, world) => {
  const fetch = world.createFetch();
  const reason = new Error('mine');
  for (const args of [[world.at('/ok'), { signal: AbortSignal.abort(reason) }], [new Request(world.at('/ok'), { signal: AbortSignal.abort(reason) })]]) {
    assert.equal(await world.assert.rejects(fetch(...args)), reason);
  }
  await world.sleep(50);
  assert.equal((await world.stats()).requests, 0);
});

check('an abort ends a wait for a retry and one in the queue', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1, retry: { limit: 1, delay: 20_000, jitter: 'none' } });
  const controller = new AbortController();
  const waiting = fetch(world.at('/status/503'), { signal: controller.signal });
  await world.untilInFlight(0, 1);
  const blocker = await fetch(world.at('/huge?bytes=500000'));
  const queued = fetch(world.at('/ok'), { signal: controller.signal });
  await world.sleep(30);
  const begun = performance.now();
  controller.abort('enough');
  for (const call of [waiting, queued]) assert.equal(await world.assert.rejects(call), 'enough');
  assert.ok(performance.now() - begun < 100);
  await blocker.text();
  assert.equal((await world.stats()).requests, 2);
});

check('options of the client hold: base URL, headers, hooks, another fetch', ARRIVES_ELSEWHERE, async (_, world) => {
  const hooks = { beforeRequest: [({ request }) => { request.headers.set('x-hook', '1'); }] };
  const fetch = world.createFetch({ baseUrl: world.origins[0], headers: { 'x-client': '1', 'x-own': 'client' }, hooks });
  const { headers } = await (await fetch('/echo', { headers: { 'x-own': 'own' } })).json();
  assert.deepEqual([headers['x-client'], headers['x-own'], headers['x-hook']], ['1', 'own', '1']);
  const elsewhere = await (await fetch(`${world.origins[1]}/echo`)).json();
  assert.equal(elsewhere.headers['x-client'], undefined);
  const fake = scripted(answer(200, {}, '"fake"'));
  assert.equal(await (await world.createFetch({ fetch: fake })('http://host.test/')).json(), 'fake');
  assert.equal(fake.calls.length, 1);
});

check('its client has the counts, and closes it', async (_, world) => {
  const fetch = world.createFetch();
  assert.equal((await (await fetch(world.at('/ok'))).json()).ok, true);
  const { started, succeeded, inFlight } = fetch.client.stats();
  assert.deepEqual([started, succeeded, inFlight], [1, 1, 0]);
  assert.equal((await fetch.client.get(world.at('/ok'))).ok, true);
  const call = world.assert.rejects(fetch(world.at('/hang')));
  await world.untilInFlight(1, 3);
  fetch.client.close();
  assert.equal((await call).code, 'CLOSED');
  assert.equal((await world.assert.rejects(fetch(world.at('/ok')))).code, 'CLOSED');
});
