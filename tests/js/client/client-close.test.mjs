import assert from 'node:assert/strict';
import { answer } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const many = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));
const codes = async (promises) => (await Promise.allSettled(promises)).map(({ reason }) => reason?.code);
const repeat = (count, value) => Array(count).fill(value);

for (const [how, end] of [['close()', (client) => client.close()], ['using', (client) => client[Symbol.dispose]()]]) {
  check(`${how} settles ten in flight and all that wait within 200 ms, as CLOSED`, async (_, world) => {
    const client = world.createClient({ concurrency: 10, retry: { limit: 1, delay: 20_000, jitter: 'none' } });
    const waiting = client.get(world.at('/status/503', 1));
    await world.untilInFlight(0, 1);
    const hanging = many(world, 10, '/hang');
    const flying = hanging.map((url) => client.get(url));
    await world.untilInFlight(10, 11);
    const queued = many(world, 5, '/ok').map((url) => client.get(url));
    const begun = performance.now();
    end(client);
    assert.deepEqual(await codes([...flying, ...queued, waiting]), repeat(16, 'CLOSED'));
    assert.ok(performance.now() - begun < 200, `${performance.now() - begun} ms`);
    assert.deepEqual([client.inFlight, client.queued], [0, 0]);
    await client.onIdle();
    await world.sleep(250);
    const stats = await world.stats();
    assert.deepEqual([stats.inflight, stats.requests], [0, 11]);
    for (const url of hanging) assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  });
}

check('close settles the calls over lists, each input with a result', async (_, world) => {
  const client = world.createClient({ concurrency: 5 });
  const all = client.fetchAll([...many(world, 5, '/hang'), ...many(world, 15, '/ok')]);
  await world.untilInFlight(5);
  const each = (async () => {
    const results = [];
    for await (const result of client.fetchEach(many(world, 3, '/ok'))) results.push(brief(result));
    return results;
  })();
  await world.sleep(20);
  const begun = performance.now();
  client.close();
  const results = await all;
  assert.deepEqual(results.map(brief), [...repeat(5, [false, 'CLOSED', 1]), ...repeat(15, [false, 'CLOSED', 0])]);
  assert.deepEqual(results.slice(0, 5).map(({ attempts: [{ outcome }] }) => outcome), repeat(5, 'aborted'));
  assert.deepEqual(await each, repeat(3, [false, 'CLOSED', 0]));
  assert.ok(performance.now() - begun < 200);
  for (const { error } of results) assert.equal(error.retryable, false);
});

check('close ends an endless input: no more pulls, and one call of its return()', { attempts: 'at most' }, async (_, world) => {
  const client = world.createClient({ concurrency: 3 });
  let pulled = 0;
  let returned = 0;
  const inputs = {
    [Symbol.iterator]() {
      return this;
    },
    next: () => ({ value: (pulled++, world.at('/hang')), done: false }),
    return: () => ({ value: (returned++, undefined), done: true }),
  };
  const call = client.fetchAll(inputs);
  await world.untilInFlight(3);
  const before = pulled;
  const begun = performance.now();
  client.close();
  const [outcome] = await Promise.allSettled([call]);
  assert.ok(performance.now() - begun < 200);
  if (outcome.status === 'fulfilled') assert.ok(outcome.value.every(({ error }) => error?.code === 'CLOSED'));
  else assert.equal(outcome.reason.code, 'CLOSED');
  assert.deepEqual([pulled, returned], [before, 1]);
});

check('closing twice is a no-op, and every later call rejects with CLOSED', async (_, world) => {
  const client = world.createClient();
  await client.get(world.at('/ok'));
  client.close();
  client.close();
  client[Symbol.dispose]();
  const url = world.at('/ok');
  const calls = [client.fetch(url), client.get(url), client.head(url), client.post(url), client.put(url), client.patch(url), client.delete(url),
    client.fetchAll([url]), client.fetchAll([]), client.fetchEach([url]).next()];
  for (const { reason } of await Promise.allSettled(calls)) {
    assert.ok(fanfetch.isFanFetchError(reason) && reason instanceof Error, String(reason));
    assert.equal(reason.code, 'CLOSED');
  }
  assert.equal(client.cancelQueued(), 0);
  await client.onIdle();
  client.pause();
  client.resume();
  assert.equal(client.stats().succeeded, 1);
  assert.equal((await world.stats()).requests, 1);
});

check('a closed client pulls no input', async (_, world) => {
  const client = world.createClient();
  client.close();
  let pulled = 0;
  const inputs = () => (function* () {
    pulled++;
    yield world.at('/ok');
  })();
  assert.deepEqual(await codes([client.fetchAll(inputs()), client.fetchEach(inputs()).next()]), ['CLOSED', 'CLOSED']);
  assert.equal(pulled, 0);
});

check('close inside the user\'s own fetch, in the same turn', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ concurrency: 2, fetch: async () => {
    client.close();
    return answer();
  } });
  const results = await client.fetchAll(many(world, 5, '/ok'));
  assert.deepEqual(results.map(({ error }) => error?.code), repeat(5, 'CLOSED'));
});

