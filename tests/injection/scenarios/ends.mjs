/** Early ends of requests: signals, closed clients, emptied queues, time limits. */
import { LIMITS } from './inputs.mjs';

const OPTIONS = { ...LIMITS, timeout: { total: 400 } };
const SIGNAL = { raw: true };

/** Makes a doubled signal and the function that aborts it. */
const signal = (scene, label, owner) => {
  const controller = new AbortController();
  return { signal: scene.user(controller.signal, label, owner, SIGNAL), abort: (reason) => controller.abort(reason) };
};

export const ends = [
  {
    name: 'signals that never abort',
    run(scene) {
      const urls = [0, 1].map((n) => scene.at(`slow/${n}`, `call/${n}`));
      const own = signal(scene, 'signal of a request', 'call/0');
      const whole = signal(scene, 'signal of a call', 'call');
      scene.list('call', () => scene.fanfetch.fetchAll([{ url: urls[0], signal: own.signal }, urls[1]], { ...OPTIONS, deadline: 900, signal: whole.signal }), urls);
    },
  },
  {
    name: 'signals of a client and of its calls',
    run(scene) {
      const urls = [0, 1].map((n) => scene.at(`slow/${n}`, `client/${n}`));
      const outer = signal(scene, 'signal of a client', 'client');
      const inner = signal(scene, 'signal of a call', 'client/0');
      scene.other('client', async () => {
        const client = scene.fanfetch.createClient({ ...OPTIONS, signal: outer.signal });
        scene.one('client/0', () => client.get(urls[0], { signal: inner.signal }), urls[0]);
        scene.one('client/1', () => client.get(urls[1]), urls[1]);
      });
    },
  },
  {
    name: 'signals that abort under way',
    beside: true,
    run(scene) {
      const urls = [0, 1].map((n) => scene.at(`gate/${n}`, `call/${n}`));
      const beside = scene.at('slow/2', 'call/1');
      const own = signal(scene, 'signal of a request', 'call/0');
      const one = signal(scene, 'signal of one request', 'one');
      const whole = signal(scene, 'signal of another call', 'other');
      scene.list('call', () => scene.fanfetch.fetchAll([{ url: urls[0], signal: own.signal }, beside], { ...OPTIONS, deadline: 900 }), [undefined, beside]);
      scene.ended('other', () => scene.fanfetch.fetchAll([urls[1]], { ...OPTIONS, deadline: 900, signal: whole.signal }));
      const client = scene.fanfetch.createClient(OPTIONS);
      scene.ended('one', () => client.get(scene.at('gate/3', 'one'), { signal: one.signal }));
      scene.clock.set(() => [own, one, whole].forEach(({ abort }) => abort(new Error('enough'))), 50);
      return client;
    },
  },
  {
    name: 'a client that is closed under way',
    run(scene) {
      const client = scene.fanfetch.createClient({ ...OPTIONS, concurrency: 1 });
      for (const n of [0, 1]) scene.ended(`closed/${n}`, () => client.get(scene.at(`gate/${n}`, `closed/${n}`)));
      scene.ended('closed', () => client.fetchAll([scene.at('gate/2', 'closed')]));
      scene.clock.set(() => client.close(), 50);
    },
  },
  {
    name: 'a queue that is emptied, a client that pauses',
    run(scene) {
      const client = scene.fanfetch.createClient({ ...OPTIONS, concurrency: 1 });
      const url = scene.at('slow/0', 'client/0');
      scene.one('client/0', () => client.get(url), url);
      for (const n of [1, 2]) scene.ended(`client/${n}`, () => client.get(scene.at(`gate/${n}`, `client/${n}`)));
      scene.clock.set(() => {
        client.pause();
        client.cancelQueued();
        scene.other('client/stats', async () => { client.stats(); });
        client.resume();
      }, 10);
      return client;
    },
  },
  {
    name: 'time limits of every kind',
    run(scene) {
      const url = (n) => scene.at(`gate/${n}`, `call/${n}`);
      const timeouts = [{ attempt: 30 }, { headers: 30 }, { total: 30 }];
      const beside = scene.at('slow/3', 'call/3');
      scene.list('call', () => scene.fanfetch.fetchAll([...timeouts.map((timeout, n) => ({ url: url(n), timeout, retry: { limit: 1, delay: 10 } })), beside], { deadline: 900, retry: false }), [undefined, undefined, undefined, beside]);
    },
  },
];
