/** What a refusal shows: the name of an option and the kind of what was given, but nothing that may be a secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { CALL, CLIENT, EACH, GROUPS, REQUEST, SPEC } from '../../../src/js/options/table.js';
import { createClient, createFetch, fetchAll, fetchEach } from '../../helpers/fanfetch.mjs';

const MARK = 'S3CR3T';
const URL_ = 'http://a.test/';
const fetch = async () => new Response('{}');

/** Each way to say options; resolves or rejects with what became of it. */
const LEVELS = {
  client: (options) => createClient({ fetch, ...options }).get(URL_),
  derived: (options) => createClient({ fetch }).extend(options).get(URL_),
  call: (options) => fetchAll([URL_], { fetch, ...options }),
  each: (options) => fetchEach([URL_], { fetch, ...options }).next(),
  one: (options) => createClient({ fetch }).fetch(URL_, options),
  // A body that nobody reads would keep its time limit.
  raw: async (options) => (await createFetch({ fetch })(URL_, options)).text(),
  drop: async (options) => (await createFetch({ fetch, ...options })(URL_)).text(),
  spec: (options) => fetchAll([{ url: URL_, ...options }], { fetch }),
};

const TOP = [...new Set([REQUEST, CALL, EACH, CLIENT, SPEC].flatMap((table) => Object.keys(table)).concat('proxy', 'tls', 'dispatcher'))];
const INNER = Object.entries(GROUPS).flatMap(([group, names]) => Object.keys(names).map((name) => [group, name]));
/** All places where a value may stand, as options around it. */
const PLACES = [
  ...TOP.map((name) => [name, (value) => ({ [name]: value })]),
  ...INNER.map(([group, name]) => [`${group}.${name}`, (value) => ({ [group]: { ...(group === 'rateLimit' && { limit: 1, interval: 1 }), [name]: value } })]),
  ...['bearer', 'username', 'password', 'other'].map((name) => [`auth.${name}`, (value) => ({ auth: { [name]: value } })]),
  ['auth()', (value) => ({ auth: () => value })],
  ['auth().bearer', (value) => ({ auth: () => ({ bearer: value }) })],
  ['headers.x-token', (value) => ({ headers: { 'x-token': value } })],
  ['headers in pairs', (value) => ({ headers: [['x-token', value]] })],
  ['names of headers', (value) => ({ headers: [[value, value]] })],
  ['searchParams.token', (value) => ({ searchParams: { token: value } })],
  ['body()', (value) => ({ method: 'POST', body: () => value })],
];

/** Of all types, each with the marker in its text. */
const VALUES = () => [
  MARK, `Bearer ${MARK}`, `${MARK}\r\nx: 1`, `\0${MARK}`, `${MARK}\u{1f600}`, [MARK], [[MARK, `${MARK}\n`]], [[MARK, MARK, MARK]], { [MARK]: MARK }, { a: { [MARK]: [MARK] } },
  { [`Bearer ${MARK}`]: 1 }, new String(MARK), Symbol(MARK), 5n, 123456, new Map([[MARK, MARK]]), new Set([`${MARK}\n`]), new Error(MARK), new (class S3CR3T { field = MARK; })(),
  { toString: () => MARK, toJSON: () => MARK }, new URL(`http://u:${MARK}@b.test/`), `http://u:${MARK}@[b`, new TextEncoder().encode(MARK), new Proxy({ [MARK]: MARK }, {}),
  () => MARK, async () => ({ bearer: `${MARK}\n` }), { '~standard': { version: 2, vendor: MARK, validate: MARK } },
];

/** Everything that an error of ours shows of itself, and of those beneath it. */
const faces = (error) => [error.message, error.stack, String(error), error.option, JSON.stringify(error), JSON.stringify(error.toJSON?.()), inspect(error, { depth: 12, showHidden: true })];

/** Asserts that nothing of what became of it shows the marker; gives the errors. */
async function assertSilent(act, given, place = 'given') {
  let errors;
  try {
    const made = await act(given);
    errors = [made].flat().filter((result) => result?.ok === false).map(({ error }) => error);
  } catch (error) {
    errors = [error];
  }
  for (const error of errors) {
    for (const face of faces(error)) assert.ok(!String(face).toUpperCase().includes(MARK), `${place} ${inspect(given)}: ${face}`);
  }
  return errors;
}

