/** Inputs: lists, iterables, specs and what they hold, Requests. */

export const LIMITS = { timeout: { total: 400 }, retry: false };
const CALL = { ...LIMITS, deadline: 900 };
/** An injected `done` may end the iterable early; the call rejects with the very thing that the iterable throws. */
const ITERABLE = { raw: true, partial: true };

/** @param {object} scene `bench.mjs` */
const three = ({ at }) => [0, 1, 2].map((n) => at(`json/${n}`, `call/${n}`));

export const inputs = [
  {
    name: 'a list',
    run(scene) {
      const urls = three(scene);
      scene.list('call', () => scene.fanfetch.fetchAll(scene.user(urls, 'inputs', 'call', ITERABLE), CALL), urls);
    },
  },
  {
    name: 'a generator',
    run(scene) {
      const urls = three(scene);
      scene.list('call', () => scene.fanfetch.fetchAll(scene.user((function* () { yield* urls; })(), 'inputs', 'call', ITERABLE), { ...CALL, concurrency: 2 }), urls);
    },
  },
  {
    name: 'an async generator',
    run(scene) {
      const urls = three(scene);
      scene.list('call', () => scene.fanfetch.fetchAll(scene.user((async function* () { yield* urls; })(), 'inputs', 'call', ITERABLE), { ...CALL, concurrency: 2 }), urls);
    },
  },
  {
    name: 'a call that ends before its inputs',
    run(scene) {
      const urls = [scene.at('missing/0', 'call/0'), scene.at('slow/1', 'call/1')];
      const endless = async function* () {
        yield* urls;
        for (;;) yield scene.at('slow/2', 'call/2');
      };
      scene.other('call', async () => {
        const { code } = await scene.fanfetch.fetchAll(scene.user(endless(), 'inputs', 'call', ITERABLE), { ...CALL, stopOnError: true }).catch((error) => error) ?? {};
        return code;
      });
    },
  },
  {
    name: 'specs with options of their own',
    run(scene) {
      const { user, list, fanfetch } = scene;
      const urls = three(scene);
      const more = [
        { headers: { 'x-own': 'a', 'x-none': undefined }, searchParams: { q: 1 }, method: 'POST', json: { a: [1, { b: 2 }] }, tag: { mine: true }, cf: { cacheTtl: 1 } },
        { auth: { bearer: 'own' }, timeout: { attempt: 300, headers: 200 }, retry: { limit: 1, statusCodes: [503], methods: ['get'] }, responseType: 'text', maxBytes: 5000, priority: 'high' },
      ];
      const specs = more.map((options, n) => user({ url: urls[n], ...options }, `spec ${n}`, `call/${n}`, { free: true }));
      list('call', () => fanfetch.fetchAll([...specs, urls[2]], { ...CALL, deadline: 2000 }), [undefined, urls[1], urls[2]]);
    },
  },
  {
    name: 'headers of every make',
    run(scene) {
      const urls = [0, 1, 2, 3].map((n) => scene.at(`json/${n}`, `call/${n}`));
      const headers = [new Headers({ 'x-a': '1' }), new Map([['x-a', '1']]), [['x-a', '1'], ['x-b', '2']]];
      const specs = headers.map((given, n) => ({ url: urls[n], headers: scene.user(given, `headers ${n}`, `call/${n}`) }));
      scene.list('call', () => scene.fanfetch.fetchAll([...specs, urls[3]], { ...CALL }), urls);
    },
  },
  {
    name: 'addresses of every make',
    run(scene) {
      const urls = three(scene);
      const specs = [scene.user(new URL(urls[0]), 'URL input', 'call/0'), { url: scene.user(new URL(urls[1]), 'url of a spec', 'call/1') }, { url: urls[2], searchParams: scene.user(new URLSearchParams('a=1'), 'searchParams', 'call/2', { free: true }) }];
      scene.list('call', () => scene.fanfetch.fetchAll(specs, CALL), [urls[0], urls[1], undefined]);
    },
  },
  {
    name: 'bodies of every make',
    run(scene) {
      const { user, at } = scene;
      const stream = new Blob(['streamed']).stream();
      const bodies = [new Blob(['x']), new URLSearchParams({ a: 1 }), new FormData(), stream, async () => 'made'];
      const urls = bodies.map((_, n) => at(`json/${n}`, `call/${n}`));
      const specs = bodies.map((body, n) => ({ url: urls[n], method: 'PUT', body: user(body, `body ${n}`, `call/${n}`, { codes: ['INPUT', 'NETWORK', 'HOOK'] }) }));
      const last = at('json/last', `call/${bodies.length}`);
      scene.list('call', () => scene.fanfetch.fetchAll([...specs, last], CALL), [...urls, last]);
    },
  },
  {
    name: 'Requests',
    run(scene) {
      const { user, at } = scene;
      const urls = three(scene);
      const made = [new Request(urls[0], { headers: { 'x-own': '1' } }), new Request(urls[1], { method: 'PUT', body: 'the body' })];
      const requests = made.map((request, n) => user(request, `Request ${n}`, `call/${n}`));
      const options = { ...CALL, headers: { 'x-client': '1' }, hooks: { beforeRequest: [() => {}] } };
      scene.list('call', () => scene.fanfetch.fetchAll([...requests, urls[2]], options), urls);
      const plain = at('json/plain', 'plain/0');
      scene.list('plain', () => scene.fanfetch.fetchAll([user(new Request(plain), 'plain Request', 'plain/0')], CALL), [plain]);
    },
  },
  {
    name: 'a Request of another make',
    run(scene) {
      const { user, at } = scene;
      const url = at('json/0', 'call/0');
      const other = { url, method: 'GET', headers: new Headers({ 'x-own': '1' }), signal: null, body: null, bodyUsed: false, get [Symbol.toStringTag]() { return 'Request'; } };
      const beside = at('json/1', 'call/1');
      scene.list('call', () => scene.fanfetch.fetchAll([user(other, 'Request', 'call/0'), beside], CALL), [url, beside]);
    },
  },
];
