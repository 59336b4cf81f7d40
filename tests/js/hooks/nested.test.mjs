import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, createFetch, fetchAll } from '../../helpers/fanfetch.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (path, host = 'a') => `https://${host}.example${path}`;
const pathOf = (request) => new URL(request.url ?? request).pathname;

/** A fetch that counts what is in flight, until the body is there. */
function counted(ms = 10) {
  const load = { now: 0, peak: 0 };
  const fetch = async (input) => {
    load.now += 1;
    load.peak = Math.max(load.peak, load.now);
    await sleep(ms);
    load.now -= 1;
    return Response.json({ path: pathOf(input) });
  };
  return { fetch, load };
}

/** Calls of a client made inside its own hook: by the asynchronous context, and by the client that the hook is given. */
const WAYS = { 'the asynchronous context': (outer) => outer, 'the given client': (_, given) => given };

for (const limits of [{ concurrency: 1 }, { concurrencyPerHost: 1 }, { concurrency: 1, concurrencyPerHost: 1 }]) {
  test(`other calls keep to a limit while a hook runs (${Object.keys(limits)})`, async () => {
    const { fetch, load } = counted();
    const client = createClient({ ...limits, fetch, hooks: { afterResponse: [({ request }) => (pathOf(request) === '/hook' ? sleep(80) : undefined)] } });
    const hooked = client.get(at('/hook'));
    await sleep(20);
    const others = Promise.all(Array.from({ length: 9 }, (_, i) => client.get(at(`/${i}`))));
    const list = client.fetchAll(Array.from({ length: 9 }, (_, i) => at(`/l${i}`)));
    await sleep(30);
    assert.equal(client.inFlight, 1, 'they wait for the hook to end');
    await Promise.all([hooked, others, list]);
    assert.equal(load.peak, 1);
  });
}

for (const [name, pick] of Object.entries(WAYS)) {
  test(`calls nested ten deep end at a concurrency of 1 (by ${name})`, async () => {
    const { fetch } = counted(1);
    let deepest = 0;
    const client = createClient({
      concurrency: 1, concurrencyPerHost: 1, retry: 0, fetch,
      hooks: { afterResponse: [async ({ request, client: given }) => {
        const depth = Number(pathOf(request).slice(1));
        deepest = Math.max(deepest, depth);
        if (depth < 10) await pick(client, given).get(at(`/${depth + 1}`));
      }] },
    });
    await client.get(at('/0'));
    assert.equal(deepest, 10);
    assert.deepEqual([client.inFlight, client.queued], [0, 0]);
  });

  test(`calls nested in one hook share its slot in turn (by ${name})`, async () => {
    const { fetch, load } = counted();
    const client = createClient({
      concurrency: 1, fetch,
      hooks: { afterResponse: [({ request, client: given }) => (pathOf(request) === '/outer'
        ? Promise.all([...[1, 2, 3].map((i) => pick(client, given).get(at(`/${i}`))), pick(client, given).fetchAll([at('/4'), at('/5')])]) : undefined)] },
    });
    await client.get(at('/outer'));
    assert.equal(load.peak, 1, 'beside the one whose hook waits');
  });

  test(`a call of a hook that is over waits like others (by ${name})`, async () => {
    const { fetch, load } = counted();
    let late;
    const client = createClient({
      concurrency: 1, fetch,
      hooks: { afterResponse: [({ request, client: given }) => {
        if (pathOf(request) !== '/outer') return;
        const own = pick(client, given);
        late = sleep(15).then(() => Promise.all([1, 2, 3].map((i) => own.get(at(`/${i}`)))));
      }] },
    });
    const rest = client.fetchAll([at('/outer'), ...[4, 5, 6].map((i) => at(`/${i}`))]);
    await rest;
    await late;
    assert.equal(load.peak, 1);
  });
}

test('hooks that wait for each other’s hosts come to their end', async () => {
  const { fetch } = counted(5);
  const client = createClient({
    concurrencyPerHost: 1, retry: 0, fetch,
    hooks: { afterResponse: [async ({ request, client: given }) => {
      if (pathOf(request) === '/outer') await given.get(at('/inner', request.url.includes('//a.') ? 'b' : 'a'));
    }] },
  });
  await Promise.all([client.get(at('/outer', 'a')), client.get(at('/outer', 'b'))]);
});

test('the client that a hook is given is the same client', async () => {
  const { fetch } = counted(1);
  const seen = [];
  const client = createClient({
    fetch, headers: { 'x-own': '1' }, concurrency: 3, baseUrl: at('/v1'),
    hooks: { afterResponse: [({ client: given }) => { seen.push([given.constructor === client.constructor, given.inFlight, given.concurrency, given.stats().started]); }] },
  });
  const child = client.extend({ concurrency: 2 });
  await child.get('x');
  assert.deepEqual(seen, [[true, 1, 2, 1]]);
  const closing = createClient({ fetch, hooks: { afterResponse: [({ client: given }) => given.close()] } });
  assert.equal(await closing.get(at('/')).catch(({ code }) => code), 'CLOSED');
  assert.equal(await closing.get(at('/')).catch(({ code }) => code), 'CLOSED');
});

test('a call of no client has none to give', async () => {
  const seen = [];
  await fetchAll([at('/')], { fetch: counted(1).fetch, hooks: { afterResponse: [(context) => { seen.push('client' in context); }] } });
  assert.deepEqual(seen, [false]);
});

test('a call made inside the custom fetch of its client does not wait for its slot', async () => {
  const { fetch } = counted(1);
  const client = createClient({
    concurrency: 1, retry: 0,
    fetch: async (input) => {
      const depth = Number(pathOf(input).slice(1));
      await sleep(1);
      if (depth < 5) await client.get(at(`/${depth + 1}`));
      return fetch(input);
    },
  });
  const results = await Promise.all([0, 0, 0].map((depth) => client.get(at(`/${depth}`))));
  assert.deepEqual(results.map(({ data }) => data.path), ['/0', '/0', '/0']);
});

test('a drop-in fetch is nested like any other call', async () => {
  const { fetch } = counted(1);
  const made = createFetch({ concurrency: 1, retry: 0, fetch, hooks: { afterResponse: [async ({ request }) => {
    if (pathOf(request) === '/outer') await (await made(at('/inner'))).json();
  }] } });
  assert.deepEqual(await (await made(at('/outer'))).json(), { path: '/outer' });
});