for (const [level, act] of Object.entries(LEVELS)) {
  test(`no value of an option is shown where it is refused: ${level}`, async () => {
    let refused = 0;
    for (const [place, around] of PLACES) {
      // It is where requests go, which a result is to say.
      if (place === 'url') continue;
      for (const value of VALUES()) refused += (await assertSilent(act, around(value), place)).length;
    }
    assert.ok(refused > 200, `${refused} were refused`);
  });

  test(`no name that may be a secret is shown: ${level}`, async () => {
    const names = [MARK, `Bearer ${MARK}`, `${MARK}\n`, `x-${MARK}`, `_${MARK}=`, `eyJhbGciOi.${MARK}`, `${'x'.repeat(50)}-${MARK}`, `\u202e${MARK}`];
    for (const name of names) {
      const places = [{ [name]: 1 }, ...Object.keys(GROUPS).map((group) => ({ [group]: { [name]: 1 } })), ...[{}, `${MARK}\n`, Symbol(MARK)].flatMap((value) => [
        { headers: { [name]: value } }, { headers: [[name, value]] }, { searchParams: { [name]: value } }, { auth: { [name]: value } }])];
      for (const given of places) await assertSilent(act, given);
    }
  });
}

test('no input that cannot be sent is shown', async () => {
  const inputs = [...VALUES().filter((value) => value?.href === undefined), `ftp://u:${MARK}@b.test/`, `http://u:${MARK}@b.test:99999/`, `//u:${MARK}@b.test/`, `http://u:${MARK}@/`,
    `http://b.test/\n${MARK}`, ...VALUES().filter((value) => value?.href === undefined).map((url) => ({ url, method: 'GET' }))];
  for (const input of inputs) {
    const errors = await assertSilent(() => fetchAll([input], { fetch }), input);
    assert.deepEqual(errors.map(({ code }) => code), ['INPUT'], inspect(input));
  }
});

test('the requests of a call are not shown where they are none', async () => {
  for (const requests of [MARK, { [MARK]: MARK }, Symbol(MARK), () => MARK, new Error(MARK)]) {
    assert.equal((await assertSilent((given) => fetchAll(given), requests)).length, 1);
  }
});

test('names, numbers and words are shown, and the kind of all else', async () => {
  const told = async (options) => (await fetchAll([URL_], options).catch((error) => error)).message;
  const messages = {
    "option `responseType` was 'xml'; it may be": { responseType: 'xml' }, "option `retry.jitter` was 'ful'; it may be": { retry: { jitter: 'ful' } },
    "option `concurrency` was 'auto'; it may be": { concurrency: 'auto' }, 'option `timeout.total` was -1; it may be': { timeout: { total: -1 } },
    'option `retry.limit` was NaN; it may be': { retry: { limit: NaN } }, 'option `concurrency` was a string; it may be': { concurrency: '5' },
    'option `headers.x-token` was an object; it may be': { headers: { 'X-Token': {} } }, 'option `auth.bearer` holds': { auth: { bearer: '\n' } },
    'option `auth` was a number; it may be': { auth: 123456 }, 'option `method` was a string; it may be': { method: 'G T' }, 'option `body` was a number; it may be': { body: 5 },
    'option `hooks` was null; it may be': { hooks: null }, 'option `colour` is unknown': { colour: 'red' }, 'option `http2` is unknown': { http2: true },
    'option `retry.limt` is unknown; did you mean `retry.limit`?': { retry: { limt: 1 } },
    'option `options` holds a name that is unknown; it is not shown': { 'Bearer x': 1 }, 'option `retry` holds a name that is unknown; it is not shown': { retry: { '2fa': 1 } },
  };
  for (const [beginning, options] of Object.entries(messages)) {
    const message = await told(options);
    assert.ok(message.startsWith(`fanfetch: ${beginning}`), `${message}\n${beginning}`);
  }
});
