import { getEventListeners } from 'node:events';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert } from './assert.mjs';
import * as fanfetch from './fanfetch.mjs';
import { startServerChild } from './server-child.mjs';
import { MARKER, createWorld } from './world.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/**
 * Registers one test: runs `body` in a fresh world and then checks every invariant.
 * The fault server is started once per file.
 *
 * @param {string} name A sentence that says what must hold.
 * @param {object} [options] Of node:test, and `attempts`: see `verify` in `world.mjs`.
 * @param {(t: import('node:test').TestContext, world: ReturnType<typeof createWorld>) => unknown} body
 */
export function check(name, ...rest) {
  const body = rest.pop();
  const { attempts, ...options } = rest.pop() ?? {};
  test(name, { timeout: 30_000, ...options }, async (t) => {
    const { site, control } = await (server ??= startServerChild());
    const world = createWorld({ fanfetch: { ...fanfetch, fetchAll: watched }, site, control, runtime: 'node', heapUsed, inspect: show, listeners });
    await world.reset();
    const watch = watchProcess();
    try {
      await body(t, world);
      await watch.assertTimers();
      await world.verify({ attempts });
      watch.assertQuiet();
    } finally {
      watch.stop();
    }
  });
}

let server;
after(async () => (await server)?.stop());

/** The package's fetchAll; the user's signals must be free of listeners in the very turn in which it settles. */
async function watched(requests, ...rest) {
  const signals = [rest[0]?.signal, ...(Array.isArray(requests) ? requests.map(signalOf) : [])].filter((signal) => signal instanceof AbortSignal);
  try {
    return await fanfetch.fetchAll(requests, ...rest);
  } finally {
    for (const signal of signals) assert.equal(listeners(signal), 0, 'listeners on the signal');
  }
}

const listeners = (signal) => getEventListeners(signal, 'abort').length;

function signalOf(request) {
  return request !== null && typeof request === 'object' && Object.hasOwn(request, 'signal') ? request.signal : undefined;
}

/** Collects what a process shows of a leak or of an error that nobody handled. */
function watchProcess() {
  const before = activeTimers();
  const seen = [];
  const events = ['unhandledRejection', 'uncaughtException', 'warning'];
  const listeners = events.map((event) => (what) => seen.push(`${event}: ${inspect(what)}`));
  events.forEach((event, i) => process.on(event, listeners[i]));
  const restore = watchConsole(seen);
  return {
    async assertTimers() {
      await new Promise(setImmediate);
      assert(activeTimers() <= before, `${activeTimers()} timers are armed, ${before} were before`);
    },
    assertQuiet: () => assert.same(seen, [], 'the process'),
    stop() {
      restore();
      events.forEach((event, i) => process.off(event, listeners[i]));
    },
  };
}

function watchConsole(seen) {
  const names = ['debug', 'error', 'info', 'log', 'trace', 'warn'];
  const originals = names.map((name) => console[name]);
  names.forEach((name, i) => {
    console[name] = (...args) => {
      if (inspect(args).includes(MARKER)) seen.push(`console.${name} shows a secret`);
      originals[i].apply(console, args);
    };
  });
  return () => names.forEach((name, i) => { console[name] = originals[i]; });
}

function activeTimers() {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function show(value) {
  try {
    return inspect(value, { depth: 8 });
  } catch {
    // Node itself cannot show an error whose members throw.
    return '';
  }
}

function heapUsed() {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
