import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startServerChild } from '../helpers/server-child.mjs';
import { createWorld } from '../helpers/world.mjs';
import * as fuse from './fuse.mjs';
import { HANGING, INSTANT, fetchAny, scenes } from './scenes.mjs';
import { makeTrapping } from './trapping.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

let fanfetch;
let server;
before(async () => {
  fanfetch = await import(`${makeTrapping()}entry.node.js`);
  server = await startServerChild();
});
after(() => server?.stop());

/** Runs `body` in a fresh world; no error may be left that nobody handled. */
function check(name, body) {
  test(`${name} (Node)`, { timeout: 60_000 }, async (t) => {
    const world = createWorld({ fanfetch, site: server.site, control: server.control, runtime: 'node' });
    const seen = [];
    const note = (error) => seen.push(error);
    for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) process.on(event, note);
    try {
      await world.reset();
      await body(fanfetch, fuse, world, t);
      await world.sleep(20);
      assert.deepEqual(seen, [], 'errors that nobody handled');
    } finally {
      for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) process.off(event, note);
    }
  });
}

for (const { name, run } of scenes) check(name, run);

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const codes = async (promises) => (await Promise.allSettled(promises)).map(({ status, reason }) => reason?.code ?? reason ?? status);

check('no listener is left on the user\'s signals, and no timer is armed', async () => {
  const signals = Array.from({ length: 3 }, () => new AbortController().signal);
  const [batch, client, own] = signals;
  const listeners = () => signals.map((signal) => getEventListeners(signal, 'abort').length);
  const before = timers();
  const options = { fetch: fetchAny };
  const calls = [
    fanfetch.fetchAll([{ url: HANGING, signal: own }, HANGING], { ...options, signal: batch, deadline: 60_000 }),
    fanfetch.createClient({ ...options, signal: client }).get(HANGING, { timeout: { attempt: 60_000, total: 90_000 } }),
  ];
  assert.deepEqual(listeners(), [1, 1, 1]);
  assert.ok(timers() > before);
  fuse.setFuse('run');
  assert.deepEqual(await codes([...calls, fanfetch.fetchAll([INSTANT], options)]), ['INTERNAL', 'INTERNAL', 'INTERNAL']);
  assert.deepEqual(listeners(), [0, 0, 0]);
  assert.equal(timers(), before);
});

check('instances that trapped are collected, whoever holds a client', async () => {
  const options = { fetch: fetchAny };
  const client = fanfetch.createClient(options);
  const idle = [];
  const lose = async (count) => {
    for (let i = 0; i < count; i++) {
      await client.get(INSTANT);
      idle.push(fanfetch.createClient(options));
      await idle.at(-1).get(INSTANT);
      const calls = [client.get(HANGING), fanfetch.fetchAll([HANGING], options)];
      fuse.setFuse('run');
      assert.deepEqual(await codes([...calls, fanfetch.fetchAll([INSTANT], options)]), ['INTERNAL', 'INTERNAL', 'INTERNAL']);
    }
    for (let i = 0; i < 5; i++) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    return process.memoryUsage();
  };
  const before = await lose(20);
  const then = await lose(100);
  assert.ok(fuse.alive() <= 2, `${fuse.alive()} instances are alive`);
  const grown = (name) => (then[name] - before[name]) / 1e6;
  assert.ok(grown('heapUsed') < 2 && grown('external') < 2, `the heap grew by ${grown('heapUsed')} MB, what is outside by ${grown('external')} MB`);
});

check('at the end of the user\'s own stack nothing is left hanging', async (_, __, world) => {
  const client = fanfetch.createClient({ fetch: fetchAny, timeout: { attempt: 300 }, retry: false });
  const flying = codes([client.get(HANGING), client.get(HANGING)]);
  await world.sleep(5);
  const deeper = () => {
    try {
      deeper();
    } finally {
      // Further up there is more of it: somewhere there is enough for a part of what has to be done.
      quietly(() => client.inFlight);
    }
  };
  quietly(deeper);
  const begun = performance.now();
  for (const code of await flying) assert.ok(code === 'INTERNAL' || code === 'TIMEOUT', code);
  assert.ok(performance.now() - begun < 1000);
  assert.equal((await client.get(INSTANT)).ok, true);
});

check('a fresh instance costs the next call a millisecond or two', async (_, __, ___, t) => {
  const client = fanfetch.createClient({ fetch: fetchAny });
  const timed = async () => {
    const begun = performance.now();
    await client.get(INSTANT);
    return performance.now() - begun;
  };
  const [usual, fresh] = [[], []];
  for (let i = 0; i < 50; i++) {
    await client.get(INSTANT);
    usual.push(await timed());
    fuse.setFuse('engine.run');
    assert.deepEqual(await codes([client.get(INSTANT)]), ['INTERNAL']);
    fresh.push(await timed());
  }
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  const more = median(fresh) - median(usual);
  t.diagnostic(`${more.toFixed(2)} ms more than the ${median(usual).toFixed(2)} ms of any other`);
  assert.ok(more < 10, `${more} ms`);
});

function quietly(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}
