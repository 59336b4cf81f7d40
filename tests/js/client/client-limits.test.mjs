import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const all = (results) => assert.deepEqual(results.filter(({ ok }) => !ok).map(({ error }) => error.message), []);
const many = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));
const spread = (world, count, path) => Array.from({ length: count }, (_, i) => world.at(path, i % 4));
const arrivals = async (world, urls) => (await Promise.all(urls.map(world.log))).flat();

/** How much later than another a request may arrive that left in the same turn. */
const WAY = 100;

/** The most starts in any window of `interval` ms. */
function mostIn(times, interval) {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(...sorted.map((start, i) => sorted.filter((t, j) => j >= i && t < start + interval).length));
}

/** The most entries of the log that were in flight at one time. */
function mostAtOnce(entries) {
  const edges = entries.flatMap(({ t, ms }) => [[t, 1], [t + ms, -1]]).sort(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  return Math.max(...edges.map(([, step]) => (now += step)));
}

check('all calls of a client share its concurrency', async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  const each = async () => {
    for await (const result of client.fetchEach(many(world, 8, '/delay/30'))) assert.equal(result.ok, true);
  };
  await Promise.all([client.fetchAll(many(world, 8, '/delay/30')), each(), ...many(world, 8, '/delay/30').map((url) => client.get(url))]);
  assert.equal((await world.stats()).peak, 4);
});

check('a client and those extended from it share one concurrency', async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  const clients = [client, client.extend({ headers: {} }), client.extend({}).extend({})];
  const calls = clients.map((each) => each.fetchAll(many(world, 4, '/delay/300')));
  await world.untilInFlight(4);
  for (const each of clients) assert.equal(each.inFlight, 4);
  (await Promise.all(calls)).forEach(all);
  assert.equal((await world.stats()).peak, 4);
});

check('two clients share nothing', async (_, world) => {
  const clients = [world.createClient({ concurrency: 3 }), world.createClient({ concurrency: 3 })];
  (await Promise.all(clients.map((client) => client.fetchAll(many(world, 9, '/delay/60'))))).forEach(all);
  assert.equal((await world.stats()).peak, 6);
});

check('a call\'s concurrency holds together with the client\'s', async (_, world) => {
  const client = world.createClient({ concurrency: 6 });
  const [narrow, wide] = [many(world, 10, '/delay/40'), many(world, 20, '/delay/40')];
  (await Promise.all([client.fetchAll(narrow, { concurrency: 2 }), client.fetchAll(wide, { concurrency: 100 })])).forEach(all);
  assert.equal((await world.stats()).peak, 6);
  const most = mostAtOnce(await arrivals(world, narrow));
  assert.ok(most <= 2, `${most} of the narrow call at once`);
});

check('a call\'s limit per host holds together with the client\'s', async (_, world) => {
  const client = world.createClient({ concurrency: 20, concurrencyPerHost: 3 });
  const [narrow, wide] = [spread(world, 24, '/delay/40'), spread(world, 24, '/delay/40')];
  (await Promise.all([client.fetchAll(narrow, { concurrencyPerHost: 1 }), client.fetchAll(wide, { concurrencyPerHost: 10 })])).forEach(all);
  for (const { peak } of Object.values((await world.stats()).perHost)) assert.ok(peak <= 3, `${peak} at one host`);
  for (const host of world.origins) {
    const most = mostAtOnce((await arrivals(world, narrow.filter((url) => url.startsWith(`${host}/`)))));
    assert.ok(most <= 1, `${most} of the narrow call at ${host}`);
  }
});

check('calls at once and one after the other draw on the client\'s rate limit together', async (_, world) => {
  const client = world.createClient({ rateLimit: { limit: 5, interval: 300 } });
  const urls = many(world, 30, '/ok');
  const begun = performance.now();
  await Promise.all([client.fetchAll(urls.slice(0, 8)), ...urls.slice(8, 15).map((url) => client.get(url))]);
  for (const url of urls.slice(15, 20)) await client.get(url);
  all(await client.extend({}).fetchAll(urls.slice(20)));
  const total = performance.now() - begun;
  assert.ok(total >= 1500 && total <= 2400, `${total} ms`);
  const most = mostIn((await arrivals(world, urls)).map(({ t }) => t), 300 - WAY);
  assert.ok(most <= 6, `${most} in one window`);
});

check('a call\'s rate limit holds together with the client\'s', async (_, world) => {
  const client = world.createClient({ rateLimit: { limit: 10, interval: 300 } });
  const [slow, fast] = [many(world, 8, '/ok'), many(world, 22, '/ok', 1)];
  const begun = performance.now();
  const calls = [client.fetchAll(slow, { rateLimit: { limit: 2, interval: 300 } }), client.fetchAll(fast)];
  (await Promise.all(calls)).forEach(all);
  const total = performance.now() - begun;
  assert.ok(total >= 900 && total <= 1500, `${total} ms`);
  assert.ok(mostIn((await arrivals(world, slow)).map(({ t }) => t), 300 - WAY) <= 3);
  assert.ok(mostIn((await arrivals(world, [...slow, ...fast])).map(({ t }) => t), 300 - WAY) <= 11);
});

check('a client\'s rate limit per host', async (_, world) => {
  const client = world.createClient({ rateLimit: { limit: 4, interval: 300, per: 'host' } });
  const calls = [0, 1].flatMap((host) => [0, 1].map(() => many(world, 6, '/ok', host)));
  const begun = performance.now();
  (await Promise.all(calls.map((urls) => client.fetchAll(urls)))).forEach(all);
  const total = performance.now() - begun;
  assert.ok(total >= 600 && total <= 1100, `${total} ms`);
  for (const host of [calls.slice(0, 2), calls.slice(2)]) assert.ok(mostIn((await arrivals(world, host.flat())).map(({ t }) => t), 300 - WAY) <= 5);
});

