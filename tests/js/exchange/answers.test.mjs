import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createClient, createFetch, fetchAll, fetchEach } from '../../helpers/fanfetch.mjs';

// Each answer names its address, so that a mix-up is seen. `/odd` is a 503 whose body ends after the time limit of an attempt
// at the first time, and a success at the second.
let origin;
let seen;
const open = new Set();
const server = createServer((request, response) => {
  const path = request.url;
  open.add(response);
  response.on('close', () => open.delete(response));
  const count = (seen[path] = (seen[path] ?? 0) + 1);
  const body = JSON.stringify({ path });
  response.setHeader('content-type', 'application/json');
  // The others are under way when it comes.
  if (!path.startsWith('/odd') || count > 1) return setTimeout(() => response.end(body), path.startsWith('/odd') ? 60 : 30);
  response.writeHead(503);
  response.write(body.slice(0, 3));
  setTimeout(() => response.end(body.slice(3)), 190);
});
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const WAYS = {
  'a beforeRetry hook': { hooks: { beforeRetry: [() => {}] } },
  'a shouldRetry that gives undefined': { retry: { limit: 1, delay: 1, shouldRetry: () => undefined } },
  'both': { hooks: { beforeRetry: [async () => {}] }, retry: { limit: 1, delay: 1, shouldRetry: async () => true } },
};
const TOLERANT = { throwHttpErrors: false, timeout: 100, retry: { limit: 1, delay: 1 } };
const paths = ['/odd', ...Array.from({ length: 8 }, (_, i) => `/${i + 1}`)];
const told = ({ ok, data, error }) => (ok ? data.path : error.code);
const quiet = async () => {
  for (let i = 0; i < 30 && open.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(open.size, 0, 'responses that nobody reads are still open');
};

for (const [name, way] of Object.entries(WAYS)) {
  for (const concurrency of [1, 2]) {
    test(`a body given up reaches no call (${name}, ${concurrency} at once)`, async () => {
      seen = {};
      const results = await fetchAll(paths.map((path) => origin + path), { ...TOLERANT, ...way, concurrency });
      assert.deepEqual(results.map(told), paths);
      await quiet();
    });
  }

  test(`nor to other callers of the client (${name})`, async () => {
    seen = {};
    const client = createClient({ ...TOLERANT, ...way, concurrency: 1 });
    const results = await Promise.all(paths.map((path) => client.get(origin + path)));
    assert.deepEqual(results.map(told), paths);
    await quiet();
  });

  test(`nor where responses are handed out (${name})`, async () => {
    seen = {};
    const fetch = createFetch({ timeout: 100, retry: { limit: 1, delay: 1 }, concurrency: 1, ...way });
    const responses = await Promise.all(paths.map(async (path) => (await fetch(origin + path)).json()));
    assert.deepEqual(responses.map(({ path }) => path), paths);
    await quiet();
  });
}

test('a time limit that a body ran out of is told as it was', async () => {
  seen = {};
  const options = { ...TOLERANT, retry: { limit: 1, delay: 1, shouldRetry: () => false } };
  const [{ error, attempts }] = await fetchAll([`${origin}/odd-one`], options);
  assert.deepEqual([error.code, error.phase, error.limit, attempts.length], ['TIMEOUT', 'attempt', 100, 1]);
  assert.equal(attempts[0].outcome, 'timeout');
  assert.match(error.message, /within `timeout.attempt` \(100 ms\)/);
  await quiet();
});

/** A fetch that does not listen to signals: what it was asked for first comes late. */
function deaf(late) {
  const asked = [];
  return async (url) => {
    const path = new URL(url).pathname;
    asked.push(path);
    const isLate = path === '/late' && asked.filter((other) => other === path).length === 1;
    await new Promise((resolve) => setTimeout(resolve, isLate ? 60 : 15));
    return late?.(path, isLate) ?? Response.json({ path });
  };
}

test('a response that comes after its time goes to nobody', async () => {
  const client = createClient({ fetch: deaf(), timeout: 30, retry: { limit: 1, delay: 1 }, concurrency: 1 });
  const list = ['/late', '/a', '/b', '/c', '/d'];
  const results = await Promise.all(list.map((path) => client.get(`https://a.example${path}`)));
  assert.deepEqual(results.map(told), list);
});

test('an error that comes after its time blames nobody', async () => {
  const fails = (path, isLate) => {
    if (isLate) throw new TypeError('fetch failed');
  };
  const list = ['/late', '/a', '/b', '/c', '/d'].map((path) => `https://a.example${path}`);
  const results = await fetchAll(list, { fetch: deaf(fails), timeout: 30, retry: { limit: 1, delay: 1 }, concurrency: 1 });
  assert.deepEqual(results.map(({ ok, attempts }) => [ok, attempts.map(({ outcome }) => outcome)]),
    [[true, ['timeout', 'success']], ...Array(4).fill([true, ['success']])]);
});

test('a promise that settles twice answers once', async () => {
  const twice = (first, second) => ({ then: (resolve) => { resolve(first); setTimeout(() => resolve(second), 2); resolve(second); } });
  const fetch = (url) => {
    const path = new URL(url).pathname;
    const bytes = (text) => new TextEncoder().encode(JSON.stringify({ path: text })).buffer;
    const response = { status: 200, headers: new Headers({ 'content-type': 'application/json' }), arrayBuffer: () => twice(bytes(path), bytes('/second')) };
    return twice(response, { ...response, status: 500 });
  };
  const list = Array.from({ length: 20 }, (_, i) => `/${i}`);
  const results = await fetchAll(list.map((path) => `https://a.example${path}`), { fetch, concurrency: 1 });
  assert.deepEqual(results.map(told), list);
});

test('answers that hooks give too late are dropped', async () => {
  const slow = (value) => new Promise((resolve) => setTimeout(resolve, 60, value));
  const path = ({ url }) => new URL(url).pathname;
  const fetch = async (input) => Response.json({ path: path({ url: input.url ?? input }) });
  const ways = {
    afterResponse: [({ request }) => (path(request) === '/slow' ? slow(Response.json({ path: '/wrong' })) : undefined)],
    beforeRequest: [({ request }) => (path(request) === '/slow' ? slow(Response.json({ path: '/wrong' })) : undefined)],
    onResult: [({ index, request }) => (path(request) === '/slow' ? slow(index) : undefined)],
  };
  for (const [name, run] of Object.entries(ways)) {
    const inputs = [{ url: 'https://a.example/slow', timeout: { attempt: 20, total: 30 } }, ...Array.from({ length: 8 }, (_, i) => `https://a.example/${i}`)];
    const results = await fetchAll(inputs, { fetch, hooks: { [name]: run }, retry: 0, concurrency: 1 });
    assert.deepEqual(results.slice(1).map(told), inputs.slice(1).map((url) => new URL(url).pathname), name);
    assert.deepEqual(results.map(({ index }) => index), results.map((_, i) => i));
    await slow();
  }
});

test('a body that is handed out tells nothing to who waits for a hook', async () => {
  const body = () => new ReadableStream({ start(controller) { for (let i = 0; i < 3; i++) controller.enqueue(new Uint8Array(10)); controller.close(); } });
  const fetch = async () => new Response(body());
  const indexes = [];
  const onResult = [async (result) => {
    if (result.index === 0) for await (const _ of result.data);
    await new Promise((resolve) => setTimeout(resolve, 20));
    indexes.push(result.index);
  }];
  const options = { fetch, concurrency: 1, responseType: 'stream', timeout: { idle: 500 }, hooks: { onResult } };
  for await (const { index, data } of fetchEach(['https://a.example/0', 'https://a.example/1'], options)) {
    assert.ok(indexes.includes(index), 'it is handed out before its hook has run');
    if (index > 0) for await (const _ of data);
  }
});
