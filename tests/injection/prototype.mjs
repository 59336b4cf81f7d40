/**
 * Defines accessors on `Object.prototype`, one at a time, while calls of every kind run. The library meets them wherever it
 * reads a missing member, and cannot assign a member of that name.
 */
import { createBench } from './bench.mjs';
import { occupy } from './host.mjs';
import { turn, until } from './run.mjs';
import { judge } from './verdict.mjs';

/** Values of the accessor for reads by the package; the host and the test read undefined. */
const ACCESSORS = {
  throws: () => { throw new Error('injected'); },
  'is a number': () => 7,
  'is an object': () => ({}),
  'is a function': () => () => 'nonsense',
};

/** Times of its definition: before the calls, or while their requests are in flight. */
const STAGES = ['from the start', 'under way'];

export const variants = STAGES.flatMap((stage) => Object.keys(ACCESSORS).map((accessor) => ({ stage, accessor })));

/** False for a function `then` on every object, with which no promise would ever settle. */
export const isPossible = (name, { accessor }) => name !== 'then' || accessor !== 'is a function';

/** True if the package reads the accessor. */
const isRead = () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = reader;
  Error.stackTraceLimit = 6;
  const at = { __proto__: null };
  Error.captureStackTrace(at, isRead);
  const { stack } = at;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
};
const reader = (_, frames) => {
  for (let i = 0; i < frames.length; i++) {
    const file = frames[i].getScriptNameOrSourceURL();
    if (file && !file.includes('/injection/prototype.mjs')) return file.includes('/pkg/');
  }
  return false;
};

/** Names left out: the package's own members, which the build shortened, and array indices. */
const OWN = /^(?:[A-Z][a-z]?|.|\d+)$/;

/** Collects the names that the package's text has behind a dot, and those that were seen; none that every object has. */
export const namesIn = (text, seen) => {
  const names = [...text.matchAll(/\.([A-Za-z_$][\w$]*)/g)].map(([, name]) => name);
  return [...new Set([...names, ...seen])].filter((name) => !(name in Object.prototype) && !OWN.test(name)).sort();
};

/** Starts calls of every kind. */
const start = (scene) => {
  const { fanfetch, at, fetch } = scene;
  const limits = { fetch, timeout: { total: 2000 }, retry: { limit: 1, delay: 10 } };
  const hooks = { beforeRequest: [() => {}], afterResponse: [() => {}], beforeRetry: [() => {}], onResult: [() => {}] };
  const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
  const specs = [at('slow/0'), { url: at('slow/1'), headers: { 'x-a': '1' }, searchParams: { a: 1 }, method: 'POST', json: { a: 1 } }, new Request(at('slow/2')), { url: at('slow/3'), schema, responseType: 'json' }];
  scene.ended('list', () => fanfetch.fetchAll(specs, { ...limits, deadline: 3000, hooks, dedupe: true, onProgress: () => {} }));
  scene.ended('each', async () => { for await (const { ok } of fanfetch.fetchEach([at('slow/4'), at('busy/5')], { ...limits, deadline: 3000, ordered: true })) void ok; });
  let client;
  scene.ended('client', async () => {
    client = fanfetch.createClient({ ...limits, auth: async () => ({ bearer: 'a' }), headers: { 'x-b': '1' } });
    const { data } = await client.get(at('chunks/6'), { responseType: 'stream', maxBytes: 1e6 });
    return new Response(data).text();
  });
  scene.ended('watched', async () => (await client.get(at('chunks/7'), { maxBytes: 1e6, signal: new AbortController().signal })).data);
  scene.ended('lost', async () => client.get(at('lost/8')));
  scene.ended('drop-in', async () => (await fanfetch.createFetch(limits)(at('slow/9'), { headers: { 'x-c': '1' } })).text());
};

/**
 * @param {string} name
 * @param {{ stage: string, accessor: string }} variant
 * @param {object} fanfetch
 * @param {unknown[]} unhandled
 * @returns {Promise<string[]>} the faults
 */
export const runPrototype = async (name, { stage, accessor }, fanfetch, unhandled) => {
  unhandled.length = 0;
  const bench = createBench(fanfetch);
  bench.advance = (end) => bench.clock.advance(end);
  const leave = occupy(bench.clock, bench.fetch, true);
  const isTheirs = () => {
    if (asking) return false;
    asking = true;
    try {
      return isRead();
    } finally {
      asking = false;
    }
  };
  let asking = false;
  const get = () => (isTheirs() ? ACCESSORS[accessor]() : undefined);
  // The package finds no setter; the host and the test assign as usual.
  const set = function (value) {
    if (isTheirs()) throw new TypeError(`Cannot set property ${name}, which has only a getter`);
    Object.defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  };
  const pollute = () => Object.defineProperty(Object.prototype, name, { __proto__: null, get, set, configurable: true, enumerable: false });
  try {
    if (stage === 'from the start') pollute();
    start(bench);
    await turn();
    if (stage === 'under way') pollute();
    await until(bench, () => bench.pending === 0);
    delete Object.prototype[name];
    const url = bench.at('json/later');
    bench.one('later call', async () => (await fanfetch.fetchAll([url], { fetch: bench.fetch }))[0], url);
    await until(bench, () => bench.pending === 0);
    await turn();
    return [...judge({ ...bench, isRaw: true }, fanfetch), ...unhandled.map((error) => `nobody handled ${String(error?.message ?? error)}`)];
  } finally {
    delete Object.prototype[name];
    leave();
  }
};
