/** Every declared option is checked by the running code, and every other name is refused with a suggestion. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { declarations, isAhead } from './declarations.mjs';
import { loadPackage } from './package.mjs';
import { objectsIn, rightValues, show, wrongValues } from './values.mjs';

const { interfaces, checker, membersOf, ahead } = declarations();
const { RequestOptions, BatchOptions, EachOptions, ClientOptions } = interfaces;

let fanfetch;
before(async () => { fanfetch = await loadPackage(); });

const callAll = async (options) => fanfetch.fetchAll([], options);
const callEach = async (options) => fanfetch.fetchEach([], options).next();
const callClient = async (options) => fanfetch.createClient(options).close();

/** Groups of options, with members that make the rest of the group complete. */
const GROUPS = { timeout: {}, retry: {}, rateLimit: { limit: 1, interval: 1 }, hooks: {} };
/** What an option needs beside it. */
const BESIDE = { body: { method: 'POST' }, json: { method: 'POST' } };
/** Options that take objects which are no groups of options. */
const WHOLE = ['auth', 'schema'];
/** Groups that are declared ahead: to be moved up when they come. */
const AHEAD = ['concurrency', 'hedge', 'circuitBreaker', 'snapshot'];
/** Types of response for calls that may hand bodies out unread. */
const UNREAD = ['stream', 'response'];

const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
/** Values in earnest: where a comment says "not in this release" they are refused, as long as it says so. */
const IN_EARNEST = {
  auth: [{ bearer: 'x' }, { username: 'ada', password: 'x' }, () => ({ bearer: 'x' })],
  circuitBreaker: [true, {}],
  concurrency: ['auto', { min: 1, max: 4 }, {}],
  deadline: [1000, new Date(Date.now() + 1000)],
  dedupe: [true],
  headers: [{ a: 'b', c: undefined }, [['a', 'b']], new Headers({ a: 'b' })],
  hedge: [{ after: 100 }, {}],
  highWaterMark: [1],
  hooks: [{}, { beforeRequest: [() => {}], afterResponse: [], beforeRetry: [() => {}], onResult: [() => {}] }],
  maxFetches: [1],
  onProgress: [() => {}],
  ordered: [true],
  progressInterval: [50],
  rateLimit: [{ limit: 1, interval: 1000 }, { limit: 1, interval: 1000, per: 'host' }],
  'retry.budget': [0.5, 1],
  'retry.methods': [['GET', 'POST'], []],
  'retry.statusCodes': [[503], []],
  'retry.afterStatusCodes': [[503], []],
  schema: [schema],
  searchParams: ['a=1', new URLSearchParams('a=1'), { a: 1, b: true, c: undefined }],
  signal: [new AbortController().signal],
  snapshot: [{ version: 1 }],
  timeout: [{}, { attempt: 1 }],
};

/** What such a comment is about; everything but `false`, unless it stands here. */
const LATER = {
  auth: (value) => typeof value === 'function',
  concurrency: (value) => value === 'auto' || typeof value === 'object',
};
const isLater = (path, value) => (LATER[path] ?? ((given) => given !== undefined && given !== false))(value);

const DURATION = { refused: [0, -1, -Infinity], taken: [0.5, 2 ** 31, Number.MAX_VALUE, Infinity] };
const COUNT = { refused: [0, -1, 1.5], taken: [1, Infinity] };
const EDGES = {
  concurrency: COUNT,
  concurrencyPerHost: COUNT,
  timeout: DURATION,
  'timeout.attempt': DURATION,
  'timeout.headers': DURATION,
  'timeout.idle': DURATION,
  'timeout.total': DURATION,
  'retry.limit': { refused: [-1, 1.5], taken: [0, 100] },
  'rateLimit.limit': { refused: [0, -1], taken: [1] },
  'rateLimit.interval': { refused: [0, -1], taken: [1] },
};

/** Each option once: its name with its group, its declaration, and a call that is given a value for it. */
function everyOption() {
  const seen = new Set(BatchOptions.map(({ name }) => name));
  const later = (members) => members.filter(({ name }) => !seen.has(name));
  return [
    ...rows(BatchOptions, callAll),
    ...(ahead.includes('fetchEach') ? [] : rows(later(EachOptions), callEach)),
    ...(ahead.includes('createClient') ? [] : rows(later(ClientOptions), callClient)),
  ];
}

function rows(members, call) {
  return members.filter(({ own }) => own).flatMap((member) => {
    const beside = BESIDE[member.name];
    const top = { path: member.name, member, siblings: BatchOptions, call: (value) => call({ ...beside, [member.name]: value }), rename: (name) => call({ [name]: 1 }) };
    const base = GROUPS[member.name];
    if (!base || isAhead(member)) return [top];
    const nested = groupOf(member).map((inner, _, siblings) => ({
      path: `${member.name}.${inner.name}`,
      member: inner,
      siblings,
      call: (value) => call({ [member.name]: { ...base, [inner.name]: value } }),
      rename: (name) => call({ [member.name]: { ...base, [name]: 1 } }),
    }));
    return [top, ...nested];
  });
}

function groupOf({ type }) {
  return objectsIn(type, checker).flatMap(membersOf);
}

