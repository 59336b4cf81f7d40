/** Functions of the user's: hooks, authorizations, schemas, progress; and the options that hold them. */
import { LIMITS } from './inputs.mjs';

const CALL = { ...LIMITS, deadline: 5000, timeout: { total: 3000 } };
const RETRY = { limit: 2, delay: 10, jitter: 'none' };
const HOOK = ['HOOK', 'NETWORK', 'HTTP', 'INPUT', 'BODY_TRUNCATED', 'BODY_PARSE'];

/** Doubles a function that is called for one request at a time; that request owns the call. */
const asked = (scene, act, label, urlOf) => scene.user(act, label, 'call', { codes: HOOK, of: ([context]) => ({ owner: scene.ownerOf(urlOf(context)), codes: HOOK, free: true }) });

export const functions = [
  {
    name: 'hooks',
    run(scene) {
      const urls = [scene.at('busy/0', 'call/0'), scene.at('json/1', 'call/1')];
      const byRequest = (act, label) => asked(scene, act, label, ({ request }) => scene.bare(request).url ?? scene.bare(request));
      const hooks = {
        beforeRequest: [byRequest(({ request }) => { request.headers.set('x-hook', '1'); }, 'beforeRequest'), byRequest(async ({ request }) => new Request(request, { headers: { 'x-hook': '2' } }), 'beforeRequest 2')],
        afterResponse: [byRequest(async ({ response }) => new Response(await response.text(), response), 'afterResponse'), byRequest(() => undefined, 'afterResponse 2')],
        beforeRetry: [byRequest(async () => {}, 'beforeRetry')],
        onResult: [byRequest(async () => {}, 'onResult')],
      };
      scene.list('call', () => scene.fanfetch.fetchAll(urls, { ...CALL, retry: RETRY, hooks }), urls);
    },
  },
  {
    name: 'functions asked about retries',
    run(scene) {
      const urls = [scene.at('lost/0', 'call/0'), scene.at('json/1', 'call/1')];
      const own = (act, label) => scene.user(act, label, 'call/0', { codes: HOOK });
      const retry = { limit: 2, delay: own(() => 10, 'delay'), jitter: own((delay) => delay, 'jitter'), shouldRetry: own(async () => true, 'shouldRetry') };
      const status = asked(scene, (value) => value >= 400, 'throwHttpErrors', () => urls[0]);
      scene.list('call', () => scene.fanfetch.fetchAll([{ url: urls[0], retry, throwHttpErrors: status }, urls[1]], CALL), urls);
    },
  },
  {
    name: 'an authorization that is refreshed',
    run(scene) {
      const urls = [scene.at('guarded/0', 'client/0'), scene.at('guarded/1', 'client/1'), scene.at('json/2', 'client/2')];
      const auth = scene.user(async ({ refresh }) => ({ bearer: refresh ? 'fresh' : 'stale' }), 'auth', 'client', { codes: [...HOOK, 'HTTP'], each: true });
      const client = scene.fanfetch.createClient({ ...LIMITS, timeout: { total: 3000 }, auth });
      scene.list('client', () => client.fetchAll(urls, { deadline: 5000 }), urls);
      return client;
    },
  },
  {
    name: 'a schema',
    run(scene) {
      const urls = [scene.at('json/0', 'call/0'), scene.at('json/1', 'call/1')];
      const validated = scene.user({ '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value }) } }, 'schema', 'call/0', { codes: ['HOOK', 'BODY_SCHEMA', 'INPUT'], free: true });
      const refusing = scene.user({ '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) } }, 'refusing schema', 'call/1', { codes: ['HOOK', 'BODY_SCHEMA', 'INPUT'], free: true });
      scene.list('call', () => scene.fanfetch.fetchAll([{ url: urls[0], schema: validated }, { url: urls[1], schema: refusing }], CALL), [urls[0], undefined]);
    },
  },
  {
    name: 'progress',
    run(scene) {
      const urls = [0, 1].map((n) => scene.at(`slow/${n}`, `call/${n}`));
      const onProgress = scene.user(async () => {}, 'onProgress', 'call', { raw: true });
      scene.list('call', () => scene.fanfetch.fetchAll(urls, { ...CALL, onProgress, progressInterval: 0 }), urls);
    },
  },
  {
    name: 'options of a call',
    run(scene) {
      const urls = [0, 1].map((n) => scene.at(`json/${n}`, `call/${n}`));
      const options = {
        ...CALL, headers: { 'x-a': '1' }, searchParams: new URLSearchParams(), auth: { username: 'u', password: 'p' }, baseUrl: new URL('https://host.test/'), responseType: 'json', throwHttpErrors: true,
        retry: { ...RETRY, statusCodes: [503], afterStatusCodes: [503], methods: ['GET'] }, hooks: { onResult: [() => {}] }, rateLimit: { limit: 100, interval: 1000, per: 'host' },
        concurrency: 4, concurrencyPerHost: 2, maxFetches: 10, dedupe: true, stopOnError: false, onProgress: () => {}, progressInterval: 10, priority: 1, cf: { a: [1] }, credentials: 'omit',
      };
      scene.list('call', () => scene.fanfetch.fetchAll(urls, scene.user(options, 'options', 'call', { raw: true, free: true })), urls);
    },
  },
  {
    name: 'options of a client, and of a call on it',
    run(scene) {
      const urls = [scene.at('json/0', 'client/0'), scene.at('json/1', 'client/1'), scene.at('json/2', 'client/derived/0')];
      let client;
      const its = { raw: true, free: true };
      const own = scene.user({ headers: { 'x-b': '2' }, timeout: 500, retry: 1, cf: { b: 1 } }, 'options of a call', 'client/1', its);
      const given = scene.user({ ...LIMITS, headers: { 'x-a': '1' }, concurrency: 3, hooks: { beforeRequest: [() => {}] } }, 'client options', 'client', its);
      scene.other('client', async () => {
        client = scene.fanfetch.createClient(given);
        scene.one('client/0', () => client.get(urls[0]), urls[0]);
        scene.one('client/1', () => client.fetch(urls[1], own), urls[1]);
        scene.list('client/derived', () => client.extend({ headers: { 'x-c': '3' } }).fetchAll([urls[2]], { deadline: 900 }), [urls[2]]);
      });
    },
  },
];
