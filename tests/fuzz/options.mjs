/** Options at random, for each place where they may be said. */
import { answerOf } from './scenario.mjs';
import { compact } from './random.mjs';

const TYPES = ['auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData', 'none'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'post', 'OPTIONS'];
const WITH_BODY = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** @param {'client' | 'call' | 'each' | 'one' | 'raw' | 'spec' | 'Request'} level */
export function optionsAt(level, x) {
  const { int, chance, pick, maybe } = x;
  const body = (x.has('bodies') && level !== 'client' ? maybe(0.3, () => bodyOf(level, x)) : undefined) ?? {};
  const signal = x.signals > 0 ? maybe(level === 'client' ? 0.15 : 0.35, () => int(0, x.signals - 1)) : undefined;
  if (level === 'Request') return compact({ ...body, signal, json: undefined });
  if (level === 'raw') return compact({ ...body, signal, json: undefined, headers: maybe(0.2, () => OWN) });
  const outer = level === 'client';
  const options = {
    ...body, signal,
    timeout: maybe(outer ? 0.6 : 0.2, () => timeoutOf(x)),
    retry: outer ? retryOf(x) : maybe(0.2, () => retryOf(x)),
    throwHttpErrors: maybe(0.1, () => pick([true, false, { from: 500 }])),
    maxBytes: maybe(0.05, () => pick([10, 200, 10_000])),
    expectedBytes: level === 'spec' ? maybe(0.05, () => ({ more: pick([0, 0, 1, -1]) })) : undefined,
    priority: maybe(0.1, () => pick([-1, 0, 1, 5, 'high', 'low', 'auto'])),
    responseType: typeAt(level, x),
    schema: x.has('schema') ? maybe(0.3, () => compact({ does: pick([undefined, undefined, 'fail', 'throw', 'nothing', 'odd']), after: maybe(0.3, () => int(1, 20)) })) : undefined,
    auth: x.has('auth') ? maybe(0.35, () => authOf(x)) : undefined,
    // Only those of a client or a batch are held back from other hosts.
    headers: maybe(0.2, () => (level === 'spec' || level === 'one' ? OWN : COMMON)),
  };
  if (level === 'spec' || level === 'one') return compact(options);
  return compact({ ...options, ...batchOptions(level, x), ...eachOptions(level, x), hooks: hooksAt(level, x), fetch: chance(0.5) ? true : undefined });
}

const COMMON = { 'x-secret': 'S3CR3T' };
const OWN = { 'x-own': 'S3CR3T' };

function batchOptions(level, x) {
  const { int, chance, pick, maybe } = x;
  return {
    concurrency: x.has('limits') ? maybe(0.6, () => int(1, 4)) : undefined,
    concurrencyPerHost: x.has('limits') ? maybe(0.25, () => int(1, 3)) : undefined,
    rateLimit: x.has('rate') ? maybe(0.4, () => compact({ limit: int(1, 4), interval: int(5, 60), per: pick([undefined, 'client', 'host']) })) : undefined,
    deadline: x.has('deadline') ? maybe(level === 'client' ? 0.1 : 0.4, () => (chance(0.2) ? { date: int(5, 120) } : int(1, 120))) : undefined,
    stopOnError: x.has('stop') ? maybe(0.5, () => true) : undefined,
    dedupe: x.has('dedupe') ? maybe(0.6, () => true) : undefined,
    maxFetches: x.has('budget') && level !== 'client' ? maybe(0.5, () => int(0, 6)) : undefined,
    progress: x.has('progress') && level !== 'client' ? maybe(0.5, () => true) : undefined,
    progressInterval: x.has('progress') ? maybe(0.3, () => pick([0, 5, 100])) : undefined,
  };
}

function eachOptions(level, { maybe, int }) {
  return level === 'each' ? { ordered: maybe(0.4, () => true), highWaterMark: maybe(0.3, () => int(1, 4)) } : {};
}

/** Bodies that are handed out belong to `fetchEach` and to single requests. */
function typeAt(level, x) {
  const { pick, maybe } = x;
  if (x.has('handedOut') && (level === 'each' || level === 'one')) return maybe(0.6, () => pick(['stream', 'response']));
  return x.has('types') ? maybe(level === 'client' ? 0.1 : 0.3, () => pick(TYPES)) : undefined;
}

function timeoutOf(x) {
  const { int, pick, maybe } = x;
  const span = () => pick([5, 10, 20, 40, 80, int(1, 100)]);
  return pick([span(), false, compact({
    attempt: maybe(0.4, () => pick([span(), span(), false])), headers: maybe(0.3, span), idle: maybe(0.3, span), total: maybe(0.4, () => span() * 2),
  })]);
}

