import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';
import { INPUT, assertRefused, brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };

async function rejection(promise) {
  const [outcome] = await Promise.allSettled([promise]);
  assert.equal(outcome.status, 'rejected');
  return outcome.reason;
}

check('any iterable or async iterable of strings, URLs, Requests and specs', async (_, world) => {
  const make = () => [world.at('/ok'), new URL(world.at('/ok')), new Request(world.at('/ok')), { url: world.at('/ok') }, { url: new URL(world.at('/ok')) }];
  const inputs = make();
  async function* slowly() { for (const input of make()) yield input; }
  const lists = [inputs, new Set(make()), make().values(), slowly(), { [Symbol.iterator]: () => make()[Symbol.iterator]() }];
  for (const list of lists) {
    const results = await world.fetchAll(list);
    assert.deepEqual(results.map(({ ok, status, data }) => [ok, status, data?.ok]), Array(5).fill([true, 200, true]));
  }
});

check('results come in the order of the inputs, whichever is done first', async (_, world) => {
  const urls = Array.from({ length: 20 }, (_, i) => world.at(`/delay/${(20 - i) * 5}`));
  const results = await world.fetchAll(urls);
  assert.deepEqual(results.map(({ request }) => request.url), urls);
});

check('no inputs give no results; a bare string or what is no list is refused', async (_, world) => {
  for (const none of [[], new Set(), (function* () {})(), (async function* () {})()]) assert.deepEqual(await world.fetchAll(none), []);
  for (const no of ['http://127.0.0.1/', '', 5, null, undefined, {}, new URL('http://127.0.0.1/'), () => {}, Symbol('s')]) {
    const error = await rejection(world.fetchAll(no));
    assert.ok(error instanceof TypeError);
    assert.equal(error.code, 'OPTION');
  }
  assert.equal((await world.stats()).requests, 0);
});

check('a hundred thousand inputs', ARRIVES_ELSEWHERE, async (t, world) => {
  const url = world.at('/ok');
  const begun = performance.now();
  const results = await world.raw(Array(100_000).fill(url), { fetch: async () => new Response(null, { status: 204 }) });
  assert.ok(results.length === 100_000 && results.every(({ ok }) => ok));
  t.diagnostic(`100,000 inputs in ${Math.round(performance.now() - begun)} ms`);
});

check('an iterator that throws rejects with the very object, and aborts the flights', async (_, world) => {
  const boom = { thrown: 'object' };
  const hanging = [world.at('/hang'), world.at('/hang')];
  function* sync() { yield* hanging; throw boom; }
  async function* later() { yield* hanging; await world.sleep(50); throw boom; }
  for (const list of [sync(), later()]) {
    assert.equal(await rejection(world.fetchAll(list)), boom);
    await world.sleep(100);
    assert.equal((await world.stats()).inflight, 0);
  }
  const early = (how) => rejection(world.fetchAll({ [Symbol.iterator]: how }));
  assert.equal(await early(() => { throw boom; }), boom);
  assert.equal(await early(() => ({ next() { throw boom; } })), boom);
});

check('an element that is no request fails alone', async (_, world) => {
  const results = await assertRefused(world, [5, null, undefined, true, {}, [], Symbol('s'), () => {}, { url: 5 }, { url: null }, { url: {} },
    { href: world.at('/ok') }, 7n]);
  for (const { request } of results) assert.equal(typeof request.url, 'string');
});

check('a getter that throws, in whatever member, fails its request alone', async (_, world) => {
  const boom = new Error('boom');
  const url = world.at('/ok');
  const bad = [{ get url() { throw boom; } }, { url, get headers() { throw boom; } }, { url, get retry() { throw boom; } },
    { url, headers: { get 'x-a'() { throw boom; } } }];
  for (const { error } of await assertRefused(world, bad)) assert.equal(error.cause, boom);
});

for (const kind of ['sync', 'async']) {
  check(`an endless ${kind} iterator is closed exactly once by an abort`, async (_, world) => {
    const controller = new AbortController();
    let returned = 0;
    const base = { next: () => ({ value: world.at('/hang'), done: false }), return: () => (returned++, { done: true }) };
    const list = kind === 'sync' ? { [Symbol.iterator]: () => base } : { [Symbol.asyncIterator]: () => ({ next: async () => base.next(),
      return: async () => base.return() }) };
    const call = rejection(world.fetchAll(list, { concurrency: 3, signal: controller.signal }));
    await world.untilInFlight(3);
    controller.abort();
    assert.equal(await call, controller.signal.reason);
    await world.sleep(50);
    assert.equal(returned, 1);
  });
}

check('an abort need not wait for an input that never comes', async (_, world) => {
  const controller = new AbortController();
  const list = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const call = rejection(world.fetchAll(list, { signal: controller.signal }));
  await world.sleep(30);
  controller.abort('enough');
  assert.equal(await call, 'enough');
});

check('stopOnError closes the iterator; one that ended by itself is not closed', async (_, world) => {
  let returned = 0;
  function* inputs(path) {
    try {
      for (let i = 0; i < 10; i++) yield world.at(path);
    } finally {
      returned++;
    }
  }
  await rejection(world.fetchAll(inputs('/status/404'), { concurrency: 2, stopOnError: true }));
  await world.sleep(20);
  assert.equal(returned, 1);
  const list = { [Symbol.iterator]: () => ({ next: () => ({ done: true }), return: () => { returned++; return {}; } }) };
  await world.fetchAll(list);
  assert.equal(returned, 1);
});

check('bad URLs fail alone', async (_, world) => {
  await assertRefused(world, ['', ' ', 'not a url', '/relative', '//host/x', 'http://',
    'http://[::bad', 'http://a b/', 'javascript:alert(1)', 'file:///etc/passwd', 'data:text/plain,x', 'blob:x', 'about:blank']);
});

check('a long URL fails or not, but alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const [long, other] = await world.fetchAll([`${world.at('/ok')}&x=${'y'.repeat(1e6)}`, world.at('/ok')], { retry: 0 });
  assert.equal(long.ok, false);
  assert.equal(other.ok, true);
});

check('a lone surrogate is refused, or encoded as the URL standard says', async (_, world) => {
  const [odd, ...others] = await world.fetchAll([`${world.at('/ok')}&s=\ud800`, new URL(world.at('/ok')), new Request(world.at('/ok'))]);
  if (odd.ok) assert.ok(odd.url.endsWith('&s=%EF%BF%BD'));
  else assert.deepEqual(brief(odd), INPUT);
  assert.deepEqual(others.map(({ ok }) => ok), [true, true]);
});

check('a Request whose body is used fails alone', async (_, world) => {
  const used = new Request(world.at('/echo'), { method: 'POST', body: 'x' });
  await used.text();
  await assertRefused(world, [used]);
});
