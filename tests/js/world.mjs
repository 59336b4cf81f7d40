import { assert } from './assert.mjs';
import { assertResults, assertSilent } from './results.mjs';

/** The secret that must never be shown. */
export const MARKER = 'S3CR3T';

const RETRY = { limit: 2, delay: 20, budget: false };
const DRAIN_MS = 300;

/**
 * What one row of the scorecard works with, in every runtime: the hosts of the fault server, its log, and a `fetchAll`
 * that is the package's own under the invariants. No `node:` import, since it also runs in pages and workers.
 *
 * @param {object} parts
 * @param {object} parts.fanfetch The package.
 * @param {object} parts.site `origins`, `host`, `slow`, `blackhole` and `refused` of the fault server.
 * @param {(path: string) => Promise<any>} parts.control Reads one of the server's control paths as JSON.
 * @param {'node' | 'browser' | 'workerd'} parts.runtime
 * @param {() => number} [parts.heapUsed] Bytes in use after a collection, where the runtime can tell.
 * @param {(value: unknown) => string} [parts.inspect] What the console would show of a value, likewise.
 */
export function createWorld({ fanfetch, site, control, runtime, heapUsed, inspect }) {
  const runs = [];
  const load = { calls: new Set(), most: 0, perHostMost: 0 };
  let keys = 0;

  const world = {
    ...site, assert, runtime, heapUsed, browser: runtime === 'browser',
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    stats: () => control('/__stats'),
    reset: () => control('/__reset'),

    /** An address at one of the hosts, with a key of its own for the log. */
    at: (path, host = 0) => `${site.origins[host]}${path}${path.includes('?') ? '&' : '?'}key=k${++keys}`,

    /** What the server saw of an address (or of a bare key), in order of arrival. */
    log: (address) => control(`/log?key=${encodeURIComponent(keyOf(address) ?? address)}`),

    /** Asserts how many requests came for an address and returns them; browsers repeat some by themselves. */
    async sent(address, count) {
      const entries = await world.log(address);
      if (world.browser) assert(entries.length >= count, `A is ${entries.length}, expected at least ${count}`);
      else assert.equal(entries.length, count, 'A');
      return entries;
    },

    /** Waits until the server has seen `requests` in all, of which `count` are in flight. */
    async untilInFlight(count, requests = count) {
      const reached = (stats) => stats.inflight === count && stats.requests === requests;
      for (let i = 0; i < 400 && !reached(await world.stats()); i++) await world.sleep(5);
      const stats = await world.stats();
      assert.same([stats.inflight, stats.requests], [count, requests], 'in flight and seen');
    },

    /** The package's `fetchAll` with the scorecard's defaults. */
    fetchAll(requests, options = {}) {
      const { retry } = options;
      const own = typeof retry === 'number' ? { limit: retry } : retry;
      const marked = world.browser ? {} : { headers: { 'x-marker': MARKER } };
      return world.raw(requests, { ...marked, ...options, retry: retry === false ? false : { ...RETRY, ...own } });
    },

    /** The package's `fetchAll` with exactly these arguments; the invariants are checked all the same. */
    async raw(requests, ...rest) {
      const run = { requests, options: rest[0] };
      runs.push(run);
      const before = fingerprint([freeze(requests), freeze(rest[0])]);
      const release = occupy(load, rest[0], runtime);
      try {
        run.results = await fanfetch.fetchAll(requests, ...rest);
        return run.results;
      } catch (error) {
        run.error = error;
        throw error;
      } finally {
        release();
        run.changed = fingerprint([requests, rest[0]]) !== before;
      }
    },

    /**
     * The invariants of the scorecard that hold in every runtime.
     * @param {object} [options]
     * @param {'equal' | 'at most' | 'off'} [options.attempts] How the reported attempts compare with those that arrived.
     */
    async verify({ attempts = 'equal' } = {}) {
      for (const run of runs) {
        if (run.results) assertResults(run);
        assertSilent(run, inspect);
        assert(!run.changed, 'inputs and options stay as they were given');
      }
      const stats = await drained(world);
      assert(stats.peak <= load.most, `the server saw ${stats.peak} at once, ${load.most} are allowed`);
      for (const [host, { peak }] of Object.entries(stats.perHost)) {
        assert(peak <= load.perHostMost, `${host} saw ${peak} at once, ${load.perHostMost} are allowed`);
      }
      const entries = await control('/log');
      assert.same(entries.filter(({ end }) => end === null), [], 'requests that never ended');
      if (runtime === 'node' && attempts !== 'off') assertArrivals(runs, entries, site.origins, attempts);
    },
  };
  return world;
}

/** The key under which the server logs an address; undefined for what is no absolute URL. */
export function keyOf(address) {
  return /^https?:.*[?&]key=([^&#]+)/.exec(address)?.[1];
}

/** Several calls at once may have as many requests in flight as they are allowed together. */
function occupy(load, options, runtime) {
  const limit = (value, otherwise) => (value > 0 && typeof value === 'number' ? value : otherwise);
  const own = limit(options?.concurrency, runtime === 'workerd' ? 6 : 32);
  const call = { own, perHost: Math.min(own, limit(options?.concurrencyPerHost, Infinity)) };
  const sum = (name) => [...load.calls].reduce((total, each) => total + each[name], 0);
  load.calls.add(call);
  load.most = Math.max(load.most, sum('own'));
  load.perHostMost = Math.max(load.perHostMost, sum('perHost'));
  return () => load.calls.delete(call);
}

async function drained(world) {
  const begun = performance.now();
  for (;;) {
    const stats = await world.stats();
    if (stats.inflight === 0) return stats;
    assert(performance.now() - begun < DRAIN_MS, `${stats.inflight} requests are still in flight after ${DRAIN_MS} ms`);
    await world.sleep(10);
  }
}

/** Reported attempts against arrivals, for every key of which each request of the row gave a result. */
function assertArrivals(runs, entries, origins, mode) {
  const unknown = runs.some((run) => run.error !== undefined && run.error?.code !== 'OPTION');
  if (unknown) return;
  const reported = new Map();
  for (const { request, attempts } of runs.flatMap((run) => run.results ?? [])) {
    const key = keyOf(request.url);
    if (key && origins.some((origin) => request.url.startsWith(`${origin}/`))) reported.set(key, (reported.get(key) ?? 0) + attempts.length);
  }
  for (const [key, count] of reported) {
    const arrived = entries.filter((entry) => entry.key === key).length;
    const fine = mode === 'equal' ? arrived === count : arrived <= count;
    assert(fine, `${key}: ${count} attempts reported, ${arrived} arrived`);
  }
}

/** Freezes plain objects and arrays, but not what a getter would return: reading it is the package's affair. */
function freeze(value) {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const property of Object.values(Object.getOwnPropertyDescriptors(value))) freeze(property.value);
  return value;
}

/** Shows a change inside those platform objects that cannot be frozen. */
function fingerprint(value, depth = 0) {
  if (value === null || typeof value !== 'object' || depth > 6) return typeof value;
  if (value instanceof URL) return value.href;
  if (value instanceof Headers || value instanceof URLSearchParams) return JSON.stringify([...value]);
  if (!isPlain(value)) return 'object';
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  return properties.map(([name, property]) => `${name}:${fingerprint(property.value, depth + 1)}`).join();
}

function isPlain(value) {
  if (Array.isArray(value)) return true;
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}