check('leaving the queue burns no token', async (_, world) => {
  const client = world.createClient({ rateLimit: { limit: 2, interval: 400 } });
  const controller = new AbortController();
  await Promise.all(many(world, 2, '/ok').map((url) => client.get(url)));
  const begun = performance.now();
  const leaving = Promise.allSettled(many(world, 10, '/ok').map((url) => client.get(url, { signal: controller.signal })));
  const staying = many(world, 2, '/ok').map((url) => client.get(url));
  await world.sleep(50);
  controller.abort();
  await leaving;
  await Promise.all(staying);
  assert.ok(performance.now() - begun < 650, `${performance.now() - begun} ms`);
  assert.equal((await world.stats()).requests, 4);
});

check('two lists at one client both get on: a short one overtakes a long one', async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  const long = client.fetchAll(many(world, 80, '/delay/20'));
  await world.sleep(50);
  const begun = performance.now();
  all(await client.fetchAll(many(world, 4, '/delay/20', 1)));
  const short = performance.now() - begun;
  assert.ok(short < 250, `the short list took ${short} ms`);
  assert.ok(client.queued > 30, `${client.queued} of the long list are still to come`);
  all(await long);
});

check('a list that hangs at its own limit takes no more of the client than that', async (_, world) => {
  const client = world.createClient({ concurrency: 6 });
  const controller = new AbortController();
  const stuck = world.assert.rejects(client.fetchAll(many(world, 50, '/hang'), { concurrency: 2, signal: controller.signal }));
  await world.untilInFlight(2);
  const begun = performance.now();
  all(await client.fetchAll(many(world, 40, '/delay/20')));
  assert.ok(performance.now() - begun < 600, `${performance.now() - begun} ms`);
  controller.abort('enough');
  assert.equal(await stuck, 'enough');
});

check('a call\'s deadline ends it alone', async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  const other = client.get(world.at('/delay/900'));
  const begun = performance.now();
  const results = await client.fetchAll(many(world, 100, '/delay/100'), { deadline: 500 });
  const total = performance.now() - begun;
  assert.ok(total >= 500 && total <= 800, `${total} ms`);
  const succeeded = results.filter(({ ok }) => ok).length;
  assert.ok(succeeded >= 9 && succeeded <= 15, `${succeeded} ok`);
  for (const { ok, error } of results) if (!ok) assert.deepEqual([error.code, error.phase], ['TIMEOUT', 'deadline']);
  assert.equal((await other).ok, true);
  assert.equal((await client.get(world.at('/ok'))).ok, true);
});

check('a client\'s deadline counts from each call; a Date is one for all calls', async (_, world) => {
  const client = world.createClient({ deadline: 300 });
  await world.sleep(350);
  assert.equal((await client.get(world.at('/delay/100'))).ok, true);
  const error = await world.assert.rejects(client.get(world.at('/hang')));
  assert.deepEqual([error.code, error.phase], ['TIMEOUT', 'deadline']);
  const dated = world.createClient({ deadline: new Date(Date.now() + 200) });
  const phases = (await dated.fetchAll(many(world, 2, '/hang'))).map(({ error: { phase } }) => phase);
  assert.deepEqual(phases, ['deadline', 'deadline']);
  const late = await world.assert.rejects(dated.get(world.at('/ok')));
  assert.deepEqual([late.code, late.phase, late.attempts], ['TIMEOUT', 'deadline', 0]);
});

check('maxFetches counts all fetches, retries too, and fails the rest unsent', async (_, world) => {
  const client = world.createClient({ concurrency: 1 });
  // Nothing else is pulled while the flaky one waits: its retry finds what is left.
  const urls = [world.at('/ok'), world.at('/flaky?fail=1'), ...many(world, 5, '/ok')];
  const slow = async function* slow() {
    for (const url of urls) {
      yield url;
      await world.sleep(60);
    }
  };
  const results = await client.fetchAll(slow(), { maxFetches: 4 });
  assert.deepEqual(results.slice(0, 3).map(brief), [[true, undefined, 1], [true, undefined, 2], [true, undefined, 1]]);
  for (const { error, attempts } of results.slice(3)) {
    assert.deepEqual([error.name, error.code, error.attempts, attempts.length], ['BudgetError', 'BUDGET_EXHAUSTED', 0, 0]);
  }
  assert.equal((await world.stats()).requests, 4);
  assert.equal((await client.get(world.at('/ok'))).ok, true);
  all(await client.fetchAll(many(world, 3, '/ok'), { maxFetches: 3 }));
});

check('maxFetches: a retry that nothing is left for ends its request', async (_, world) => {
  const client = world.createClient();
  const url = world.at('/reset');
  const [{ ok, error, attempts }] = await client.fetchAll([url], { maxFetches: 2 });
  assert.deepEqual([ok, attempts.length], [false, 2]);
  assert.match(error.code, /^(BUDGET_EXHAUSTED|NETWORK)$/);
  await world.sent(url, 2);
});

check('a client pulls an input only when a slot of its own is free', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ concurrency: 3 });
  const controller = new AbortController();
  const busy = many(world, 3, '/hang').map((url) => world.assert.rejects(client.get(url, { signal: controller.signal })));
  await world.untilInFlight(3);
  let pulled = 0;
  function* inputs() {
    while (pulled < 20) {
      pulled++;
      yield world.at('/ok');
    }
  }
  const call = client.fetchAll(inputs());
  await world.sleep(100);
  assert.equal(pulled, 0, 'pulled while no slot is free');
  controller.abort();
  await Promise.all(busy);
  all(await call);
  assert.equal(pulled, 20);
});
