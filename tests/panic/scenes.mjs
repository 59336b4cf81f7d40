/**
 * What must hold when the wasm traps, in every runtime. Each scene takes the package, the fuse and a world
 * (`../helpers/world.mjs`); it imports nothing of Node's.
 */

const JSON_TYPE = { headers: { 'content-type': 'application/json' } };
export const INSTANT = 'http://instant.example/';
export const HANGING = 'http://hanging.example/';
const instant = async () => new Response('{}', JSON_TYPE);
const hang = (_, { signal } = {}) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** Answers at once, or never, or as the host does. */
export const fetchAny = (input, init) => {
  if (String(input).startsWith(INSTANT)) return instant();
  return String(input).startsWith(HANGING) ? hang(input, init) : globalThis.fetch(input, init);
};
const range = (count) => Array.from({ length: count }, (_, i) => i);
const outcomes = async (promises) => (await Promise.allSettled(promises)).map(({ status, reason }) => reason?.code ?? reason?.name ?? status);
const same = (count, value) => Array(count).fill(value);

/** Ways in which the wasm is entered while `client` has requests in flight, each of which is the last that it ever is. */
const BLOWS = {
  'a call that begins': {
    place: 'engine.run',
    strike: ({ client, world }) => client.get(world.at('/ok')),
  },
  'a look at a client': {
    place: 'engine.stats',
    strike: async ({ client }) => client.stats(),
  },
  'a switch of a client': {
    place: 'engine.turn',
    strike: async ({ client }) => client.inFlight,
  },
  'a promise that settles': {
    place: 'told',
    strike: ({ client }) => client.get(INSTANT),
  },
  'a task that was woken': {
    place: 'poll',
    strike({ client }) {
      client.pause();
      const call = client.get(INSTANT);
      client.resume();
      return call;
    },
  },
  'a timer': {
    place: 'ring',
    strike: ({ client, world }) => client.get(world.at('/hang', 3), { timeout: { attempt: 400 } }),
    late: true,
  },
  'a signal': {
    place: 'told',
    strike({ client, world }) {
      const controller = new AbortController();
      const call = client.get(world.at('/hang', 3), { signal: controller.signal });
      setTimeout(() => controller.abort(), 400);
      return call;
    },
    late: true,
  },
};

const ten = Object.entries(BLOWS).flatMap(([name, { place, strike, late }]) => ['before', 'after', 'overflow'].map((kind) => ({
  name: `${name}: a trap ${{ before: 'before', after: 'after', overflow: 'by overflow' }[kind]} rejects ten in flight`,
  // Nothing is given back twice: what a number is for is done.
  only: kind === 'before' || !['a signal', 'a timer'].includes(name),
  async run(fanfetch, fuse, world) {
    const { assert } = world;
    const client = fanfetch.createClient({ retry: false, fetch: fetchAny });
    const urls = range(10).map((i) => world.at('/hang', i % 4));
    const flying = Promise.allSettled(urls.map((url) => client.get(url)));
    await world.untilInFlight(10);
    const before = fuse.instantiated();

    if (!late) fuse.setFuse(place, kind);
    const struck = Promise.allSettled([strike({ client, world })]);
    if (late) {
      await world.untilInFlight(11);
      fuse.setFuse(place, kind);
    }
    while (!fuse.isBlown()) await world.sleep(1);
    const begun = performance.now();
    // What strikes may have its answer before what comes after it.
    const all = [...await flying, ...(await struck).filter(({ status }) => status === 'rejected' || kind !== 'after')];
    assert.between(performance.now() - begun, 0, 100, 'ms until all are settled');
    for (const { reason } of all) {
      assert.equal(reason?.code, 'INTERNAL', 'code');
      assert(fanfetch.isFanFetchError(reason) && reason.retryable, 'an error of the library, which may be tried again');
      assert(kind === 'overflow' ? reason.cause instanceof Error : reason.cause instanceof WebAssembly.RuntimeError, 'its cause is the trap');
    }

    const { data } = await client.get(world.at('/ok'));
    assert(data !== undefined, 'the next call works');
    assert.same([fuse.instantiated() - before, fuse.modules.size], [1, 1], 'instances more, modules in all');
    assert.same([client.inFlight, client.queued], [0, 0], 'in flight and queued');
    await client.onIdle();
    for (const url of urls) {
      const [{ end }] = await world.sent(url, 1);
      assert.equal(end, 'client-closed', 'the connection');
    }
  },
}))).filter(({ only }) => only);

