/** What is declared exists, and what exists is declared: exports, members of the client, fields of results and errors. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { declarations, isAhead } from './declarations.mjs';
import { loadPackage } from './package.mjs';

const { values, ahead, interfaces } = declarations();
const noProgress = isAhead(interfaces.BatchOptions.find(({ name }) => name === 'onProgress')) && 'progress is declared ahead';
const noClient = ahead.includes('createClient') && 'clients are declared ahead';

let fanfetch;
before(async () => { fanfetch = await loadPackage(); });

test('the package exports what is declared and nothing else', () => {
  const exported = Object.keys(fanfetch).filter((name) => name !== 'default' && name !== 'module.exports');
  assert.deepEqual(exported.sort(), values.filter((name) => !ahead.includes(name)).sort());
});

test('a client has the members that are declared and no others', { skip: noClient }, () => {
  const client = fanfetch.createClient();
  try {
    assert.deepEqual(publicMembers(client), namesOf('Client').filter((name) => !name.startsWith('__@')).sort());
    assert.equal(typeof client[Symbol.dispose], 'function');
    assert.ok(interfaces.Client.some(({ name }) => name.startsWith('__@dispose')), 'so it is declared');
  } finally {
    client.close();
  }
});

test('a made fetch is a function with its client', { skip: ahead.includes('createFetch') && 'createFetch is declared ahead' }, () => {
  const made = fanfetch.createFetch();
  assert.equal(typeof made, 'function');
  assert.deepEqual(publicMembers(made.client), publicMembers(fanfetch.createClient()));
  made.client.close();
});

test('a declaration ahead of a client refuses by name', { skip: noClient }, async () => {
  const client = fanfetch.createClient();
  for (const [name, call] of [['stream', () => client.stream('https://a.example/')], ['snapshot', () => client.snapshot()]]) {
    const refused = await Promise.resolve().then(call).then(() => false, (error) => error instanceof fanfetch.OptionError && error.message.includes(name));
    assert.equal(refused, isAhead(interfaces.Client.find((member) => member.name === name)), name);
  }
  client.close();
});

describe('fields', () => {
  const options = { fetch: answer, responseType: 'json', retry: { limit: 1, delay: 1 } };
  let results;
  const urls = ['ok', 'status', 'network', 'body'].map((host) => `https://${host}.example/`);
  const inputs = [...urls, 'no url', { url: urls[0], tag: 1, signal: AbortSignal.abort() }, { url: urls[3], timeout: 5, retry: 0 }];
  before(async () => {
    results = await fanfetch.fetchAll(inputs, options);
  });

  test('of a success', () => {
    hasFields(results[0], 'FetchSuccess', ['error', 'response']);
    assert.deepEqual([results[0].statusText, results[0].redirected], ['Fine', false]);
  });

  test('of a success whose body was not read', { skip: noClient }, async () => {
    const client = fanfetch.createClient(options);
    for (const responseType of ['stream', 'response', 'none']) {
      const result = await client.fetch(urls[0], { responseType });
      hasFields(result, 'FetchSuccess', ['error', 'bytes', ...(responseType === 'none' ? ['data'] : [])]);
      assert.deepEqual([result.response.status, result.status], [200, 200], responseType);
      await result.response.body?.cancel().catch(() => {});
    }
    client.close();
  });

  test('of a failure', () => {
    const [, status, network] = results;
    hasFields(status, 'FetchFailure', ['data']);
    hasFields(network, 'FetchFailure', ['data', 'status', 'headers', 'url']);
  });

  test('of the request in a result', () => {
    const { request } = results[5];
    assert.deepEqual(Object.keys(request).sort(), ['method', 'tag', 'url']);
    assert.equal(request.tag, 1);
    assert.equal(request.input, inputs[5], 'there, though no enumeration shows it');
    assert.doesNotMatch(JSON.stringify(results[5]), /"input"/);
  });

  test('of an attempt', () => {
    const [first, last] = results[1].attempts;
    hasFields(first, 'Attempt', ['hedge']);
    hasFields(last, 'Attempt', ['hedge', 'delay', 'delayedBy']);
  });

  test('of progress', { skip: noProgress }, async () => {
    const progress = [];
    await fanfetch.fetchAll(inputs, { ...options, onProgress: (state) => progress.push(state) });
    assert.ok(progress.length > 0);
    hasFields(progress.at(-1), 'Progress', ['eta']);
  });

  test('of the statistics', { skip: noClient }, async () => {
    const client = fanfetch.createClient(options);
    await client.fetchAll(['https://ok.example/', 'https://status.example/']);
    const stats = client.stats();
    client.close();
    hasFields(stats, 'Stats', []);
    const hosts = Object.entries(stats.hosts);
    assert.ok(hosts.some(([host]) => host === 'https://ok.example'), 'by origin');
    for (const [, host] of hosts) hasFields(host, 'HostStats', []);
  });

  const classes = { 1: 'HttpError', 2: 'NetworkError', 3: 'BodyError', 4: 'InputError', 5: 'AbortedError', 6: 'TimeoutError' };
  for (const [index, name] of Object.entries(classes)) {
    test(`of ${name}`, () => {
      const { error } = results[index];
      assert.equal(error.constructor, fanfetch[name], `${error.name}: ${error.message}`);
      assert.equal(error.name, name);
      assert.ok(error instanceof fanfetch.FanFetchError && error instanceof Error);
      assert.ok(fanfetch.isFanFetchError(error));
      const optional = ['cause', 'retryAfter', 'issues'];
      const declared = namesOf(name).filter((field) => !['toJSON', 'stack'].includes(field));
      const present = declared.filter((field) => field in error);
      assert.deepEqual(declared.filter((field) => !present.includes(field) && !optional.includes(field)), [], 'declared but absent');
      assert.deepEqual(Object.keys(error).filter((field) => !declared.includes(field)), [], 'there but not declared');
      assert.deepEqual(Object.keys(error.toJSON()).filter((field) => !declared.includes(field)), [], 'in toJSON but not declared');
      assert.equal(error.toJSON().code, error.code);
      assert.doesNotThrow(() => structuredClone(error.toJSON()));
    });
  }

  test('of OptionError, which is none of a request', async () => {
    const error = await fanfetch.fetchAll([], { timout: 1 }).catch((reason) => reason);
    assert.ok(error instanceof TypeError && error instanceof fanfetch.OptionError);
    assert.ok(!fanfetch.isFanFetchError(error) && !(error instanceof fanfetch.FanFetchError));
    assert.equal(error.name, 'OptionError');
    assert.deepEqual(Object.keys(error).filter((field) => !namesOf('OptionError').includes(field)), []);
  });
});

/** A fetch that answers by the name of the host. */
async function answer(input, init) {
  const { hostname } = new URL(String(input?.url ?? input));
  init?.signal?.throwIfAborted();
  if (hostname === 'status.example') return new Response('{"no":1}', { status: 503, headers: { 'content-type': 'application/json', 'retry-after': '0' } });
  if (hostname === 'network.example') throw new TypeError('fetch failed');
  if (hostname === 'body.example' && init?.signal) await new Promise((resolve) => { setTimeout(resolve, 20); });
  init?.signal?.throwIfAborted();
  return new Response(hostname === 'body.example' ? '{' : '{"ok":1}', { statusText: 'Fine', headers: { 'content-type': 'application/json' } });
}

function namesOf(shape) {
  return interfaces[shape].map(({ name }) => name);
}

/** All declared fields but those that may be absent here, and no others. */
function hasFields(value, shape, absent) {
  const declared = namesOf(shape);
  const present = Object.keys(value).filter((name) => value[name] !== undefined);
  assert.deepEqual(present.filter((name) => !declared.includes(name)), [], 'there but not declared');
  assert.deepEqual(declared.filter((name) => !absent.includes(name) && !present.includes(name)), [], 'declared but absent');
}

/** Names that a user sees on an object and its prototypes. */
function publicMembers(object) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  names.delete('constructor');
  return [...names].sort();
}
