import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const ABORTED = [false, 'ABORTED', 0];
const many = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));
const codes = async (promises) => (await Promise.allSettled(promises)).map(({ reason }) => reason?.code);

check('inFlight and queued count the requests of all calls', async (_, world) => {
  const client = world.createClient({ concurrency: 2 });
  assert.deepEqual([client.inFlight, client.queued], [0, 0]);
  const calls = [client.get(world.at('/delay/200')), client.fetchAll(many(world, 5, '/delay/50'), { concurrency: 1 }), client.get(world.at('/ok'))];
  await world.untilInFlight(2);
  assert.deepEqual([client.inFlight, client.queued], [2, 5]);
  await Promise.all(calls);
  assert.deepEqual([client.inFlight, client.queued], [0, 0]);
});

check('a request between two attempts is queued, and holds no slot', async (_, world) => {
  const client = world.createClient({ concurrency: 1, retry: { limit: 1, delay: 400, jitter: 'none' } });
  const waiting = client.get(world.at('/flaky?fail=1'));
  await world.untilInFlight(0, 1);
  await world.sleep(30);
  assert.deepEqual([client.inFlight, client.queued], [0, 1]);
  const begun = performance.now();
  await client.get(world.at('/ok', 1));
  assert.ok(performance.now() - begun < 250);
  assert.equal((await waiting).attempts.length, 2);
});

check('a higher concurrency takes effect at once, for those queued as well', async (_, world) => {
  const client = world.createClient({ concurrency: 2 });
  assert.equal(client.concurrency, 2);
  const list = client.fetchAll(many(world, 6, '/delay/300'));
  const single = many(world, 2, '/delay/300', 1).map((url) => client.get(url));
  await world.untilInFlight(2);
  client.concurrency = 8;
  assert.equal(client.concurrency, 8);
  await world.untilInFlight(8);
  await Promise.all([list, ...single]);
});

check('a lower concurrency ends nothing, and lets nothing begin until there is room', async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  const call = client.fetchAll(many(world, 12, '/delay/150'));
  await world.untilInFlight(4);
  client.concurrency = 1;
  const begun = performance.now();
  const seen = [];
  const watching = (async () => {
    while (client.inFlight + client.queued > 0) {
      seen.push((await world.stats()).inflight);
      await world.sleep(10);
    }
  })();
  const results = await call;
  await watching;
  assert.ok(results.every(({ ok }) => ok), 'those in flight went on');
  assert.ok(performance.now() - begun >= 8 * 150, 'the other eight went one by one');
  const later = seen.slice(seen.findIndex((count) => count < 4));
  assert.ok(later.every((count) => count <= 3) && later.filter((count) => count > 1).length <= 4, later.join());
});

check('a bad concurrency is refused when it is set, and the old one stays', async (_, world) => {
  const client = world.createClient({ concurrency: 3 });
  for (const bad of [0, -1, 1.5, NaN, '5', null, undefined, {}]) {
    assert.throws(() => { client.concurrency = bad; }, (error) => error instanceof TypeError && error.code === 'OPTION' && error.option === 'concurrency');
    assert.equal(client.concurrency, 3);
  }
  client.concurrency = Infinity;
  assert.equal(client.concurrency, Infinity);
  client.concurrency = 3;
  await client.fetchAll(many(world, 9, '/delay/50'));
  assert.equal((await world.stats()).peak, 3);
});

check('pause lets what is in flight end and begins nothing; resume goes on', async (_, world) => {
  const client = world.createClient({ concurrency: 2 });
  const list = client.fetchAll([...many(world, 2, '/delay/150'), ...many(world, 4, '/ok')]);
  await world.untilInFlight(2);
  client.pause();
  client.pause();
  const single = client.get(world.at('/ok', 1));
  await world.sleep(350);
  assert.deepEqual([client.inFlight, client.queued, (await world.stats()).requests], [0, 5, 2]);
  client.resume();
  await Promise.all([list, single]);
  assert.equal((await world.stats()).requests, 7);
  client.resume();
});

check('paused, a client begins no retry either', async (_, world) => {
  const client = world.createClient({ retry: { delay: 50, jitter: 'none' } });
  const call = client.get(world.at('/flaky?fail=1'));
  await world.untilInFlight(0, 1);
  client.pause();
  await world.sleep(250);
  assert.equal((await world.stats()).requests, 1);
  client.resume();
  assert.equal((await call).attempts.length, 2);
});

check('paused, time limits and aborts still hold', async (_, world) => {
  const client = world.createClient();
  client.pause();
  const controller = new AbortController();
  const aborted = client.get(world.at('/ok'), { signal: controller.signal });
  const late = world.assert.rejects(client.get(world.at('/ok'), { timeout: { total: 100 } }));
  controller.abort('enough');
  assert.equal(await world.assert.rejects(aborted), 'enough');
  const error = await late;
  assert.deepEqual([error.code, error.phase, error.attempts], ['TIMEOUT', 'queue', 0]);
  const results = await client.fetchAll(many(world, 3, '/ok'), { deadline: 100 });
  assert.deepEqual(results.map(({ error }) => [error?.phase, error?.attempts]), Array(3).fill(['deadline', 0]));
  client.resume();
  assert.equal((await client.get(world.at('/ok'))).ok, true);
  assert.equal((await world.stats()).requests, 1);
});

