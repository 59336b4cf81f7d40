import assert from 'node:assert/strict';
import { answer } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const NAMES = ['beforeRequest', 'afterResponse', 'beforeRetry', 'onResult'];
const hook = (name, ...run) => ({ hooks: { [name]: run } });
/** Every hook is called on the way of this request, as its second attempt succeeds. */
const flaky = (world, host) => world.at('/flaky?fail=1', host);

check('hooks come in the order of a request\'s life, each awaited, with its attempt', async (_, world) => {
  const seen = [];
  const note = (name) => [1, 2].map((n) => async ({ attempt }) => {
    seen.push(`${name} ${n} ${attempt}`);
    await world.sleep(20);
    seen.push(`${name} ${n} done`);
  });
  const hooks = { beforeRequest: note('request'), afterResponse: note('response'), beforeRetry: note('retry'), onResult: [({ ok }) => { seen.push(`result ${ok}`); }] };
  const [result] = await world.fetchAll([flaky(world)], { hooks });
  assert.deepEqual(brief(result), [true, undefined, 2]);
  const pair = (name, attempt) => [`${name} 1 ${attempt}`, `${name} 1 done`, `${name} 2 ${attempt}`, `${name} 2 done`];
  assert.deepEqual(seen, [...pair('request', 1), ...pair('response', 1), ...pair('retry', 1), ...pair('request', 2), ...pair('response', 2), 'result true']);
});

check('hooks of a client, of one extended from it and of a call are concatenated', async (_, world) => {
  const seen = [];
  const layer = (by) => ({ hooks: Object.fromEntries(NAMES.map((name) => [name, [() => { seen.push(`${name} ${by}`); }]])) });
  const client = world.createClient(layer('client'));
  const child = client.extend(layer('child'));
  await child.fetchAll([flaky(world)], layer('call'));
  const all = (name) => ['client', 'child', 'call'].map((by) => `${name} ${by}`);
  assert.deepEqual(seen, ['beforeRequest', 'afterResponse', 'beforeRetry', 'beforeRequest', 'afterResponse', 'onResult'].flatMap(all));
  seen.length = 0;
  await client.get(world.at('/ok'));
  assert.deepEqual(seen, ['beforeRequest client', 'afterResponse client', 'onResult client']);
});

check('hooks see what they are declared to see', async (_, world) => {
  const seen = {};
  const hooks = Object.fromEntries(NAMES.map((name) => [name, [(context) => { (seen[name] ??= []).push(context); }]]));
  const spec = { url: flaky(world), method: 'PUT', json: { a: 1 }, headers: { 'x-own': '1' } };
  const [result] = await world.fetchAll([spec], { hooks, retry: { delay: 30, jitter: 'none' } });
  const { request } = seen.beforeRequest[0];
  assert.ok(request instanceof Request);
  assert.deepEqual([request.url, request.method, request.headers.get('x-own'), request.headers.get('content-type')], [spec.url, 'PUT', '1', 'application/json']);
  assert.deepEqual(seen.afterResponse.map(({ request, response, attempt }) => [request.url, response instanceof Response, response.status, attempt]),
    [[spec.url, true, 503, 1], [spec.url, true, 200, 2]]);
  const [retry] = seen.beforeRetry;
  assert.deepEqual([seen.beforeRetry.length, retry.request, retry.attempt, retry.error.code, retry.error.status, retry.response.status, retry.delay],
    [1, spec, 1, 'HTTP', 503, 503, 30]);
  assert.deepEqual(seen.onResult.map(({ ok, index, status, attempts }) => [ok, index, status, attempts.length]), [[true, 0, 200, 2]]);
  assert.equal(result.data.ok, true);
});

check('beforeRetry runs between the wait and the attempt, and not after the last', async (_, world) => {
  const at = [];
  const options = { ...hook('beforeRetry', (context) => { at.push([performance.now(), context.attempt, context.error.code, context.response]); }),
    retry: { limit: 2, delay: 200, factor: 1, jitter: 'none' } };
  const begun = performance.now();
  const url = world.at('/reset');
  const [{ attempts }] = await world.fetchAll([url], options);
  assert.deepEqual(at.map(([, ...rest]) => rest), [[1, 'NETWORK', undefined], [2, 'NETWORK', undefined]]);
  assert.equal(attempts.length, 3);
  assert.ok(at[0][0] - begun >= 190 && at[1][0] - at[0][0] >= 190, at.join());
  await world.fetchAll([world.at('/status/404'), world.at('/ok')], options);
  assert.equal(at.length, 2, 'nothing to retry');
});

check('beforeRequest may change headers; every attempt starts from the original ones', async (_, world) => {
  const seen = [];
  const change = ({ request, attempt }) => {
    seen.push(request.headers.get('x-added'));
    request.headers.append('x-added', String(attempt));
    request.headers.delete('x-own');
  };
  const later = ({ request }) => { request.headers.append('x-added', 'later'); };
  const client = world.createClient({ ...hook('beforeRequest', change, later), headers: { 'x-own': '1' } });
  const { data } = await client.get(world.at('/echo'));
  assert.deepEqual([data.headers['x-added'], data.headers['x-own']], ['1, later', undefined]);
  assert.equal((await client.get(flaky(world))).attempts.length, 2);
  assert.deepEqual(seen, [null, null, null]);
});

