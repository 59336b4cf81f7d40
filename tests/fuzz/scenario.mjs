/**
 * A scenario of a seed: plain data, which says all that users and the network do. Each has a few themes, so that some are
 * simple enough for the strictest rules and some put everything on top of each other.
 */
import { ODD, BAD_CHUNKS } from './answers.mjs';
import { BAD_INPUTS } from './inputs.mjs';
import { FAILURE_NAMES } from './network.mjs';
import { optionsAt } from './options.mjs';
import { NEVER } from './drive.mjs';
import { compact, createRandom } from './random.mjs';

/** What a scenario may be about, and how often. `--without` turns one off. */
export const THEMES = {
  hooks: 0.35, nested: 0.2, callbacks: 0.25, odd: 0.15, deaf: 0.3, redirects: 0.15, bodies: 0.25, cancel: 0.3, aborts: 0.3, close: 0.15, pause: 0.15,
  rate: 0.15, dedupe: 0.15, handedOut: 0.2, bad: 0.15, iterables: 0.4, deadline: 0.2, stop: 0.1, budget: 0.1, auth: 0.15, schema: 0.1, stalls: 0.3, limits: 0.6,
  leaving: 0.3, progress: 0.15, types: 0.4, real: 0.01, server: 0.01,
};

/**
 * @param {number} seed
 * @param {Set<string>} [without] Themes that are left out.
 */
export function createScenario(seed, without = new Set()) {
  const random = createRandom(seed);
  // Every theme is drawn whether it is turned off or not: the rest of the scenario stays the same.
  const themes = new Set(Object.entries(THEMES).filter(([, share]) => random.chance(share)).map(([name]) => name).filter((name) => !without.has(name)));
  const { int, chance, pick, list, weighted } = random;
  const x = { ...random, has: (theme) => themes.has(theme) };

  const signalOf = () => compact({ at: weighted([[1, -1], [8, int(0, 120)], [2, NEVER]]), reason: pick(['error', 'text', 'null', 'object', undefined]) });
  const signals = x.has('aborts') ? list(int(1, 3), signalOf) : [];
  x.signals = signals.length;
  const clients = list(weighted([[1, 0], [6, 1], [3, 2], [1, 3]]), (n) => clientOf(n));
  x.clients = clients;
  const calls = list(weighted([[4, 1], [4, 2], [3, 3], [2, 5], [1, 8]]), (n) => callOf());
  const actions = clients.length === 0 ? [] : list(int(0, 4), () => actionOf()).filter(Boolean);
  const clock = x.has('real') || x.has('server') ? 'real' : 'virtual';
  return { seed, clock, network: x.has('server') ? 'server' : 'double', chance: int(1, 1_000_000), themes: [...themes].join(' '), clients, calls, actions, signals };

  function clientOf(n) {
    const kind = n === 0 ? weighted([[5, 'create'], [1, 'createFetch']]) : weighted([[3, 'extend'], [1, 'create'], [1, 'createFetch']]);
    return compact({ kind, from: kind === 'extend' ? int(0, n - 1) : undefined, options: optionsAt('client', x) });
  }

  function callOf() {
    const on = clients.length === 0 || chance(0.15) ? null : int(0, clients.length - 1);
    const how = on === null
      ? weighted([[3, 'fetchAll'], [2, 'fetchEach']])
      : weighted([[4, 'fetchAll'], [4, 'fetchEach'], [1, 'fetch'], [1, pick(['get', 'head', 'post', 'put', 'patch', 'delete'])], [clients[on].kind === 'createFetch' ? 6 : 0, 'raw']]);
    const at = weighted([[5, 0], [4, int(0, 40)], [1, int(40, 200)]]);
    const batch = how === 'fetchAll' || how === 'fetchEach';
    const count = batch ? weighted([[1, 0], [3, 1], [4, int(2, 4)], [4, int(4, 10)], [1, int(10, 40)]]) : 1;
    return compact({
      at, on, how,
      options: optionsAt(how === 'fetchEach' ? 'each' : how === 'fetchAll' ? 'call' : how === 'raw' ? 'raw' : 'one', x),
      inputs: inputsOf(count, batch, how),
      reader: how === 'fetchEach' ? readerOf() : undefined,
      body: x.has('handedOut') ? pick(['text', 'chunks', 'cancel', 'half', 'late', 'never']) : undefined,
    });
  }

  function inputsOf(count, batch, how) {
    const as = batch && x.has('iterables') ? pick(['array', 'set', 'iterator', 'iterator', 'asyncIterator', 'asyncIterator']) : 'array';
    const late = as === 'asyncIterator' && chance(0.5);
    return compact({
      as,
      list: list(count, () => itemOf(how)),
      throwsAt: as.endsWith('terator') && chance(0.15) ? int(0, count) : undefined,
      every: late ? int(1, 15) : undefined,
    });
  }

  function readerOf() {
    if (!x.has('leaving')) return { style: weighted([[5, 'loop'], [1, 'slow'], [1, 'many'], [1, 'late']]) };
    return { style: pick(['break', 'slow', 'late', 'rests', 'many', 'return', 'throw', 'loop']), after: int(0, 4), every: int(1, 12) };
  }

  function itemOf(how) {
    const takesAny = how === 'fetch' || how === 'fetchAll' || how === 'fetchEach';
    if (x.has('bad') && how !== 'raw' && chance(0.2)) return { bad: pick(takesAny ? BAD_INPUTS : ['brackets', 'relative', 'scheme', 'newline']) };
    const as = how === 'raw' || takesAny
      ? weighted([[5, 'string'], [1, 'URL'], [x.has('bodies') || x.has('types') ? 2 : 0.5, 'Request'], [4, 'spec'], [1, 'specURL']])
      : 'string';
    const options = as.startsWith('spec') || as === 'Request' ? optionsAt(as === 'Request' ? 'Request' : 'spec', x) : undefined;
    return compact({
      as, host: weighted([[5, 0], [2, 1], [1, 2]]),
      shared: x.has('dedupe') && as !== 'Request' && chance(0.5) ? int(0, 2) : undefined,
      options: options && Object.keys(options).length > 0 ? options : undefined,
      answers: list(weighted([[5, 1], [2, 2], [1, 3]]), () => answerOf(x)),
    });
  }

  function actionOf() {
    const does = weighted([
      [x.has('close') ? 3 : 0, 'close'], [x.has('pause') ? 3 : 0, 'pause'], [x.has('pause') ? 2 : 0, 'resume'], [x.has('cancel') ? 4 : 0, 'cancelQueued'],
      [x.has('limits') ? 1 : 0, 'concurrency'], [1, 'onIdle'], [1, 'stats'],
    ]);
    return compact({ at: int(0, 80), on: int(0, clients.length - 1), does, value: does === 'concurrency' ? int(1, 5) : undefined });
  }
}