check('cancelQueued fails the queue as ABORTED, counts it, and leaves the flights', async (_, world) => {
  const client = world.createClient({ concurrency: 1 });
  assert.equal(client.cancelQueued(), 0);
  const running = client.get(world.at('/delay/200'));
  await world.untilInFlight(1);
  const queued = many(world, 4, '/ok').map((url) => client.get(url));
  await world.sleep(30);
  assert.equal(client.queued, 4);
  assert.equal(client.cancelQueued(), 4);
  assert.equal(client.queued, 0);
  assert.equal(client.cancelQueued(), 0);
  for (const call of queued) {
    const error = await world.assert.rejects(call);
    assert.deepEqual([error.name, error.code, error.attempts, error.retryable], ['AbortedError', 'ABORTED', 0, false]);
  }
  assert.equal(client.inFlight, 1);
  assert.equal((await running).ok, true);
  assert.equal((await client.get(world.at('/ok'))).ok, true, 'the client stays usable');
  assert.equal((await world.stats()).requests, 2);
});

check('cancelQueued settles the rest of every list, whose calls resolve', async (_, world) => {
  const client = world.createClient({ concurrency: 3 });
  const all = client.fetchAll(many(world, 20, '/delay/200'));
  await world.untilInFlight(3);
  const each = client.fetchEach(many(world, 5, '/ok'));
  const read = (async () => {
    const results = [];
    for await (const result of each) results.push(brief(result));
    return results;
  })();
  await world.sleep(30);
  assert.equal(client.queued, 22);
  assert.equal(client.cancelQueued(), 22);
  assert.deepEqual((await all).map(brief), [...Array(3).fill([true, undefined, 1]), ...Array(17).fill(ABORTED)]);
  assert.deepEqual(await read, Array(5).fill(ABORTED));
  assert.equal((await world.stats()).requests, 3);
});

check('cancelQueued ends a wait between two attempts', async (_, world) => {
  const client = world.createClient({ retry: { limit: 2, delay: 20_000, jitter: 'none' } });
  const calls = [client.get(world.at('/status/503')), client.get(world.at('/retry-after?seconds=30'))];
  await world.untilInFlight(0, 2);
  await world.sleep(30);
  const begun = performance.now();
  assert.equal(client.cancelQueued(), 2);
  assert.deepEqual(await codes(calls), ['ABORTED', 'ABORTED']);
  assert.ok(performance.now() - begun < 100);
});

check('onIdle resolves when nothing is in flight, queued or waiting', async (_, world) => {
  const client = world.createClient({ concurrency: 2, retry: { delay: 100, jitter: 'none' } });
  await client.onIdle();
  const calls = [client.fetchAll([...many(world, 4, '/delay/50'), world.at('/flaky?fail=1')]), client.get(world.at('/drip?bytes=5&chunk=1'))];
  let settled = 0;
  for (const call of calls) call.then(() => settled++);
  await Promise.all([client.onIdle(), client.onIdle()]);
  assert.deepEqual([client.inFlight, client.queued, (await world.stats()).inflight], [0, 0, 0]);
  await world.sleep(0);
  assert.equal(settled, 2);
  const failing = client.get(world.at('/status/404?wait=50'));
  const idle = client.onIdle();
  assert.equal(await Promise.race([idle.then(() => 'idle'), world.sleep(10).then(() => 'busy')]), 'busy');
  await Promise.allSettled([failing]);
  await idle;
});

check('onIdle waits for requests that are paused, until they are cancelled', async (_, world) => {
  const client = world.createClient();
  client.pause();
  const call = client.get(world.at('/ok'));
  const idle = client.onIdle();
  assert.equal(await Promise.race([idle.then(() => 'idle'), world.sleep(50).then(() => 'busy')]), 'busy');
  client.cancelQueued();
  await idle;
  assert.deepEqual(await codes([call]), ['ABORTED']);
});

check('priority: among the calls of a client the higher goes first, within a host', async (_, world) => {
  const client = world.createClient({ concurrencyPerHost: 1 });
  const blocker = client.get(world.at('/delay/200'));
  await world.untilInFlight(1);
  const ranks = [0, 'low', 5, 'high', 'auto', -3, undefined, 2];
  const urls = many(world, ranks.length, '/ok');
  const calls = urls.map((url, i) => (i % 2 ? client.get(url, { priority: ranks[i] }) : client.fetchAll([{ url, priority: ranks[i] }])));
  await Promise.all([blocker, ...calls]);
  const times = (await Promise.all(urls.map(world.log))).map(([{ t }]) => t);
  const order = ranks.map((rank, i) => [times[i], rank]).sort(([a], [b]) => a - b).map(([, rank]) => rank);
  assert.deepEqual(order, [5, 2, 'high', 0, 'auto', undefined, 'low', -3]);
});

check('everything may be called inside the user\'s own fetch', ARRIVES_ELSEWHERE, async (_, world) => {
  const calls = scripted(answer());
  const actions = [(client) => client.pause() ?? client.resume(), (client) => client.stats(), (client) => { client.concurrency = 2; },
    (client) => client.cancelQueued(), (client) => client.get('http://inner.test/'), (client) => client.onIdle()];
  for (const act of actions) {
    const acted = [];
    const client = world.createClient({ concurrency: 2, fetch: async (input) => {
      if (acted.push(undefined) === 1) acted[0] = act(client);
      return calls(input);
    } });
    assert.equal((await client.get('http://outer.test/')).ok, true);
    await acted[0];
  }
});
