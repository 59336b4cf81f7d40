import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';

const all = (results) => assert.deepEqual(results.filter(({ ok }) => !ok).map(({ error }) => error.message), []);
const spread = (world, count, path) => Array.from({ length: count }, (_, i) => world.at(path, i % 4));

for (const concurrency of [1, 3, 10]) {
  check(`at a concurrency of ${concurrency} the server sees exactly that many at once`, async (_, world) => {
    const urls = Array.from({ length: concurrency * 8 }, () => world.at('/delay/40'));
    all(await world.fetchAll(urls, { concurrency }));
    assert.equal((await world.stats()).peak, concurrency);
  });
}

check('the default concurrency is 32', async (_, world) => {
  all(await world.fetchAll(spread(world, 100, '/delay/60')));
  assert.equal((await world.stats()).peak, 32);
});

check('with no limit everything starts at once', async (_, world) => {
  all(await world.fetchAll(spread(world, 100, '/delay/1500'), { concurrency: Infinity }));
  assert.equal((await world.stats()).peak, 100);
});

check('a slot is held to the end of the body', async (_, world) => {
  const urls = Array.from({ length: 12 }, () => world.at('/drip?bytes=5&chunk=1&every=20'));
  all(await world.fetchAll(urls, { concurrency: 4 }));
  assert.equal((await world.stats()).peak, 4);
});

check('an attempt that failed gives its slot back, and retries take one of their own', async (_, world) => {
  const paths = ['/flaky?fail=1', '/flaky?fail=1&mode=reset', '/flaky?fail=1&mode=truncate', '/flaky?fail=1&mode=hang'];
  const urls = Array.from({ length: 40 }, (_, i) => world.at(paths[i % 4], i % 3));
  all(await world.fetchAll(urls, { concurrency: 5, timeout: 500 }));
  assert.equal((await world.stats()).peak, 5);
});

check('two calls at once have limits of their own', async (_, world) => {
  const call = () => world.fetchAll(Array.from({ length: 20 }, () => world.at('/delay/50')), { concurrency: 5 });
  (await Promise.all([call(), call()])).forEach(all);
  assert.equal((await world.stats()).peak, 10);
});

for (const order of ['block by block', 'in turn']) {
  check(`a hanging host takes only its own share (inputs ${order})`, { attempts: 'at most' }, async (_, world) => {
    const urls = Array.from({ length: 200 }, (_, i) => {
      const host = order === 'in turn' ? i % 4 : Math.floor(i / 50);
      return world.at(host === 0 ? '/hang' : '/delay/20', host);
    });
    const begun = performance.now();
    const results = await world.fetchAll(urls, { concurrency: 20, concurrencyPerHost: 3, deadline: 4000 });
    const ms = performance.now() - begun;
    assert.ok(ms >= 4000 && ms <= 4400, `${ms} ms`);
    for (const [i, result] of results.entries()) {
      const hangs = urls[i].includes('/hang');
      assert.equal(result.error?.phase, hangs ? 'deadline' : undefined, `input ${i}`);
    }
    const { perHost } = await world.stats();
    for (const { peak, requests } of Object.values(perHost)) if (requests > 0) assert.equal(peak, 3);
    const entries = await Promise.all(urls.map(world.log));
    const [first] = entries.flat().map(({ t }) => t).sort((a, b) => a - b);
    const healthy = entries.flat().filter(({ url }) => !url.startsWith('/hang'));
    const done = Math.max(...healthy.map(({ t, ms: took }) => t + took));
    assert.ok(healthy.length === 150 && done - first < 3000, `${done - first} ms`);
  });
}

check('concurrencyPerHost is the only limit where concurrency allows more', async (_, world) => {
  all(await world.fetchAll(spread(world, 80, '/delay/40'), { concurrency: 100, concurrencyPerHost: 2 }));
  const { peak, perHost } = await world.stats();
  assert.equal(peak, 8);
  for (const host of Object.values(perHost)) assert.ok(host.peak <= 2);
});

check('hosts with waiting requests are served in turn', async (_, world) => {
  const urls = Array.from({ length: 60 }, (_, i) => world.at('/delay/10', i < 30 ? 0 : 1));
  all(await world.fetchAll(urls, { concurrency: 4, concurrencyPerHost: 2 }));
  const arrivals = (await Promise.all(urls.map(world.log))).flat().sort((a, b) => a.t - b.t);
  const firstHalf = arrivals.slice(0, 30).filter(({ host }) => host === arrivals[0].host).length;
  assert.ok(firstHalf >= 10 && firstHalf <= 20, `${firstHalf} of the first 30 went to the first host`);
});

/** How much later than another a request may arrive that left in the same turn; at the call of fetch the limit is exact. */
const WAY = 100;

/** The most starts in any window of `interval` ms. */
function mostIn(times, interval) {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(...sorted.map((start, i) => sorted.filter((t, j) => j >= i && t < start + interval).length));
}

