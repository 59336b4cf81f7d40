import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, fetchAll, fetchEach } from '../../helpers/fanfetch.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const urls = (count) => Array.from({ length: count }, (_, i) => `https://a.example/${i}`);

/** A fetch that takes so long, listens to its signal, and names its address. */
const slow = (ms) => (input, { signal } = {}) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => resolve(Response.json({ url: String(input) })), ms);
  signal?.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

/** Each index once, with what it says of its own input. */
function assertOneEach(results, count) {
  assert.deepEqual(results.map(({ index }) => index), Array.from({ length: count }, (_, i) => i));
  for (const { ok, index, data, request } of results) {
    assert.equal(request.input, `https://a.example/${index}`);
    if (ok) assert.equal(data.url, request.url);
  }
}

const ENDS = {
  'the deadline and close()': { options: { deadline: 25 }, act: async (client) => { await sleep(60); client.close(); } },
  'cancelQueued() and close()': { act: async (client) => { await sleep(15); client.cancelQueued(); await sleep(45); client.close(); } },
  'cancelQueued() and the deadline': { options: { deadline: 60 }, act: async (client) => { await sleep(15); client.cancelQueued(); } },
  'close() from the hook': { hook: (client, { index }) => index === 1 && client.close() },
  'cancelQueued() from the hook': { hook: (client, { index }) => index === 1 && client.cancelQueued() },
  'close() and cancelQueued() at once': { act: async (client) => { await sleep(15); client.close(); client.cancelQueued(); } },
};

for (const [name, { options, act, hook }] of Object.entries(ENDS)) {
  for (const concurrency of [1, 3]) {
    test(`each input has its result once, ${name} (${concurrency} at once)`, async () => {
      const client = createClient({ concurrency, fetch: slow(10) });
      const onResult = async (result) => {
        await sleep(20);
        await hook?.(client, result);
      };
      const all = client.fetchAll(urls(8), { ...options, hooks: { onResult: [onResult] } });
      act?.(client);
      assertOneEach(await all, 8);
      assert.deepEqual([client.inFlight, client.queued], [0, 0]);
    });

    test(`results one by one: each once, ${name} (${concurrency} at once)`, async () => {
      const client = createClient({ concurrency, fetch: slow(10) });
      const results = [];
      const onResult = async (result) => {
        await sleep(5);
        await hook?.(client, result);
      };
      act?.(client);
      for await (const result of client.fetchEach(urls(8), { ...options, highWaterMark: 1, hooks: { onResult: [onResult] } })) {
        results.push(result);
        await sleep(5);
      }
      assertOneEach(results.sort((one, other) => one.index - other.index), 8);
    });
  }
}

const SOURCES = {
  list: { make: (count) => urls(count), queues: true },
  set: { make: (count) => new Set(urls(count)), queues: true },
  generator: { make: function* make(count) { yield* urls(count); } },
  'async generator': { make: async function* make(count) { for (const url of urls(count)) { await sleep(1); yield url; } } },
};

for (const [name, { make, queues }] of Object.entries(SOURCES)) {
  test(`cancelQueued() fails the queue of a ${name}${queues ? '' : ', which then goes on'}`, async () => {
    const client = createClient({ concurrency: 2, fetch: slow(10) });
    const all = client.fetchAll(make(10));
    await sleep(15);
    const cancelled = client.cancelQueued();
    const results = await all;
    assertOneEach(results, 10);
    const aborted = results.filter(({ error }) => error?.code === 'ABORTED').length;
    assert.equal(aborted, cancelled);
    assert.equal(cancelled > 0, Boolean(queues));
    assert.equal(results.filter(({ ok }) => ok).length, 10 - cancelled);
    assert.equal((await client.get('https://a.example/after')).status, 200, 'the client goes on');
  });
}

test('cancelQueued() does not hang on a generator without an end', async () => {
  const client = createClient({ concurrency: 2, fetch: slow(2) });
  function* endless() { for (let i = 0; ; i++) yield `https://a.example/${i}`; }
  let count = 0;
  for await (const { ok } of client.fetchEach(endless())) {
    if (count === 5) assert.equal(client.cancelQueued(), 0);
    assert.ok(ok);
    if ((count += 1) === 20) break;
  }
  await client.onIdle();
  assert.equal(count, 20);
});

test('a list that has more than it says is not read without end', async () => {
  const client = createClient({ concurrency: 1, fetch: slow(5) });
  const lying = { length: 4, *[Symbol.iterator]() { for (let i = 0; ; i++) yield `https://a.example/${i}`; } };
  const all = client.fetchAll(lying);
  await sleep(8);
  client.cancelQueued();
  assert.ok((await all).length <= 6);
});

for (const how of ['return', 'throw']) {
  test(`${how}() ends a next() that waits, as done`, async () => {
    const each = fetchEach(urls(3), { fetch: slow(1000) });
    const [first, second] = [each.next(), each.next()];
    await sleep(5);
    const left = each[how](new Error('enough')).then(({ done }) => done, ({ message }) => message);
    assert.deepEqual([await first, await second, await left], [{ value: undefined, done: true }, { value: undefined, done: true }, how === 'return' ? true : 'enough']);
    assert.deepEqual(await each.next(), { value: undefined, done: true });
  });
}

test('timers and aborts have their turn while inputs fail or are answered at once', async () => {
  const ticking = async (call) => {
    let [last, longest, ticks] = [performance.now(), 0, 0];
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      ticks += 1;
    }, 1);
    await call();
    clearInterval(timer);
    return { longest, ticks };
  };
  const instant = { status: 200, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(0) };
  const calls = {
    'inputs that fail': () => fetchAll(Array.from({ length: 30_000 }, () => 'no url')),
    'instant answers': () => fetchAll(urls(30_000), { fetch: async () => instant }),
    'instant answers on a client': () => createClient({ fetch: async () => instant }).fetchAll(urls(30_000)),
    'inputs after the deadline': () => fetchAll(urls(30_000), { deadline: 1, fetch: slow(50) }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const { longest, ticks } = await ticking(call);
    // Some milliseconds are meant; the machine may be busy.
    assert.ok(longest < 250 && ticks > 5, `${name}: ${ticks} ticks, the longest wait ${longest.toFixed()} ms`);
  }
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const reason = await fetchAll(Array.from({ length: 3_000_000 }, () => 'no url'), { signal: controller.signal }).catch((thrown) => thrown);
  assert.equal(reason, controller.signal.reason, 'aborted in the middle of it');
});