check('beforeRequest may send another Request; a retry starts from the original one', ARRIVES_ELSEWHERE, async (_, world) => {
  const target = world.at('/flaky?fail=1', 1);
  const seen = [];
  const replace = ({ request }) => {
    seen.push(request.url);
    return new Request(target, { method: 'PUT', body: 'other', headers: { 'x-other': '1' } });
  };
  const next = ({ request }) => { seen.push(request.url); };
  const original = world.at('/ok');
  const [result] = await world.fetchAll([original], hook('beforeRequest', replace, next));
  assert.equal(result.ok, true);
  assert.deepEqual(seen, [original, target, original, target]);
  assert.deepEqual((await world.sent(target, 2)).map(({ method, length }) => [method, length]), [['PUT', 5], ['PUT', 5]]);
  await world.sent(original, 0);
  const [{ data }] = await world.fetchAll([world.at('/ok')], hook('beforeRequest', () => new Request(world.at('/echo'), { headers: { 'x-other': '1' } })));
  assert.equal(data.headers['x-other'], '1');
});

check('beforeRequest may answer by itself, and its answer is judged like a host\'s', ARRIVES_ELSEWHERE, async (_, world) => {
  for (const [response, expected] of [[answer(), [true, undefined]], [answer(404), [false, 'HTTP']], [answer(200, {}, '{'), [false, 'BODY_PARSE']]]) {
    const [result] = await world.fetchAll([world.at('/hang')], hook('beforeRequest', () => response));
    assert.deepEqual([result.ok, result.error?.code], expected);
    if (result.ok) assert.deepEqual([result.data, result.status], [{ ok: true }, 200]);
  }
  assert.equal((await world.stats()).requests, 0);
});

check('afterResponse comes before the status is judged: it may heal, or spoil', async (_, world) => {
  const [healed] = await world.fetchAll([world.at('/status/503')], hook('afterResponse', () => answer()));
  assert.deepEqual([...brief(healed), healed.data, healed.status], [true, undefined, 1, { ok: true }, 200]);
  const [spoiled] = await world.fetchAll([world.at('/ok')], hook('afterResponse', () => answer(404)));
  assert.deepEqual([...brief(spoiled), spoiled.status], [false, 'HTTP', 1, 404]);
  const url = world.at('/ok');
  const [retried] = await world.fetchAll([url], hook('afterResponse', ({ attempt }) => (attempt < 3 ? answer(503) : undefined)));
  assert.deepEqual(brief(retried), [true, undefined, 3]);
  await world.sent(url, 3);
});

check('afterResponse may look at a copy of the body, and hands its answer to the next', async (_, world) => {
  const copies = [];
  const look = async ({ response }) => { copies.push(await response.clone().json()); };
  const replace = async ({ response }) => answer(response.status, {}, JSON.stringify({ ...await response.json(), added: true }));
  const [{ data }] = await world.fetchAll([world.at('/ok')], hook('afterResponse', look, replace, look));
  assert.deepEqual([data.ok, data.added, copies[0].added, copies[1].added], [true, true, undefined, true]);
});

check('a body that afterResponse replaces unread is cancelled, and frees its slot', async (_, world) => {
  const client = world.createClient({ concurrency: 1, ...hook('afterResponse', ({ response }) => (response.url.includes('/huge') ? answer() : undefined)) });
  const url = world.at('/huge?bytes=inf');
  assert.deepEqual((await client.get(url)).data, { ok: true });
  await world.sleep(100);
  assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  assert.equal((await client.get(world.at('/ok'))).ok, true);
});

for (const [how, fail] of [['throws', (boom) => { throw boom; }], ['rejects', async (boom) => { throw boom; }]]) {
  for (const name of NAMES) {
    check(`${name} that ${how} fails its own request alone, as HOOK, once`, ARRIVES_ELSEWHERE, async (_, world) => {
      for (const boom of [new Error('boom'), 'a string', undefined]) {
        const bad = flaky(world);
        const mine = ({ request, url = request?.url ?? request }) => url === bad;
        const run = (context) => (mine(name === 'onResult' ? { url: context.request.url } : context) ? fail(boom) : undefined);
        const [failed, fine] = await world.fetchAll([bad, flaky(world, 1)], hook(name, run));
        assert.deepEqual([failed.ok, failed.error?.code, failed.error?.name, failed.error?.cause, failed.error?.retryable], [false, 'HOOK', 'HookError', boom, false]);
        assert.ok(failed.error instanceof fanfetch.HookError);
        const sent = { beforeRequest: 0, afterResponse: 1, beforeRetry: 1, onResult: 2 }[name];
        assert.deepEqual([failed.attempts.length, (await world.log(bad)).length], [sent, sent]);
        assert.deepEqual(brief(fine), [true, undefined, 2]);
      }
    });
  }
}