const arrivals = async (world, urls) => (await Promise.all(urls.map(world.log))).flat().map(({ t }) => t);

check('no second of arrivals holds more than the rate limit', async (_, world) => {
  // Connections that are open already keep their opening out of the times of arrival.
  all(await world.fetchAll(spread(world, 80, '/delay/150'), { concurrency: 80 }));
  const urls = spread(world, 60, '/ok');
  const begun = performance.now();
  all(await world.fetchAll(urls, { rateLimit: { limit: 20, interval: 1000 } }));
  const total = performance.now() - begun;
  assert.ok(total >= 2000 && total <= 3000, `${total} ms`);
  const most = mostIn(await arrivals(world, urls), 1000 - WAY);
  assert.ok(most <= 21, `${most} in one second`);
});

check('the starts are exact at the call of fetch, at any window', { attempts: 'off' }, async (_, world) => {
  const starts = [];
  const fetch = async () => (starts.push(performance.now()), new Response('1'));
  all(await world.fetchAll(spread(world, 35, '/ok'), { fetch, rateLimit: { limit: 5, interval: 100 } }));
  // A start is counted when it is admitted; the call follows in the same turn, or a little later on a busy machine.
  assert.ok(mostIn(starts, 95) <= 5, `${mostIn(starts, 95)} in one window`);
  const total = starts.at(-1) - starts[0];
  assert.ok(total >= 599 && total <= 1200, `${total} ms`);
});

check('a rate limit may be per host', async (_, world) => {
  const urls = Array.from({ length: 40 }, (_, i) => world.at('/ok', i % 2));
  const begun = performance.now();
  all(await world.fetchAll(urls, { rateLimit: { limit: 10, interval: 500, per: 'host' } }));
  const total = performance.now() - begun;
  assert.ok(total >= 500 && total <= 1000, `${total} ms`);
  for (const host of [0, 1]) assert.ok(mostIn(await arrivals(world, urls.filter((_, i) => i % 2 === host)), 500 - WAY) <= 11);
});

check('every attempt takes a token', async (_, world) => {
  const urls = Array.from({ length: 6 }, () => world.at('/flaky?fail=1'));
  const begun = performance.now();
  all(await world.fetchAll(urls, { rateLimit: { limit: 4, interval: 400 }, retry: { delay: 1 } }));
  const total = performance.now() - begun;
  assert.ok(total >= 800 && total <= 1500, `${total} ms`);
  assert.ok(mostIn(await arrivals(world, urls), 400 - WAY) <= 5);
});

check('waiting for a token holds no slot, and the limits hold together', async (_, world) => {
  const urls = [...Array.from({ length: 12 }, () => world.at('/ok', 0)), ...Array.from({ length: 12 }, () => world.at('/ok', 1))];
  const begun = performance.now();
  all(await world.fetchAll(urls, { concurrency: 2, rateLimit: { limit: 6, interval: 300, per: 'host' } }));
  const total = performance.now() - begun;
  assert.ok(total >= 300 && total <= 900, `${total} ms`);
});

check('priority: within a host the higher goes first, words count as 1, 0 and -1', async (_, world) => {
  const blocker = world.at('/delay/150', 0);
  const ranks = [0, 'low', 5, 'high', 'auto', -3, 2];
  const ranked = ranks.map((priority) => ({ url: world.at('/ok', 0), priority }));
  all(await world.fetchAll([blocker, ...ranked], { concurrency: 16, concurrencyPerHost: 1 }));
  const times = await Promise.all(ranked.map(async ({ url }) => (await world.log(url))[0].t));
  const order = ranks.map((rank, i) => [times[i], rank]).sort(([a], [b]) => a - b).map(([, rank]) => rank);
  assert.deepEqual(order, [5, 2, 'high', 0, 'auto', 'low', -3]);
});

check('inputs are pulled only when a slot is free for them', async (_, world) => {
  let pulled = 0;
  async function* inputs() {
    for (let i = 0; i < 20; i++) {
      pulled++;
      const { requests } = await world.stats();
      assert.ok(pulled <= requests + 4, `${pulled} pulled, ${requests} arrived`);
      yield world.at('/delay/20');
    }
  }
  all(await world.fetchAll(inputs(), { concurrency: 4 }));
  assert.equal(pulled, 20);
});

check('looking ahead for another host, at most 1,000 inputs wait pulled', { attempts: 'at most' }, async (_, world) => {
  let pulled = 0;
  function* inputs() {
    for (;;) {
      pulled++;
      yield world.at('/hang', 0);
    }
  }
  const signal = AbortSignal.timeout(400);
  await assert.rejects(world.fetchAll(inputs(), { concurrency: 4, concurrencyPerHost: 2, signal }), signal.reason);
  assert.ok(pulled >= 3 && pulled <= 1002, `${pulled} pulled`);
});