describe('options', () => {
  test('each option that takes an object is known as a group or as a whole', () => {
    const ours = [...RequestOptions, ...EachOptions, ...ClientOptions].filter(({ own }) => own);
    const objects = ours.filter((member) => groupOf(member).some(({ own }) => own)).map(({ name }) => name);
    const known = [...Object.keys(GROUPS), ...WHOLE, ...AHEAD];
    assert.deepEqual(objects.filter((name) => !known.includes(name)), []);
  });

  for (const { path, member, call } of everyOption()) {
    const wrong = wrongValues(member.type, checker);
    if (wrong.length > 0) {
      test(`${path} refuses what its type does not admit`, async () => {
        const accepted = [];
        for (const value of wrong) {
          const error = await failure(() => call(value));
          if (!isOptionError(error, path)) accepted.push(`${show(value)}: ${describeError(error)}`);
        }
        assert.deepEqual(accepted, []);
      });
    }
    test(`${path} takes what its type admits`, async () => {
      const values = [...rightValues(member.type, checker), ...(IN_EARNEST[path] ?? [])];
      for (const value of values.filter((one) => member.optional || one !== undefined)) {
        const error = await failure(() => call(value));
        if (isAhead(member) && isLater(path, value)) assert.ok(isOptionError(error, path), `${show(value)} is not in this release: ${describeError(error)}`);
        else assert.equal(describeError(error), 'accepted', show(value));
      }
    });
  }

  test('responseType hands bodies out where the declarations say so', async () => {
    const declared = [BatchOptions, EachOptions, ClientOptions].map((members) => {
      const { type } = members.find(({ name }) => name === 'responseType');
      return rightValues(type, checker).filter((value) => UNREAD.includes(value)).length;
    });
    assert.deepEqual(declared, [0, 2, 2]);
    for (const responseType of UNREAD) {
      assert.ok(isOptionError(await failure(() => callAll({ responseType })), 'responseType'), responseType);
      for (const call of [callEach, callClient]) assert.equal(describeError(await failure(() => call({ responseType }))), 'accepted', responseType);
    }
  });

  for (const [path, { refused, taken }] of Object.entries(EDGES)) {
    test(`${path}: numbers at the edge`, async () => {
      const { call } = everyOption().find((option) => option.path === path);
      for (const value of refused) {
        const error = await failure(() => call(value));
        assert.ok(isOptionError(error, path), `${value}: ${describeError(error)}`);
      }
      for (const value of taken) assert.equal(describeError(await failure(() => call(value))), 'accepted', String(value));
    });
  }
});

describe('names', () => {
  for (const { path, member, siblings, rename } of everyOption()) {
    test(`${path} misspelt is refused, and suggested`, async () => {
      for (const name of misspelt(member.name, siblings)) {
        const error = await failure(() => rename(name));
        assert.ok(isOptionError(error, path.replace(/\w+$/, name)), `${name}: ${describeError(error)}`);
        // Apart from the name as given, which may contain the right one.
        assert.ok(error.message.replaceAll(name, '').includes(member.name), `no "${member.name}" in: ${error.message}`);
      }
    });
  }

  test('a name that is like none is refused without a suggestion', async () => {
    const error = await failure(() => callAll({ colour: 1 }));
    assert.ok(isOptionError(error, 'colour'), describeError(error));
    assert.doesNotMatch(error.message, /did you mean/i);
  });

  test('the options of one call are refused by another', async () => {
    for (const name of ['ordered', 'highWaterMark', 'snapshot']) {
      assert.ok(isOptionError(await failure(() => callAll({ [name]: true })), name), name);
    }
  });

  test('the options of a call are refused by one request', { skip: ahead.includes('createClient') && 'clients are declared ahead' }, async () => {
    const ofRequest = new Set(RequestOptions.map(({ name }) => name));
    const client = fanfetch.createClient({ fetch: async () => new Response('{}') });
    for (const { name } of BatchOptions.filter((member) => !ofRequest.has(member.name))) {
      const error = await failure(() => client.fetch('https://a.example/', { [name]: 1 }));
      assert.ok(isOptionError(error, name), `${name}: ${describeError(error)}`);
    }
    client.close();
  });

  test('members of RequestInit pass through, and only those that were given', async () => {
    const seen = [];
    const fetch = async (_, init) => { seen.push(init ?? {}); return new Response('{}'); };
    const platform = RequestOptions.filter(({ own }) => !own).map(({ name }) => name);
    assert.ok(platform.includes('cache') && platform.includes('redirect'), 'the platform declares some');
    const given = {
      cache: 'no-store', credentials: 'omit', integrity: 'sha256-AAAA', keepalive: false, mode: 'cors', redirect: 'error',
      referrer: 'about:client', referrerPolicy: 'no-referrer',
      // Of Node, of Workers.
      duplex: 'half', dispatcher: {}, cf: { cacheTtl: 5 },
    };
    assert.deepEqual(platform.filter((name) => !(name in given)), [], 'a member of RequestInit is not tried here');
    await fanfetch.fetchAll(['https://a.example/'], { ...given, fetch });
    await fanfetch.fetchAll(['https://a.example/'], { fetch });
    const [all, none] = seen;
    for (const [name, value] of Object.entries(given)) {
      assert.equal(all[name], value, name);
      assert.ok(!(name in none), `${name} was not given`);
    }
  });
});

/** Slips of the pen that are not by chance the name of something else. */
function misspelt(name, siblings) {
  const middle = name.length >> 1;
  const dropped = name.slice(0, middle) + name.slice(middle + 1);
  const swapped = name.slice(0, middle - 1) + name[middle] + name[middle - 1] + name.slice(middle + 1);
  const taken = new Set(siblings.map((sibling) => sibling.name));
  return [dropped, swapped, `${name}s`].filter((variant) => !taken.has(variant));
}

function isOptionError(error, option) {
  return error instanceof fanfetch.OptionError && error.code === 'OPTION' && error.option === option && error.message.includes(option.split('.').at(-1));
}

async function failure(call) {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error ?? new Error('it threw nothing');
  }
}

function describeError(error) {
  return error === undefined ? 'accepted' : `${error?.name}${error?.option === undefined ? '' : ` of ${error.option}`}: ${error?.message}`;
}
