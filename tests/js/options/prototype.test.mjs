/** Only own properties of options are read: whatever somebody has put on `Object.prototype`, each call does what it did before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { PASSED_ON } from '../../../src/js/options/passed-on.js';
import { CALL, CLIENT, EACH, GROUPS, REQUEST, SPEC } from '../../../src/js/options/table.js';
import { createClient, createFetch, fetchAll, fetchEach } from '../../helpers/fanfetch.mjs';

/** What the platform's fetch is given has a prototype as well: see `odd-values.test.mjs` for what these two change. */
const ELSEWHERE = ['tag', 'redirect'];
const TABLES = [REQUEST, CALL, EACH, CLIENT, SPEC, ...Object.values(GROUPS)];
const NAMES = [...new Set([...TABLES.flatMap(Object.keys), ...PASSED_ON, 'window', 'bearer', 'username', 'password', 'refresh', 'authorization', 'x-token', 'q'])]
  .filter((name) => !ELSEWHERE.includes(name));
const VALUES = [() => 'hostile', { hostile: 'yes', limit: 1, bearer: 'hostile' }, 'hostile', -7, true, ['hostile']];

const sent = [];
/** Shows what it is called with, own members alone; gives a stand-in, since to make a Response the host reads inherited ones. */
const fetch = async (url, { signal, ...init }) => {
  sent.push([String(url), init]);
  return { status: 200, headers: new Headers({ 'content-type': 'application/json' }), url: '', body: null, arrayBuffer: async () => BODY.slice().buffer };
};
const BODY = new TextEncoder().encode('{"a":1}');

const URL_ = 'http://a.test/';
const all = async (requests, options) => (await fetchAll(requests, { fetch, ...options })).map(told);
/** Of a result its own members that do not change from call to call. */
const told = ({ ok, request, attempts, ...more }) => [ok, { ...request }, attempts.length, Object.hasOwn(more, 'data') && more.data, Object.hasOwn(more, 'error') && more.error.message];

const SCENES = {
  'without options': () => all([URL_]),
  'with empty ones': () => all([{ url: URL_ }], { retry: {}, timeout: {}, hooks: {}, headers: {}, searchParams: {} }),
  'with options of requests': () => all([{ url: URL_, method: 'PUT', json: { x: 1 }, retry: { limit: 1 } }, { url: URL_, headers: { 'x-a': '1' }, timeout: { total: 5000 } }]),
  'with an address for all': () => all(['/a', 'http://b.test/'], { baseUrl: URL_, headers: { 'x-b': '2' }, searchParams: { p: 1 }, auth: { username: 'u', password: 'p' } }),
  'with auth that says nothing': async () => [await fetchAll([URL_], { fetch, auth: {} }).catch(String), await all([URL_], { auth: () => ({}) })],
  'with half of a pair': async () => [await fetchAll([URL_], { fetch, auth: { username: 'u' } }).catch(String), await all([URL_], { auth: () => ({ password: 'p' }) })],
  'with auth by a function': () => all([URL_], { auth: async () => ({ bearer: 'own' }) }),
  'with half of a rate': () => fetchAll([URL_], { fetch, rateLimit: { limit: 5 } }).catch(String),
  'with hooks': () => all([URL_], { hooks: { onResult: [() => {}] }, schema: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value, issues: undefined }) } } }),
  'one by one': async () => told((await fetchEach([URL_], { fetch }).next()).value),
  'of a client': async () => {
    const client = createClient({ fetch }).extend({});
    return [told(await client.get(URL_)), told(await client.post(URL_, { body: 'x' })), client.concurrency, client.close()];
  },
  'of a fetch': async () => [(await createFetch({ fetch })(URL_)).status, (await createFetch({ fetch, headers: { 'x-c': '3' } })(URL_)).status],
  'refused': async () => [await fetchAll([URL_], { fetch, colour: 1 }).catch(String), await all([5, { url: 'nowhere' }, { url: URL_, colour: 1 }])],
};

const run = async (scene) => {
  sent.length = 0;
  return inspect([await scene().catch((error) => error), sent], { depth: 8 });
};

for (const [what, scene] of Object.entries(SCENES)) {
  test(`a call ${what} is the same whatever Object.prototype holds`, async () => {
    const before = await run(scene);
    for (const name of NAMES) {
      for (const value of VALUES) {
        Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
        let after;
        try {
          after = await run(scene);
        } finally {
          delete Object.prototype[name];
        }
        assert.equal(after, before, `${name} is ${inspect(value)}`);
      }
    }
  });
}

test('inherited properties are no options, but createFetch reads them as fetch does', async () => {
  sent.length = 0;
  const inherited = { headers: { 'x-a': '1' }, auth: { bearer: 'x' }, method: 'PUT', cache: 'no-store' };
  await fetchAll([Object.assign(Object.create(inherited), { url: URL_ })], Object.assign(Object.create(inherited), { fetch }));
  await createFetch({ fetch })(URL_, Object.create({ headers: { 'x-a': '1' }, method: 'PUT', cache: 'no-store' }));
  assert.deepEqual(sent, [[URL_, {}], [URL_, { method: 'PUT', headers: { 'x-a': '1' }, cache: 'no-store' }]]);
  for (const auth of [Object.create({ bearer: 'x' }), Object.create({ username: 'u', password: 'p' })]) {
    await assert.rejects(fetchAll([URL_], { fetch, auth }), { option: 'auth' });
  }
});
