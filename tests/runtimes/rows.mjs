/**
 * What holds in every runtime. Each check takes the package and a world (`world.mjs`), whose `fetchAll`
 * is the package's under the invariants; it imports nothing of Node's and so runs in a process, a page and a worker alike.
 */
export const rows = [
  {
    name: 'two connection resets are healed by two retries',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/flaky?mode=reset&fail=2');
      const [result] = await fetchAll([url]);
      assert(result.ok, result.error?.message);
      assert.same(result.attempts.map(({ outcome, code }) => [outcome, code]), [['network', 'NETWORK'], ['network', 'NETWORK'], ['success', undefined]]);
      await world.sent(url, 3);
    },
  },
  {
    name: 'a host that always resets is NETWORK with a cause',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/reset');
      const [{ ok, error, attempts, status }] = await fetchAll([url]);
      assert.same([ok, error.code, error.retryable, attempts.length, status], [false, 'NETWORK', true, 3, undefined]);
      assert(error.cause instanceof Error, 'the cause is an Error');
      if (world.runtime !== 'workerd') assert.equal(error.cause.name, 'TypeError');
      await world.sent(url, 3);
    },
  },
  {
    name: 'backoff grows by its factor',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/flaky?fail=2&status=503');
      const [result] = await fetchAll([url], { retry: { delay: 100, factor: 2, jitter: 'none' } });
      assert(result.ok, result.error?.message);
      assert.same(result.attempts.map(({ outcome, status, delay, delayedBy }) => [outcome, status, delay, delayedBy]),
        [['http', 503, 100, 'backoff'], ['http', 503, 200, 'backoff'], ['success', 200, undefined, undefined]]);
      const [, second, third] = await world.sent(url, 3);
      assert.between(second.gap, 80, 300, 'first gap');
      assert.between(third.gap, 170, 450, 'second gap');
    },
  },
  {
    name: 'Retry-After in seconds is obeyed',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/retry-after?seconds=1');
      const [result] = await fetchAll([url]);
      assert(result.ok, result.error?.message);
      assert.between(result.attempts[0].delay, 1000, 1250);
      assert.equal(result.attempts[0].delayedBy, 'retry-after');
      const [, second] = await world.sent(url, 2);
      assert.between(second.gap, 970, 1550, 'gap');
    },
  },
  ...['/hang', '/hang-headers'].map((path) => ({
    name: `${path} ends by timeout.attempt each time`,
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at(path);
      const begun = performance.now();
      const [{ ok, error, attempts, status }] = await fetchAll([url], { timeout: { attempt: 200 }, retry: 1 });
      assert.between(performance.now() - begun, 400, 900, 'total');
      assert.same([ok, error.code, error.phase, error.limit, error.retryable, status], [false, 'TIMEOUT', 'attempt', 200, true, undefined]);
      assert.same(attempts.map(({ outcome, code }) => [outcome, code]), [['timeout', 'TIMEOUT'], ['timeout', 'TIMEOUT']]);
      await world.sleep(50);
      const entries = await world.sent(url, 2);
      assert(entries.every(({ end }) => end === 'client-closed'), 'both connections are closed by us');
    },
  })),
  {
    name: 'timeout.headers says so in its phase',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/hang');
      const begun = performance.now();
      const [{ error, attempts }] = await fetchAll([url], { timeout: { headers: 200 }, retry: 1 });
      assert.between(performance.now() - begun, 400, 900, 'total');
      assert.same([error.code, error.phase, error.limit, attempts.length], ['TIMEOUT', 'headers', 200, 2]);
    },
  },
  {
    name: 'a body that falls silent is ended by timeout.idle',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const url = world.at('/stall-body?after=10');
      const [{ ok, error, status, attempts }] = await fetchAll([url], { timeout: { idle: 150 }, retry: 0 });
      assert.same([ok, error.code, error.phase, error.limit, status], [false, 'TIMEOUT', 'idle', 150, 200]);
      assert.same(attempts.map(({ outcome, status, code }) => [outcome, status, code]), [['timeout', 200, 'TIMEOUT']]);
      await world.sleep(50);
      const [entry] = await world.sent(url, 1);
      assert.equal(entry.end, 'client-closed');
      assert.between(entry.ms, 140, 500, 'ms until the connection was closed');
    },
  },
  {
    name: 'the concurrency is reached and not exceeded',
    async run(_, world) {
      const { assert, fetchAll } = world;
      // A browser opens six connections to a host: the four hosts together let all ten through.
      const urls = Array.from({ length: 200 }, (_, i) => world.at('/delay/50', i % 4));
      const begun = performance.now();
      const results = await fetchAll(urls, { concurrency: 10 });
      assert.between(performance.now() - begun, 1000, 2000, 'total');
      assert(results.every(({ ok }) => ok), 'all are ok');
      assert.equal((await world.stats()).peak, 10, 'peak');
    },
  },
  {
    name: 'an aborted signal rejects at once and pulls nothing',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const reason = { any: 'value' };
      let pulled = 0;
      function* inputs() {
        pulled++;
        yield world.at('/ok');
      }
      const given = await assert.rejects(fetchAll(inputs(), { signal: AbortSignal.abort(reason) }));
      assert.equal(given, reason);
      const plain = AbortSignal.abort();
      assert.equal(await assert.rejects(fetchAll(inputs(), { signal: plain })), plain.reason);
      assert.equal(pulled, 0, 'inputs pulled');
      assert.equal((await world.stats()).requests, 0, 'A');
    },
  },
  {
    name: 'an abort ends all that is under way at once',
    async run(_, world) {
      const { assert, fetchAll } = world;
      const controller = new AbortController();
      const waiting = Array.from({ length: 3 }, () => world.at('/status/503', 1));
      const hanging = Array.from({ length: 5 }, () => world.at('/hang'));
      const queued = Array.from({ length: 92 }, (_, i) => world.at('/ok', i % 4));
      const call = assert.rejects(fetchAll([...waiting, ...hanging, ...queued], {
        concurrency: 5, signal: controller.signal, retry: { delay: 2000, jitter: 'none' },
      }));
      const before = waiting.length + hanging.length;
      await world.untilInFlight(5, before);
      const reason = new Error('enough');
      const begun = performance.now();
      controller.abort(reason);
      assert.equal(await call, reason, 'the reason');
      assert.between(performance.now() - begun, 0, 100, 'ms until it rejected');
      await world.sleep(300);
      const stats = await world.stats();
      assert.same([stats.requests, stats.inflight], [before, 0], 'requests, and those in flight, after the abort');
      for (const url of hanging) assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
    },
  },
  {
    name: 'a signal keeps no listener of 10,000 calls',
    isLong: true,
    // The bare package: what the world remembers of each call would count as growth.
    async run({ fetchAll }, world) {
      const { assert } = world;
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const url = world.at('/ok');
      const options = { signal, fetch: async () => new Response('{}', { headers: { 'content-type': 'application/json' } }) };
      const call = () => fetchAll([url], options);
      for (let i = 0; i < 1000; i++) await call();
      const before = world.heapUsed?.();
      for (let i = 0; i < 9000; i++) {
        await call();
        assert.equal(listeners.count, 0, 'listeners');
      }
      if (before !== undefined) assert.between(world.heapUsed() - before, -Infinity, 5e6, 'heap growth');
      // With the host's own fetch as well: the user's signal is never handed to it.
      for (let i = 0; i < 50; i++) await fetchAll([url], { signal });
      assert.equal(listeners.count, 0, 'listeners');
      assert.between(listeners.most, 0, 1, 'listeners at a time');
    },
  },
  {
    name: 'a body is whole though its reader alone is kept',
    async run({ createClient }, world) {
      // Not the world's, which keeps all results.
      const client = createClient();
      for (let i = 0; i < 6; i++) {
        const reader = await client.fetch(world.at('/huge?bytes=1000000'), { responseType: 'stream', timeout: false }).then(({ data }) => data.getReader());
        let bytes = 0;
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          bytes += read.value.length;
          // So that what is young is collected, and with it, in browsers, the object that stands for a stream still in use.
          if (!world.browser) continue;
          for (let j = 0; j < 100; j++) globalThis.young = Array.from({ length: 10_000 }, () => ({ j }));
          await world.sleep(5);
        }
        world.assert.equal(bytes, 1_000_000, `body ${i}`);
      }
      client.close();
    },
    attempts: 'off',
  },
  {
    name: 'credentials stay at their origin on a redirect',
    isLong: true,
    async run(_, world) {
      const { assert, fetchAll } = world;
      const secrets = { authorization: 'Bearer S3CR3T', cookie: 'session=S3CR3T', 'x-api-key': 'S3CR3T' };
      for (const [index, options] of [{ headers: secrets }, { auth: { bearer: 'S3CR3T' }, headers: { 'x-api-key': 'S3CR3T' } }].entries()) {
        const url = world.at('/redirect-cross?to=1&status=307');
        const [result] = await fetchAll([url], { ...options, method: 'POST', body: 'the body' });
        assert(result.ok, result.error?.message);
        assert.equal(new URL(result.url).origin, world.origins[1]);
        const { headers, method, body } = result.data;
        assert.same([method, body], ['POST', 'the body'], 'a 307 keeps method and body');
        assert.same([headers.authorization, headers.cookie], [undefined, undefined], `credentials ${index}`);
        // A browser follows by itself and takes such headers along, which the manual says.
        if (!world.browser) assert.equal(headers['x-api-key'], undefined);
      }
    },
    attempts: 'off',
  },
];

function countListeners(signal) {
  const count = { count: 0, most: 0 };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args) => {
    count.most = Math.max(count.most, ++count.count);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    count.count--;
    removeEventListener.apply(signal, args);
  };
  return count;
}