/** What the network does with one attempt. */
export function answerOf(x) {
  const { int, chance, pick, weighted, maybe } = x;
  const does = weighted([[12, undefined], [1, 'reject'], [0.3, 'throw'], [x.has('stalls') ? 1.5 : 0, 'hang']]);
  const status = weighted([[12, undefined], [1, pick([500, 502, 503, 429, 408])], [1, pick([404, 400, 401, 204, 304, 413, 201])]]);
  return compact({
    does, status,
    after: weighted([[3, undefined], [5, int(1, 30)], [1, int(30, 60)]]),
    fails: does === 'reject' || does === 'throw' ? weighted([[4, undefined], [1, pick(FAILURE_NAMES)]]) : undefined,
    type: weighted([[6, undefined], [1, 'text'], [1, 'bytes'], [1, 'form'], [0.5, 'empty'], [0.5, 'unparsable']]),
    pad: maybe(0.1, () => pick([100, 5000, 70_000])),
    chunks: maybe(0.4, () => int(2, 4)),
    every: maybe(0.25, () => int(1, 15)),
    stallAfter: x.has('stalls') ? maybe(0.1, () => int(0, 2)) : undefined,
    breakAfter: maybe(0.06, () => int(0, 2)),
    retryAfter: status === 503 || status === 429 || status === 413 ? maybe(0.5, () => pick(x.has('real') ? [0, 'soon', 1000] : [0, 1, 'soon', 2, 1000])) : undefined,
    redirects: x.has('redirects') ? maybe(0.25, () => Array.from({ length: int(1, 2) }, () => ({ status: pick([301, 302, 303, 307, 308]), host: int(0, 2) }))) : undefined,
    deaf: x.has('deaf') && chance(0.35) ? true : undefined,
    rejectsAfter: x.has('deaf') ? maybe(0.2, () => int(1, 40)) : undefined,
    abortsAs: maybe(0.05, () => 'network'),
    odd: x.has('odd') ? maybe(0.2, () => pick(ODD)) : undefined,
    badChunk: x.has('odd') ? maybe(0.1, () => pick(BAD_CHUNKS)) : undefined,
    thenable: x.has('odd') && chance(0.1) ? true : undefined,
  });
}