function retryOf(x) {
  const { int, pick, maybe } = x;
  const asked = x.has('callbacks');
  const fn = () => compact({ gives: pick(['number', 'same', 'nan', 'negative', 'text', 'huge']), throws: maybe(0.15, () => true) });
  return pick([false, int(0, 3), ...Array(4).fill(undefined)]) ?? compact({
    limit: maybe(0.5, () => int(0, 4)),
    delay: maybe(0.9, () => (asked && x.chance(0.3) ? fn() : int(0, 20))),
    factor: maybe(0.2, () => pick([0, 1, 2, 3])),
    backoffLimit: maybe(0.2, () => pick([0, 10, 100])),
    jitter: maybe(0.4, () => (asked && x.chance(0.4) ? fn() : pick(['full', 'equal', 'decorrelated', 'none']))),
    methods: maybe(0.1, () => pick([['GET', 'POST'], [], ['post']])),
    statusCodes: maybe(0.08, () => pick([[404, 500], [], [503]])),
    maxRetryAfter: maybe(0.2, () => pick([0, 500, 1500])),
    retryOnTimeout: maybe(0.2, () => x.chance(0.5)),
    shouldRetry: asked ? maybe(0.4, () => compact({ gives: pick(['true', 'false', 'undefined']), after: maybe(0.4, () => int(0, 20)), throws: maybe(0.15, () => true) })) : undefined,
  });
}

function bodyOf(level, x) {
  const { pick, int, chance, maybe } = x;
  const method = pick(chance(0.8) ? WITH_BODY : METHODS);
  if (chance(0.2)) return { method };
  if (level !== 'Request' && level !== 'raw' && chance(0.25)) return { method, json: true };
  const isHosts = level === 'Request' || level === 'raw';
  const as = pick(['text', 'bytes', 'blob', 'params', 'form', 'stream', ...(isHosts ? [] : ['function', 'async', 'streams'])]);
  // A stream is one input's own: it can be sent once.
  if (as === 'stream' && (level === 'call' || level === 'each' || level === 'one')) return { method };
  const body = compact({ as, after: as === 'async' ? int(0, 20) : undefined, fails: as === 'function' || as === 'async' ? maybe(0.15, () => pick(['throw', 'odd'])) : undefined });
  return level === 'call' || level === 'each' ? { method } : { method, body };
}

const authOf = ({ pick, int, maybe }) => pick([
  { as: 'bearer' }, { as: 'basic' }, ...Array(3).fill(compact({ as: 'function', after: maybe(0.5, () => int(0, 20)), fails: maybe(0.1, () => pick(['throw', 'odd'])) })),
]);

const KINDS = {
  beforeRequest: ['header', 'request', 'response', 'throw', 'reject'],
  afterResponse: ['response', 'clone', 'read', 'throw', 'reject'],
  beforeRetry: ['throw', 'reject'],
  onResult: ['throw', 'reject'],
};

function hooksAt(level, x) {
  if (!x.has('hooks') && !x.has('nested')) return undefined;
  const hooks = {};
  for (const [kind, deeds] of Object.entries(KINDS)) {
    if (x.chance(level === 'client' ? 0.3 : 0.2)) hooks[kind] = Array.from({ length: x.int(1, 2) }, () => hookOf(kind, deeds, level, x));
  }
  return Object.keys(hooks).length > 0 ? hooks : undefined;
}

function hookOf(kind, deeds, level, x) {
  const { int, pick, weighted, maybe, chance } = x;
  const does = weighted([
    [3, 'nothing'], [2, 'slow'], [x.has('nested') ? 6 : 0, 'nested'], [x.has('hooks') ? 3 : 0, pick(deeds)], [x.has('close') ? 0.5 : 0, 'close'],
    [x.has('cancel') ? 1 : 0, 'cancelQueued'], [x.has('pause') ? 0.5 : 0, pick(['pause', 'resume'])], [x.signals > 0 ? 1 : 0, 'abort'], [x.has('stalls') ? 0.5 : 0, 'never'],
  ]);
  return compact({
    does,
    only: maybe(0.4, () => int(0, 2)),
    after: does === 'slow' ? int(1, 30) : maybe(0.3, () => int(0, 15)),
    status: does === 'response' ? pick([undefined, 404, 503]) : undefined,
    signal: does === 'abort' ? int(0, x.signals - 1) : undefined,
    ...(does === 'nested' && { awaits: chance(0.7), given: chance(0.4), call: nestedCall(x) }),
  });
}

const nestedCall = (x) => ({
  how: x.pick(['fetchAll', 'fetchAll', 'fetchEach', 'fetch', 'get']), options: {},
  inputs: { as: 'array', list: Array.from({ length: x.int(1, 2) }, () => ({ host: x.int(0, 1), answers: [answerOf({ ...x, has: (theme) => theme !== 'odd' && x.has(theme) })] })) },
});
