/** Answers of hosts and mocks: kinds of bodies, failures, retries, redirects. */
import { LIMITS } from './inputs.mjs';

const CALL = { ...LIMITS, deadline: 5000, timeout: { total: 3000 } };
const RETRY = { limit: 2, delay: 10, jitter: 'none' };

/** Prepares a call for one address of each route, and a plain one beside them. */
const each = (scene, routes, options, more = () => ({})) => {
  const urls = [...routes, 'json'].map((route, n) => scene.at(`${route}/${n}`, `call/${n}`));
  const list = urls.map((url, n) => (n < routes.length ? { url, ...more(n) } : url));
  return { urls, list, start: (expected = urls) => scene.list('call', () => scene.fanfetch.fetchAll(list, { ...CALL, ...options }), expected) };
};

export const answers = [
  {
    name: 'each response type',
    run(scene) {
      const types = ['auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData', 'none'];
      const routes = ['text', 'json', 'text', 'bytes', 'bytes', 'bytes', 'form', 'json'];
      const { urls, start } = each(scene, routes, {}, (n) => ({ responseType: types[n] }));
      start(urls.map((url, n) => (types[n] === 'none' ? undefined : url)));
    },
  },
  {
    name: 'failures, and empty bodies',
    run: (scene) => {
      const { start } = each(scene, ['missing', 'empty'], {});
      start([undefined, undefined, scene.at('json/2', 'call/2')]);
    },
  },
  { name: 'a lost connection', run: (scene) => each(scene, ['lost'], { retry: RETRY }).start() },
  { name: 'a server that asks to wait', run: (scene) => each(scene, ['busy'], { retry: RETRY }).start() },
  { name: 'bodies watched chunk by chunk', run: (scene) => each(scene, ['chunks', 'bytes'], { maxBytes: 10_000, timeout: { total: 3000, idle: 500 } }).start() },
  { name: 'bodies of a known length', run: (scene) => each(scene, ['chunks'], {}, () => ({ expectedBytes: scene.body(scene.at('chunks/0', 'call/0')).length })).start() },
  { name: 'redirects that we follow', run: (scene) => each(scene, ['moved'], { headers: { 'x-client': '1' } }).start() },
  { name: 'identical requests that share a fetch', run(scene) {
    const url = scene.at('slow/0', 'call');
    const inputs = [url, url, { url, cf: scene.user({ deep: [1, { er: 2 }] }, 'cf', 'call/2') }];
    scene.list('call', () => scene.fanfetch.fetchAll(inputs, { ...CALL, dedupe: true }), inputs.map(() => url));
  } },
  {
    name: 'answers of mocks',
    run(scene) {
      const bodies = { locked: false, cancel: async () => {}, getReader: () => {
        const pieces = [{ done: false, value: new Uint8Array([123, 125]) }, { done: true, value: undefined }];
        return { read: async () => pieces.shift(), cancel: async () => {}, releaseLock() {}, closed: new Promise(() => {}) };
      } };
      const mock = (status) => ({ status, ok: status === 200, statusText: '', url: '', redirected: false, type: 'basic', headers: new Map([['content-type', 'application/json'], ['retry-after', '0']]), body: bodies, bodyUsed: false, arrayBuffer: async () => new Uint8Array([123, 125]).buffer });
      const urls = [0, 1].map((n) => scene.at(`mock/${n}`, `call/${n}`));
      const statuses = [503, 200, 200, 200];
      const fetch = scene.user(async () => mock(statuses.shift()), 'mock', 'call/0', { of: ([url]) => ({ owner: scene.ownerOf(url), free: true }) });
      scene.list('call', () => scene.fanfetch.fetchAll(urls, { ...CALL, retry: RETRY, fetch, concurrency: 1 }), [undefined, undefined]);
    },
  },
];
