/**
 * Known ways in which a value from outside threw into the wasm and made it trap. Each row runs beside a request of another
 * client. It takes the package and the address of the raw server, and imports nothing of Node's.
 */
import { assert } from '../helpers/assert.mjs';

const JSON_TYPE = { headers: { 'content-type': 'application/json' } };
const URL_ = 'https://victim.test/';
const answer = () => new Response('{"ok":true}', JSON_TYPE);
const fetch = async () => answer();
const BASE = { fetch, retry: false, timeout: { attempt: 500, total: 1000 } };
const explode = () => { throw new Error('exploded'); };
const throwing = (name, value = {}) => Object.defineProperty(value, name, { get: explode, enumerable: true, configurable: true });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
/** Gives a result's code, or `ok`. */
const said = ({ ok, error }) => (ok ? 'ok' : error.code);
const one = async (fanfetch, input, options) => said((await fanfetch.fetchAll([input], { ...BASE, ...options }))[0]);
const giving = (fanfetch, response, options) => one(fanfetch, URL_, { fetch: async () => response, ...options });
const oneOf = (code, ...codes) => assert(codes.includes(code), `the code is ${code}`);
/** Gives the code of a rejection, or its reason. */
const refusal = async (promise) => {
  const error = await assert.rejects(promise);
  return error?.code ?? error;
};

/** Answers that mocks give, and that cannot be read. */
const MOCKS = {
  'whose status is read once': () => {
    let reads = 0;
    return { headers: new Headers(), get status() { return reads++ < 1 ? 200 : explode(); }, arrayBuffer: async () => new ArrayBuffer(0) };
  },
  'whose status throws': () => throwing('status'),
  'whose headers throw': () => throwing('headers', { status: 503, url: URL_ }),
  'whose url throws': () => throwing('url', { status: 404, headers: new Headers() }),
  'whose body throws': () => throwing('body', { status: 500, headers: new Headers() }),
  'whose header is a number': () => ({ status: 503, headers: new Map([['retry-after', 1]]) }),
  'whose headers.get throws': () => ({ status: 429, headers: { get: explode } }),
  'whose headers are a revoked proxy': () => ({ status: 429, headers: revoked() }),
  'that is a revoked proxy': revoked,
};

/** Chunks that are no bytes. */
const CHUNKS = { 'a string': 'text', 'a number': 7, null: null, undefined, 'an object': {}, 'a revoked proxy': revoked() };
const chunked = (chunk) => {
  const chunks = [{ done: false, value: chunk }, { done: true }];
  return { status: 200, headers: new Headers(), body: { locked: false, cancel: async () => {}, getReader: () => ({ read: async () => chunks.shift(), cancel: async () => {} }) } };
};

/** Makes a signal with one member that throws. */
const signal = (name) => {
  const whole = { aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} };
  return ['aborted', 'reason'].includes(name) ? throwing(name, whole) : { ...whole, [name]: explode };
};

/** Errors that look like ours, and are not. */
const LOOKALIKES = {
  'without a message': () => ({ [Symbol.for('fanfetch.error')]: true, code: 'INTERNAL' }),
  'whose code throws': () => throwing('code', { [Symbol.for('fanfetch.error')]: true }),
  'whose message is a symbol': () => ({ [Symbol.for('fanfetch.error')]: true, code: 'INTERNAL', message: Symbol('no text') }),
};

const over = (name, rows, run) => Object.entries(rows).map(([what, value]) => ({ name: name.replace('%', what), run: (fanfetch, bench) => run(fanfetch, value, bench) }));