check('an answer whose afterResponse throws has its body cancelled', async (_, world) => {
  const client = world.createClient(hook('afterResponse', () => { throw new Error('boom'); }));
  const url = world.at('/huge?bytes=inf');
  assert.equal((await world.assert.rejects(client.get(url))).code, 'HOOK');
  await world.sleep(100);
  assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
});

for (const name of ['beforeRequest', 'afterResponse', 'beforeRetry']) {
  check(`${name} that never resolves is ended by timeout.total`, async (_, world) => {
    const begun = performance.now();
    const [{ error }] = await world.fetchAll([flaky(world)], { ...hook(name, () => new Promise(() => {})), timeout: { total: 200 } });
    const total = performance.now() - begun;
    assert.ok(total >= 200 && total <= 500, `${total} ms`);
    assert.equal(error.code, 'TIMEOUT');
    // Before anything is sent it is `queue` that says so.
    assert.ok(error.phase === 'total' || (name === 'beforeRequest' && error.phase === 'queue'), error.phase);
  });

  check(`an abort ends ${name} that never resolves`, async (_, world) => {
    const controller = new AbortController();
    const call = world.fetchAll([flaky(world)], { ...hook(name, () => new Promise(() => {})), signal: controller.signal });
    await world.sleep(150);
    controller.abort('enough');
    assert.equal(await world.assert.rejects(call), 'enough');
  });
}

for (const name of NAMES) {
  check(`${name} may call its client again, at a concurrency of 1, and wait for it`, async (_, world) => {
    const inner = [];
    const run = async () => {
      if (inner.length > 0) return;
      inner.push(undefined);
      inner[0] = await client.fetchAll([world.at('/ok', 1), world.at('/ok', 1)]);
    };
    const client = world.createClient({ concurrency: 1, timeout: { attempt: 2000, total: 3000 }, ...hook(name, run) });
    const results = await client.fetchAll([flaky(world), world.at('/ok')]);
    assert.deepEqual(results.map(brief), [[true, undefined, 2], [true, undefined, 1]]);
    if (name === 'onResult') await client.onIdle();
    await world.sleep(0);
    assert.deepEqual(inner[0].map(brief), [[true, undefined, 1], [true, undefined, 1]]);
  });

  check(`${name} may abort its call, in the same turn`, ARRIVES_ELSEWHERE, async (_, world) => {
    const controller = new AbortController();
    const options = { ...hook(name, () => { controller.abort('now'); }), signal: controller.signal };
    assert.equal(await world.assert.rejects(world.fetchAll([flaky(world), world.at('/hang')], options)), 'now');
  });
}

check('a slow hook before an attempt is not in the attempt\'s time', async (_, world) => {
  const slow = () => world.sleep(300);
  const [result] = await world.fetchAll([flaky(world)], { hooks: { beforeRequest: [slow], beforeRetry: [slow] }, timeout: 250 });
  assert.deepEqual(brief(result), [true, undefined, 2]);
});

check('onResult has every result once, failures too, by every kind of call', async (_, world) => {
  const seen = [];
  const client = world.createClient(hook('onResult', ({ request: { url }, ok, error }) => { seen.push([url, ok, error?.code]); }));
  const urls = [world.at('/ok'), world.at('/status/404'), 'http://[::bad'];
  const expected = [[urls[0], true, undefined], [urls[1], false, 'HTTP'], ['', false, 'INPUT']];
  const check = (count = 3) => {
    assert.deepEqual(seen.sort(([a], [b]) => (urls.indexOf(a) + 4) % 4 - (urls.indexOf(b) + 4) % 4), expected.slice(0, count));
    seen.length = 0;
  };
  await client.fetchAll(urls);
  check();
  for await (const { ok } of client.fetchEach(urls)) assert.equal(typeof ok, 'boolean');
  check();
  await Promise.allSettled(urls.map((url) => client.get(url)));
  check();
});

check('hooks that are none are refused', async (_, world) => {
  for (const hooks of [{ beforeRequest: [5] }, { beforeRequest: () => {} }, { onResult: 'x' }, { afterRequest: [] }, []]) {
    const error = await world.assert.rejects(world.fetchAll([world.at('/ok')], { hooks }));
    assert.ok(error instanceof fanfetch.OptionError && error.option.startsWith('hooks'), String(error));
  }
  assert.equal((await world.stats()).requests, 0);
});

check('a form keeps its boundary, and a Request its body, where hooks look at them', async (_, world) => {
  const client = world.createClient(hook('beforeRequest', ({ request }) => { request.headers.set('x-hook', 'yes'); }));
  const form = new FormData();
  form.append('name', 'value');
  const { data } = await client.post(world.at('/echo'), { body: form });
  const [, boundary] = /boundary=(.+)$/.exec(data.headers['content-type']);
  assert.ok(data.body.startsWith(`--${boundary}`), data.headers['content-type']);
  const { data: other } = await client.fetch(new Request(world.at('/echo'), { method: 'POST', body: 'mine' }));
  assert.deepEqual([other.method, other.body, other.headers['x-hook']], ['POST', 'mine', 'yes']);
});
