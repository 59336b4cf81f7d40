/** Bodies that are handed out unread, drop-in fetches, results one by one. */
import { LIMITS } from './inputs.mjs';

const OPTIONS = { ...LIMITS, timeout: { total: 400 }, concurrency: 4 };
/** A drop-in fetch rejects with the host's own errors. */
const DROP_IN = { raw: true };

export const handedOut = [
  {
    name: 'streams and responses',
    beside: true,
    run(scene) {
      const client = scene.fanfetch.createClient(OPTIONS);
      const take = (route, n, responseType, use) => {
        const url = scene.at(`${route}/${n}`, `client/${n}`);
        scene.handedOut(`client/${n}`, () => client.fetch(url, { responseType }), use, url);
      };
      take('json', 0, 'stream', (stream) => new Response(stream));
      take('chunks', 1, 'response', (response) => response);
      take('chunks', 2, 'response', (response) => response.clone());
      return client;
    },
  },
  {
    name: 'bodies handed out within limits',
    beside: true,
    run(scene) {
      const client = scene.fanfetch.createClient(OPTIONS);
      const read = (stream) => new Response(stream);
      const url = scene.at('chunks/0', 'client/0');
      scene.handedOut('client/0', () => client.fetch(url, { responseType: 'stream', maxBytes: 5000, timeout: { total: 400, idle: 200 } }), read, url);
      const left = scene.at('chunks/1', 'client/1');
      scene.other('client/1', async () => {
        const { data } = await client.fetch(left, { responseType: 'stream' });
        // An error of the host's `cancel` is the user's to see.
        await Promise.resolve(scene.bare(data)).then((stream) => stream.cancel('enough')).catch(() => {});
      });
      const late = scene.at('slow/2', 'client/2');
      scene.handedOut('client/2', () => client.fetch(late, { responseType: 'stream', expectedBytes: scene.body(late).length }), read, late);
      return client;
    },
  },
  {
    name: 'a drop-in fetch',
    beside: true,
    run(scene) {
      const fetch = scene.fanfetch.createFetch(OPTIONS);
      const url = (route, n) => scene.at(`${route}/${n}`, `client/${n}`);
      const ask = (n, address, act) => scene.dropIn(`client/${n}`, () => act(address), address);
      ask(0, url('json', 0), (address) => fetch(address));
      ask(1, url('chunks', 1), (address) => fetch(new URL(address), scene.user({ method: 'POST', body: 'text', headers: { 'x-a': '1' }, cache: 'no-store' }, 'init', 'client/1', DROP_IN)));
      ask(2, url('json', 2), (address) => fetch(scene.user(new Request(address, { headers: { 'x-a': '1' } }), 'Request', 'client/2', DROP_IN)));
      ask(3, url('json', 3), (address) => fetch(scene.user(new Request(address, { method: 'POST', body: 'text' }), 'Request with a body', 'client/3', DROP_IN)));
      ask(4, url('json', 4), (address) => fetch(scene.user({ toString: () => address }, 'something that is an address', 'client/4', DROP_IN)));
      return fetch.client;
    },
  },
  {
    name: 'a drop-in fetch that retries and redirects',
    beside: true,
    run(scene) {
      const fetch = scene.fanfetch.createFetch({ ...OPTIONS, timeout: { total: 3000 }, retry: { limit: 2, delay: 10, jitter: 'none' }, headers: { 'x-a': '1' } });
      ['busy', 'lost', 'moved'].forEach((route, n) => {
        const url = scene.at(`${route}/${n}`, `client/${n}`);
        scene.dropIn(`client/${n}`, () => fetch(url), url);
      });
      return fetch.client;
    },
  },
  {
    name: 'results one by one, and a loop that is left',
    run(scene) {
      const urls = [0, 1, 2].map((n) => scene.at(`json/${n}`, `each/${n}`));
      const slow = [0, 1, 2].map((n) => scene.at(`slow/${n}`, `left/${n}`));
      const inputs = (list, name, owner) => scene.user((function* () { yield* list; })(), name, owner, { raw: true, partial: true });
      scene.list('each', async () => {
        const results = [];
        for await (const result of scene.fanfetch.fetchEach(inputs(urls, 'inputs', 'each'), { ...LIMITS, deadline: 900, ordered: true, highWaterMark: 1 })) results.push(result);
        return results;
      }, urls);
      scene.other('left', async () => {
        for await (const result of scene.fanfetch.fetchEach(inputs(slow, 'inputs of what is left', 'left'), { ...LIMITS, deadline: 900, concurrency: 2 })) if (result.index >= 0) break;
      });
    },
  },
];