export const trapFreeRows = [
  ...over('an answer with % is handed out', {
    'a reason phrase that Response refuses': ['/reason', 200], 'a header line without a name': ['/nameless-header', 200], 'the status 304': ['/not-modified', 304],
  }, async (fanfetch, [path, status], { raw }) => {
    const fetch = fanfetch.createFetch({ retry: false, timeout: { total: 3000 } });
    const headers = { 'if-none-match': '"1"' };
    const response = await fetch(raw + path, { headers, cache: 'no-store' });
    assert.same([response.status, await response.text()], [status, status === 304 ? '' : '{"ok":true}']);
    const { data } = await fanfetch.createClient({ retry: false }).fetch(raw + path, { responseType: 'response', headers, cache: 'no-store' });
    assert.equal(data.status, status);
    await data.text();
  }),
  ...over('a mock % fails its own request', MOCKS, async (fanfetch, make) => {
    oneOf(await giving(fanfetch, make()), 'NETWORK', 'HTTP', 'BODY_TRUNCATED', 'ok');
    oneOf(await giving(fanfetch, make(), { retry: 1 }), 'NETWORK', 'HTTP', 'BODY_TRUNCATED', 'ok');
    await fanfetch.createFetch({ ...BASE, fetch: async () => make() })(URL_).catch((error) => assert(error?.code !== 'INTERNAL'));
  }),
  ...over('a chunk that is % fails its own request', CHUNKS, async (fanfetch, chunk) => {
    for (const options of [{ maxBytes: 1e6 }, { expectedBytes: 4 }, { timeout: { attempt: 500, idle: 300 } }]) {
      oneOf(await giving(fanfetch, chunked(chunk), { responseType: 'text', ...options }), 'NETWORK', 'BODY_TRUNCATED', 'BODY_PARSE');
    }
  }),
  ...over('a signal whose % throws ends its own call', { aborted: 'aborted', reason: 'reason', addEventListener: 'addEventListener', removeEventListener: 'removeEventListener' }, async (fanfetch, name) => {
    const [bad, good] = await fanfetch.fetchAll([{ url: URL_, signal: signal(name) }, URL_], BASE);
    oneOf(said(bad), 'INPUT', 'ABORTED', 'ok');
    assert(good.ok, 'the other input');
    const refused = (error) => assert(error?.code === 'OPTION' || error?.message === 'exploded', `rejected with ${error?.code ?? error}`);
    await fanfetch.fetchAll([URL_], { ...BASE, signal: signal(name) }).catch(refused);
    const make = async () => fanfetch.createClient({ ...BASE, signal: signal(name) }).get(URL_);
    await make().catch(refused);
  }),
  ...over('dedupe: an option that holds % harms no request', {
    'a BigInt': () => ({ n: 1n }), 'a circle': () => { const all = {}; return Object.assign(all, { all }); }, 'a throwing getter': () => throwing('x'),
    'a throwing toJSON': () => ({ toJSON: explode }), 'a revoked proxy': revoked,
  }, async (fanfetch, make) => {
    const results = await fanfetch.fetchAll([URL_, URL_, { url: URL_, cf: make() }], { ...BASE, dedupe: true, cf: make() });
    for (const result of results) oneOf(said(result), 'ok', 'INPUT');
  }),
  ...over('a revoked proxy %', {
    'as an input': async (fanfetch) => oneOf(await one(fanfetch, revoked()), 'INPUT'),
    'as a member of a spec': async (fanfetch) => { for (const name of ['url', 'headers', 'signal', 'retry', 'schema']) oneOf(await one(fanfetch, { url: URL_, [name]: revoked() }), 'INPUT'); },
    'as the options': async (fanfetch) => { assert((await refusal(fanfetch.fetchAll([URL_], revoked()))) !== 'INTERNAL'); },
    'as the inputs': async (fanfetch) => { assert((await refusal((async () => fanfetch.fetchAll(revoked(), BASE))())) !== 'INTERNAL'); },
    'as a step of an iterator': async (fanfetch) => {
      const inputs = { [Symbol.iterator]: () => ({ next: revoked }) };
      assert((await refusal(fanfetch.fetchAll(inputs, BASE))) !== 'INTERNAL');
      const later = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: revoked() }) }) };
      oneOf(await fanfetch.fetchAll(later, { ...BASE, maxFetches: 1, deadline: 200 }).then((results) => said(results[0])), 'INPUT');
    },
    'that fetch rejects with': async (fanfetch) => oneOf(await one(fanfetch, URL_, { fetch: async () => { throw revoked(); } }), 'NETWORK'),
    'that fetch throws': async (fanfetch) => oneOf(await one(fanfetch, URL_, { fetch: () => { throw revoked(); } }), 'NETWORK'),
    'that functions of the options throw': async (fanfetch) => {
      const bad = () => { throw revoked(); };
      for (const options of [{ auth: bad }, { hooks: { beforeRequest: [bad] } }, { hooks: { afterResponse: [bad] } }, { hooks: { onResult: [bad] } }, { throwHttpErrors: bad }]) {
        oneOf(await one(fanfetch, URL_, options), 'HOOK');
      }
    },
    'that hooks give': async (fanfetch) => {
      for (const name of ['beforeRequest', 'afterResponse']) oneOf(await one(fanfetch, URL_, { hooks: { [name]: [revoked] } }), 'HOOK');
    },
  }, (fanfetch, run) => run(fanfetch)),
  ...over('an error like ours % is NETWORK from fetch', LOOKALIKES, async (fanfetch, make) => {
    oneOf(await one(fanfetch, URL_, { fetch: async () => { throw make(); } }), 'NETWORK');
  }),
  ...over('an error % is NETWORK from fetch', {
    'whose message throws': () => throwing('message', new TypeError()), 'whose cause throws': () => throwing('cause', new TypeError()),
    'whose cause\'s code throws': () => new TypeError('fetch failed', { cause: throwing('code', new Error()) }),
    'whose cause\'s code is a symbol': () => new TypeError('fetch failed', { cause: { code: Symbol('no text') } }),
    'whose message has no text': () => Object.assign(new TypeError(), { message: Object.create(null) }),
  }, async (fanfetch, make) => {
    oneOf(await one(fanfetch, URL_, { fetch: async () => { throw make(); } }), 'NETWORK');
  }),
  ...over('an accessor on Object.prototype for `%` that throws', { type: 'type', size: 'size' }, async (fanfetch, name) => {
    const client = fanfetch.createClient(BASE);
    const calls = [() => client.get(URL_), () => fanfetch.createFetch({ ...BASE })(URL_), () => fanfetch.fetchAll([URL_], BASE), () => client.fetch(URL_, { responseType: 'response' }), () => client.fetch(URL_, { responseType: 'blob' })];
    for (const call of calls) {
      Object.defineProperty(Object.prototype, name, { __proto__: null, get: explode, configurable: true });
      try {
        const outcome = await (async () => call())().then(() => 'ok', (error) => error);
        assert(outcome?.code !== 'INTERNAL', String(outcome?.message));
      } finally {
        delete Object.prototype[name];
      }
    }
  }),
];

/** Runs a row; a request of another client must survive it, and a later call must work. */
export async function runTrapFree(fanfetch, row, bench) {
  let release;
  const gate = new Promise((resolve) => { release = resolve; });
  const beside = fanfetch.createClient({ retry: false, fetch: async () => { await gate; return new Response('"beside"', JSON_TYPE); } });
  const other = beside.get('https://beside.test/').then(({ data }) => data, (error) => error);
  await row.run(fanfetch, bench);
  release();
  const data = await other;
  assert(data === 'beside', `the request of another client ended with ${data?.code ?? data}: ${data?.cause?.message}`);
  assert.equal((await beside.get('https://beside.test/')).data, 'beside');
}