export const scenes = [
  ...ten,
  {
    name: 'a trap ends every kind of call, and each of them works afterwards',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const client = fanfetch.createClient({ retry: false });
      const derived = client.extend({ concurrency: 5 });
      const fetch = fanfetch.createFetch({ retry: false });
      const url = () => world.at('/hang', 0);
      const each = fanfetch.fetchEach([url(), INSTANT], { fetch: fetchAny });
      const first = await each.next();
      const calls = [fanfetch.fetchAll([url()]), each.next(), client.fetchAll([url()]), client.fetchEach([url()]).next(), derived.fetch(url()), fetch(world.at('/hang', 1))];
      await world.untilInFlight(6);
      fuse.setFuse('engine.run');
      const last = client.get(world.at('/ok'));
      assert.same(await outcomes([...calls, last]), same(7, 'INTERNAL'));
      assert(first.value.ok, 'what was finished before is kept');
      assert.same(await each.next(), { value: undefined, done: true }, 'the loop after its error');

      const ok = () => world.at('/ok', 2);
      assert((await fanfetch.fetchAll([ok(), ok()])).every((result) => result.ok), 'fetchAll');
      for await (const result of fanfetch.fetchEach([ok()])) assert(result.ok, 'fetchEach');
      assert((await client.fetchAll([ok()]))[0].ok && (await derived.get(ok())).ok, 'clients');
      assert.equal((await fetch(ok())).status, 200, 'a drop-in fetch');
    },
  },
  {
    name: 'a client keeps its settings after a trap, and counts anew',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const seen = [];
      const fetch = async (input, init) => {
        seen.push([String(input), init.headers['x-own']]);
        return instant();
      };
      const client = fanfetch.createClient({ baseUrl: 'http://a.example/', headers: { 'x-own': '1' }, concurrency: 7, fetch });
      const derived = client.extend({ headers: { 'x-own': '2' } });
      await client.get('before');
      assert.equal(client.stats().succeeded, 1);
      client.concurrency = 3;
      derived.pause();
      const paused = [client.get('lost'), derived.get('lost')];
      await world.sleep(5);
      fuse.setFuse('engine.run');
      assert.same(await outcomes([...paused, client.get('lost')]), same(3, 'INTERNAL'));
      assert.same([client.concurrency, client.inFlight, client.queued, client.stats().succeeded], [3, 0, 0, 0].map((each, i) => (i === 3 && world.runtime === 'workerd' ? 1 : each)));

      seen.length = 0;
      const waiting = [client.get('after'), derived.get('after')];
      await world.sleep(20);
      assert.same(seen, [], 'sent while it was paused');
      assert.equal(client.concurrency, 3);
      client.resume();
      await Promise.all(waiting);
      assert.same(seen, [['http://a.example/after', '1'], ['http://a.example/after', '2']]);
      client.close();
      assert.same(await outcomes([client.get('closed')]), ['CLOSED']);
    },
  },
  {
    name: 'a closed client stays closed',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const client = fanfetch.createClient({ fetch: instant });
      await client.get('http://a.example/');
      client.close();
      fuse.setFuse('run');
      assert.same(await outcomes([fanfetch.fetchAll(['http://a.example/'], { fetch: instant }), client.get('http://a.example/')]), ['INTERNAL', 'CLOSED']);
    },
  },
  {
    name: 'a trap ends bodies that are being read, and closes their connections',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const url = world.at('/huge?bytes=inf');
      const fetch = fanfetch.createFetch();
      const response = await fetch(url);
      const reader = response.body.getReader();
      await reader.read();
      const other = world.at('/stall-body?after=10', 1);
      const [streamed] = await one(fanfetch.fetchEach([other], { responseType: 'stream' }));
      const words = streamed.data.getReader();
      await words.read();
      const pending = words.read();
      fuse.setFuse('engine.run');
      const begun = performance.now();
      assert.same(await outcomes([fetch(world.at('/ok'))]), ['INTERNAL']);
      // What lies ready may still be had.
      const rest = (async () => {
        while (!(await reader.read()).done);
      })();
      assert.same(await outcomes([rest, pending]), ['INTERNAL', 'INTERNAL']);
      assert.between(performance.now() - begun, 0, 100, 'ms');
      await world.sleep(50);
      for (const each of [url, other]) assert.equal((await world.sent(each, 1))[0].end, 'client-closed');
    },
  },
  {
    name: 'a trap closes an unfinished input once, and leaves a finished one',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const counted = (inputs, async) => {
        const count = { pulled: 0, returned: 0 };
        const iterator = inputs[Symbol.iterator]();
        const give = (value) => (async ? Promise.resolve(value) : value);
        return {
          count,
          next: () => (count.pulled += 1, give(iterator.next())),
          return: () => (count.returned += 1, give({ value: undefined, done: true })),
          [async ? Symbol.asyncIterator : Symbol.iterator]() {
            return this;
          },
        };
      };
      const urls = range(100).map(() => world.at('/hang'));
      const inputs = [counted(urls), counted(urls, true), counted(urls.slice(0, 2))];
      const calls = inputs.map((each) => fanfetch.fetchAll(each, { concurrency: 3, fetch: hang }));
      await world.sleep(20);
      const pulled = inputs.map(({ count }) => count.pulled);
      fuse.setFuse('run');
      calls.push(fanfetch.fetchAll(['http://a.example/'], { fetch: instant }));
      assert.same(await outcomes(calls), same(4, 'INTERNAL'));
      await world.sleep(20);
      assert.same(inputs.map(({ count }) => [count.pulled, count.returned]), [[3, 1], [3, 1], [3, 0]]);
      assert.same(pulled, [3, 3, 3]);
    },
  },
  {
    name: 'an error of the user\'s own code is no trap',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      await fanfetch.fetchAll(['http://a.example/'], { fetch: instant });
      const before = fuse.instantiated();
      const thrown = new RangeError('mine');
      const fail = () => {
        throw thrown;
      };
      const url = 'http://a.example/';
      const busy = async () => new Response('', { status: 503 });
      const calls = [
        [[url], { fetch: fail, retry: false }], [[url], { fetch: instant, onProgress: fail }], [[url], { fetch: busy, retry: { delay: fail } }],
        [[url], { fetch: busy, retry: { jitter: fail } }], [[url], { fetch: busy, retry: { shouldRetry: fail } }], [[url], { fetch: instant, throwHttpErrors: fail }],
        [[url], { fetch: instant, hooks: { beforeRequest: [fail] } }], [[url], { fetch: instant, hooks: { onResult: [fail] } }],
        [[url], { fetch: instant, schema: { '~standard': { version: 1, vendor: 'test', validate: fail } } }], [[{ url, body: fail, method: 'POST' }], { fetch: instant }],
        [(function* () {
          yield url;
          fail();
        })(), { fetch: instant }],
        [{ [Symbol.iterator]: fail }, { fetch: instant }], [{ [Symbol.asyncIterator]: () => ({ next: fail, return: fail }) }, { fetch: instant }],
        [[{ get url() { return fail(); } }], { fetch: instant }],
      ];
      const steady = fanfetch.createClient({ fetch: hang, timeout: false });
      const flying = steady.get(url);
      for (const [requests, options] of calls) {
        const [{ value, reason }] = await Promise.allSettled([fanfetch.fetchAll(requests, options)]);
        const error = reason ?? value[0].error;
        assert(error === thrown || error.cause === thrown, String(error?.stack ?? error));
      }
      assert.same([fuse.instantiated() - before, steady.inFlight], [0, 1]);
      steady.close();
      assert.same(await outcomes([flying]), ['CLOSED']);
    },
  },
  {
    name: 'doubles of responses and readers that throw cause no trap',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const fail = () => {
        throw new Error('mine');
      };
      const response = (more) => async () => ({ status: 200, url: INSTANT, headers: new Headers(), body: null, arrayBuffer: async () => new ArrayBuffer(0), ...more });
      const reader = (read) => ({ locked: false, getReader: () => ({ read, cancel: fail }), cancel: fail });
      const cases = {
        'a status that throws': [async () => ({ get status() { return fail(); } }), 'NETWORK'],
        'no bytes': [response({ arrayBuffer: async () => undefined }), 'BODY_TRUNCATED'],
        'a body that cannot be read': [response({ arrayBuffer: fail }), 'BODY_TRUNCATED'],
        'a body without a reader': [response({ body: { getReader: fail } }), 'BODY_TRUNCATED', { maxBytes: 9 }],
        'a body that cannot be cancelled': [response({ body: reader(async () => ({ done: false, value: new Uint8Array(10) })) }), 'BODY_TOO_LARGE', { maxBytes: 9 }],
        'a body of nothing': [response({ body: reader(async () => ({ done: false })) }), 'BODY_TRUNCATED', { maxBytes: 9 }],
        'a body that hangs, and cannot be cancelled': [response({ body: reader(() => new Promise(() => {})) }), 'TIMEOUT', { timeout: { idle: 20 } }],
        'a failure that cannot be cancelled': [response({ status: 404, body: { cancel: fail } }), 'HTTP'],
        'an error without words': [async () => Promise.reject({ get message() { return fail(); } }), 'NETWORK'],
        'an error with a symbol for words': [() => Promise.reject({ message: Symbol('words') }), 'NETWORK'],
      };
      await fanfetch.fetchAll([INSTANT], { fetch: instant });
      const before = fuse.instantiated();
      for (const [name, [fetch, code, options]] of Object.entries(cases)) {
        const call = fanfetch.fetchAll([INSTANT], { fetch, retry: 0, ...options });
        const [result] = await Promise.race([call, world.sleep(1000).then(() => [{ error: { code: 'hangs' } }])]);
        assert.equal(result.error?.code, code, name);
      }
      assert.equal(fuse.instantiated(), before);
    },
  },
  {
    name: 'a trap below the user\'s own code ends all pulls, fetches and reports',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const client = fanfetch.createClient({ fetch: instant });
      const inner = [];
      const trap = () => {
        fuse.setFuse('run');
        inner.push(outcomes([fanfetch.fetchAll([INSTANT], { fetch: instant })]));
      };
      // Progress is told by the clock, which workerd lets stand still while nothing is waited for.
      const soon = () => world.sleep(2).then(instant);
      const tries = {
        pull: (count) => [(function* () {
          for (let i = 0; ; i++) {
            count();
            if (i === 2) trap();
            yield `http://a.example/${i}`;
          }
        })(), { fetch: hang, concurrency: 5 }],
        fetch: (count) => [range(20).map((i) => `http://a.example/${i}`), { concurrency: 5, fetch: () => {
          if (count() === 3) trap();
          return hang();
        } }],
        progress: (count) => [range(20).map((i) => `http://a.example/${i}`), { concurrency: 2, fetch: soon, progressInterval: 0.001, onProgress: () => {
          if (count() === 3) trap();
        } }],
      };
      for (const [name, make] of Object.entries(tries)) {
        await client.get('http://a.example/');
        let count = 0;
        const call = fanfetch.fetchAll(...make(() => ++count));
        assert.same(await outcomes([call]), ['INTERNAL'], name);
        assert.same(await Promise.all(inner.splice(0)), [['INTERNAL']], name);
        await world.sleep(20);
        assert.equal(count, 3, name);
      }
      assert((await client.get('http://a.example/')).ok, 'the next call works');
    },
  },
  {
    name: 'fifty calls after a trap share one instance; each trap has its own',
    async run(fanfetch, fuse, world) {
      const { assert } = world;
      const client = fanfetch.createClient({ fetch: instant });
      await client.get('http://a.example/');
      fuse.setFuse('engine.run');
      assert.same(await outcomes([client.get('http://a.example/')]), ['INTERNAL']);
      const before = fuse.instantiated();
      assert.same(await outcomes(range(50).map((i) => (i % 2 ? client.get('http://a.example/') : fanfetch.fetchAll(['http://a.example/'], { fetch: instant })))), same(50, 'fulfilled'));
      assert.equal(fuse.instantiated() - before, 1);
      for (let i = 0; i < 100; i++) {
        fuse.setFuse(['engine.run', 'told'][i % 2]);
        assert.same(await outcomes([client.get('http://a.example/')]), ['INTERNAL'], i);
        assert((await client.get('http://a.example/')).ok, i);
      }
      assert.same([fuse.instantiated() - before, fuse.modules.size], [101, 1]);
    },
  },
];

const one = async (results) => {
  const { value } = await results.next();
  return [value];
};
