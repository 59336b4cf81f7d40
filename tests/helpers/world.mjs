import { assert } from './assert.mjs';
import { watchClient, watchEach, watchFetch } from './clients.mjs';
import { assertResults, assertSilent } from './results.mjs';

/** The secret that must never be shown. */
export const MARKER = 'S3CR3T';

const RETRY = { limit: 2, delay: 20, budget: false };
const DRAIN_MS = 300;

/**
 * What one check works with, in every runtime: the hosts of the fault server, its log, and the package's
 * calls under the invariants. No `node:` import, since it also runs in pages and workers.
 *
 * @param {object} parts
 * @param {object} parts.fanfetch The package.
 * @param {object} parts.site `origins`, `host`, `slow`, `blackhole` and `refused` of the fault server.
 * @param {(path: string) => Promise<any>} parts.control Reads one of the server's control paths as JSON.
 * @param {'node' | 'browser' | 'workerd'} parts.runtime
 * @param {() => number} [parts.heapUsed] Bytes in use after a collection, where the runtime can tell.
 * @param {(value: unknown) => string} [parts.inspect] What the console would show of a value, likewise.
 * @param {(signal: AbortSignal) => number} [parts.listeners] How many listen for its abort, likewise.
 */
export function createWorld({ fanfetch, site, control, runtime, heapUsed, inspect, listeners }) {
  const runs = [];
  const clients = [];
  const load = { calls: new Set(), most: 0, perHostMost: 0 };
  let keys = 0;

  /** Notes a call; `settle` tells what became of it. Inputs and options are frozen, and compared when it has settled. */
  const begin = (requests, options) => {
    const run = { requests, options };
    runs.push(run);
    const before = fingerprint([freeze(requests), freeze(options)]);
    run.settle = (outcome) => Object.assign(run, outcome, { changed: fingerprint([requests, options]) !== before });
    return run;
  };

  /** The defaults of the tests under these options. */
  const defaults = (options) => {
    const { retry } = options;
    const own = typeof retry === 'number' ? { limit: retry } : retry;
    const marked = runtime === 'browser' ? {} : { headers: { 'x-marker': MARKER } };
    return { ...marked, ...options, retry: retry === false ? false : { ...RETRY, ...own } };
  };

  /** A client of the package, watched; what it may have in flight counts as long as the world lasts. */
  const watched = (name, options) => {
    begin([], options).settle({});
    const made = fanfetch[name](options);
    const share = occupy(load, options, runtime);
    const watch = (client) => {
      clients.push(client);
      return watchClient(client, { begin, watch, resize: share.resize });
    };
    return { made, watch };
  };

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

    /** The package's `fetchAll` with the tests' defaults. */
    fetchAll: (requests, options = {}) => world.raw(requests, defaults(options)),

    /** The package's `fetchAll` with exactly these arguments; the invariants are checked all the same. */
    async raw(requests, ...rest) {
      const run = begin(requests, rest[0]);
      const share = occupy(load, rest[0], runtime);
      try {
        const results = await fanfetch.fetchAll(requests, ...rest);
        run.settle({ results });
        return results;
      } catch (error) {
        run.settle({ error });
        throw error;
      } finally {
        share.release();
      }
    },

    /** The package's `fetchEach` with the tests' defaults. */
    fetchEach(requests, options = {}) {
      const all = defaults(options);
      occupy(load, all, runtime);
      return watchEach(fanfetch.fetchEach(requests, all), begin(requests, all));
    },

    /** The package's `createClient` with the tests' defaults; every call on it is watched. */
    createClient(options = {}) {
      const { made, watch } = watched('createClient', defaults(options));
      return watch(made);
    },

    /** The package's `createFetch`, likewise. */
    createFetch(options = {}) {
      const { made, watch } = watched('createFetch', defaults(options));
      return watchFetch(made, { begin, client: watch(made.client) });
    },

    /**
     * The invariants that hold in every runtime.
     * @param {object} [options]
     * @param {'equal' | 'at most' | 'off'} [options.attempts] How the reported attempts compare with those that arrived.
     */
    async verify({ attempts = 'equal' } = {}) {
      for (const run of runs) {
        if (run.results) assertResults(run);
        assertSilent(run, inspect);
        assert(!run.changed, 'inputs and options stay as they were given');
        if (listeners) for (const signal of signalsOf(run)) assert.equal(listeners(signal), 0, 'listeners on a signal');
      }
      const stats = await drained(world);
      for (const client of clients) assert.same([client.inFlight, client.queued], [0, 0], 'in flight and queued at a client in the end');
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
  const count = () => {
    load.most = Math.max(load.most, sum('own'));
    load.perHostMost = Math.max(load.perHostMost, sum('perHost'));
  };
  load.calls.add(call);
  count();
  return {
    release: () => load.calls.delete(call),
    resize(concurrency) {
      Object.assign(call, { own: concurrency, perHost: Math.min(concurrency, limit(options?.concurrencyPerHost, Infinity)) });
      count();
    },
  };
}

function signalsOf({ requests, options }) {
  const all = [options, ...(Array.isArray(requests) ? requests : [])].filter((each) => isPlain(each) && Object.hasOwn(each, 'signal'));
  return all.map(({ signal }) => signal).filter((signal) => signal instanceof AbortSignal);
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

/** Reported attempts against arrivals, for every key of which each request of the check gave a result. */
function assertArrivals(runs, entries, origins, mode) {
  const unknown = runs.some((run) => run.error !== undefined && run.error?.code !== 'OPTION' && !run.single);
  if (unknown) return;
  const reported = new Map();
  const report = (url, count) => {
    const key = keyOf(url);
    if (key && origins.some((origin) => url.startsWith(`${origin}/`))) reported.set(key, (reported.get(key) ?? 0) + count);
  };
  for (const { results = [], error, single } of runs) {
    for (const { request, attempts } of results) report(request.url, attempts.length);
    if (single && error !== undefined) report(error.url, error.attempts);
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