check('close ends a paused client, a wait for a token and one at a body', async (_, world) => {
  const paused = world.createClient();
  paused.pause();
  const slow = world.createClient({ rateLimit: { limit: 1, interval: 20_000 } });
  const reading = world.createClient();
  const calls = [paused.get(world.at('/ok')), ...many(world, 2, '/ok').map((url) => slow.get(url)), reading.get(world.at('/stall-body'))];
  await world.untilInFlight(1, 2);
  await world.sleep(50);
  for (const client of [paused, slow, reading]) client.close();
  assert.deepEqual(await codes(calls), ['CLOSED', undefined, 'CLOSED', 'CLOSED']);
});

check('an extended client\'s close ends its own calls alone', async (_, world) => {
  const parent = world.createClient({ concurrency: 4 });
  const child = parent.extend({});
  const other = parent.extend({});
  const calls = [parent, child, other].map((client) => client.get(world.at('/delay/200')));
  await world.untilInFlight(3);
  child.close();
  assert.deepEqual(await codes(calls), [undefined, 'CLOSED', undefined]);
  assert.deepEqual(await codes([parent, child, other].map((client) => client.get(world.at('/ok')))), [undefined, 'CLOSED', undefined]);
});

for (const reason of [undefined, new Error('mine'), 'a string', null]) {
  check(`a call's signal ends client.fetch alone, with its reason (${String(reason)})`, async (_, world) => {
    const client = world.createClient();
    const controller = new AbortController();
    const url = world.at('/hang');
    const call = client.get(url, { signal: controller.signal });
    const other = client.get(world.at('/delay/150'));
    await world.untilInFlight(2);
    const begun = performance.now();
    controller.abort(reason);
    assert.equal(await world.assert.rejects(call), controller.signal.reason);
    assert.ok(performance.now() - begun < 100);
    assert.equal((await other).ok, true);
    await world.sleep(50);
    assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
    assert.equal(await world.assert.rejects(client.get(url, { signal: controller.signal })), controller.signal.reason);
    await world.sent(url, 1);
  });
}

check('a spec\'s signal fails client.fetch with an AbortedError, as in a list', async (_, world) => {
  const client = world.createClient();
  const controller = new AbortController();
  const { signal } = controller;
  const call = client.fetch({ url: world.at('/hang'), signal });
  const list = client.fetchAll([{ url: world.at('/hang'), signal }, world.at('/delay/150')]);
  await world.untilInFlight(3);
  controller.abort();
  const error = await world.assert.rejects(call);
  assert.deepEqual([error.name, error.code, error.attempts], ['AbortedError', 'ABORTED', 1]);
  assert.deepEqual((await list).map(brief), [[false, 'ABORTED', 1], [true, undefined, 1]]);
  assert.equal((await world.assert.rejects(client.fetch({ url: world.at('/ok'), signal }))).code, 'ABORTED');
});

check('a client\'s signal aborts all its calls, later ones too, and no other\'s', async (_, world) => {
  const controller = new AbortController();
  const client = world.createClient({ signal: controller.signal, concurrency: 2 });
  const other = world.createClient();
  const calls = [client.get(world.at('/hang')), client.fetchAll(many(world, 5, '/hang')), client.get(world.at('/ok')), client.fetchEach(many(world, 2, '/ok')).next()];
  const free = other.get(world.at('/delay/200'));
  await world.untilInFlight(3);
  const reason = new Error('enough');
  const begun = performance.now();
  controller.abort(reason);
  for (const outcome of await Promise.allSettled(calls)) assert.equal(outcome.reason, reason);
  assert.ok(performance.now() - begun < 100);
  assert.equal((await free).ok, true);
  const { requests } = await world.stats();
  for (const call of [client.get(world.at('/ok')), client.fetchAll([world.at('/ok')])]) assert.equal(await world.assert.rejects(call), reason);
  await world.sleep(100);
  assert.deepEqual([(await world.stats()).requests, (await world.stats()).inflight], [requests, 0]);
});

check('a client\'s signal and a call\'s hold together: whichever comes first', async (_, world) => {
  const [of, own] = [new AbortController(), new AbortController()];
  const client = world.createClient({ signal: of.signal });
  const first = client.get(world.at('/hang'), { signal: own.signal });
  await world.untilInFlight(1);
  own.abort('own');
  assert.equal(await world.assert.rejects(first), 'own');
  const second = client.get(world.at('/hang'), { signal: new AbortController().signal });
  await world.untilInFlight(1, 2);
  of.abort('client');
  assert.equal(await world.assert.rejects(second), 'client');
});

check('a client that has done its work keeps no listener on its signal', async (_, world) => {
  const { signal } = new AbortController();
  const client = world.createClient({ signal });
  await Promise.all(many(world, 20, '/ok').map((url) => client.get(url, { signal })));
  await client.fetchAll(many(world, 20, '/ok'), { signal });
});
