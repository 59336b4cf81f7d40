/** Plays one scenario: the world of its users, the way through its time, and the verdict. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { createRandom } from './random.mjs';
import { createClock } from './clock.mjs';
import { createNetwork } from './network.mjs';
import { createServerNetwork } from './server-network.mjs';
import { createLimits } from './limits.mjs';
import { createClients, startCall } from './users.mjs';
import { createWatch } from './watch.mjs';
import { drive } from './drive.mjs';
import { judge } from './oracle.mjs';
import { readBody } from './readers.mjs';

const als = new AsyncLocalStorage();

/**
 * @param {object} scenario
 * @param {{ without?: Set<string> }} [options] Rules that are not looked at.
 * @returns {Promise<{ violations: { rule: string, text: string }[], requests: number, checks: number }>}
 */
export async function play(scenario, { without = new Set() } = {}) {
  const clock = createClock(scenario.clock);
  const chance = Math.random;
  const { unit } = createRandom(scenario.chance ?? 1);
  if (clock.virtual) Math.random = unit;
  const { fetch } = globalThis;
  const world = createWorld(scenario, clock, without);
  world.network = scenario.network === 'server' ? await createServerNetwork(world, fetch) : createNetwork(world);
  const watch = createWatch(world);
  globalThis.fetch = world.network.fetch;
  try {
    world.clients = createClients(world);
    await drive(world);
    await judge(world);
  } finally {
    globalThis.fetch = fetch;
    watch.stop();
    clock.uninstall();
    Math.random = chance;
  }
  // A scenario that cannot be played tells nothing of the package.
  if (world.crashed) throw world.crashed;
  return { violations: world.violations, requests: world.network.flights.length, checks: world.checks };
}

function createWorld(scenario, clock, without) {
  const owners = new Map();
  const held = [];
  const shown = new Map();
  let sleeping = 0;
  const world = {
    scenario, clock, als, calls: [], clients: [], violations: [], checks: 0, handed: [], authAsked: 0, now: clock.now, nested: 0,
    signals: (scenario.signals ?? []).map(({ at, reason }) => ({ at, reason, controller: new AbortController(), abortedAt: undefined })),
    timersBefore: clock.armed(),

    check(good, rule, text) {
      world.checks += 1;
      if (!good) world.fail(rule, text());
    },
    fail(rule, text) {
      if (!without.has(rule) && world.violations.length < 50) world.violations.push({ rule, text });
    },
    sleep(ms) {
      sleeping += 1;
      return new Promise((resolve) => setTimeout(resolve, ms)).then(() => { sleeping -= 1; });
    },
    sleeping: () => sleeping,
    /** Never settles, until the scenario ends its waits. */
    hold: (what) => (world.released ? Promise.resolve() : new Promise((resolve) => held.push({ what, resolve }))),
    isHolding: () => held.length > 0,
    release() {
      world.released = true;
      for (const { resolve } of held.splice(0)) resolve();
    },

    register: (item) => owners.set(item.id, [...(owners.get(item.id) ?? []), item]),
    ownersOf: (id) => owners.get(id) ?? [],
    ids: () => owners.keys(),
    itemOf: (id) => owners.get(id)?.[0],
    nestedLeft: () => 4 - world.nested,
    startCall(json, place) {
      if (place) world.nested += 1;
      try {
        return startCall(json, world, place);
      } catch (error) {
        world.crashed ??= error;
        throw error;
      }
    },

    context(call, what) {
      world.check(als.getStore() === call, 'context', () => `${what} of ${call.id} runs in the context of ${als.getStore()?.id}`);
    },
    /** A hook begins: whose request it is shown, by its address, and whether what it is shown belongs together. */
    hookRan(kind, context, hook) {
      const url = kind === 'onResult' ? context.request?.url : context.request?.url ?? context.error?.url;
      const id = world.network.idIn(String(url ?? ''));
      // Of several who ask for one address, the one in whose context it runs.
      const owners = world.ownersOf(id);
      const item = owners.find(({ call }) => call === als.getStore()) ?? owners[0];
      if (item === undefined) return undefined;
      const all = world.ownersOf(id).map(({ call }) => call);
      world.check(all.includes(als.getStore()), 'context', () => `${kind} of ${id} runs in the context of ${als.getStore()?.id}`);
      const from = context.response?.headers?.get?.('x-id');
      if (from) world.check(from === id, 'right data', () => `${kind} of ${id} sees the response of ${from}`);
      if (context.error?.url) world.check(context.error.url === item.url || kind === 'onResult', 'right data', () => `${kind} of ${id} sees the error of ${context.error.url}`);
      const { call } = item;
      if (kind === 'onResult' && all.length === 1) {
        const told = hook.told ??= new Set();
        world.check(!told.has(id), 'one result each', () => `onResult of ${id} is told twice`);
        told.add(id);
        call.announced.set(context.index, world.now());
      }
      return { id, item, call, replaced: () => { if (kind === 'beforeRequest') shown.set(id, (shown.get(id) ?? 0) + 1); } };
    },
    givenByHooks: (id) => shown.get(id) ?? 0,

    /** A result whose body may have been handed out: it is read, sooner or later. */
    handOut(call, item, result) {
      const data = call.how === 'raw' ? result : result?.ok ? result.data : undefined;
      const stream = typeof data?.getReader === 'function';
      if (data === undefined || data === null || !(stream || (typeof data === 'object' && typeof data.status === 'number' && 'body' in data))) return;
      const response = stream ? { body: data, text: () => new Response(data).text() } : data;
      const one = { call, item, response, outcome: undefined, style: call.json.body ?? 'text' };
      world.handed.push(one);
      readBody(response, one.style, world).then((outcome) => { one.outcome = outcome; }, (error) => { one.outcome = { error }; });
    },
    isHanded: (id) => world.handed.some(({ item }) => item?.id === id),
    abort(n) {
      const one = world.signals[n];
      if (one === undefined || one.signal.aborted) return;
      one.abortedAt = world.now();
      one.controller.abort(...(one.reason === undefined ? [] : [REASONS[one.reason]()]));
    },
    /** Hosts follow the signal of a Request that a Request is made of. */
    isFollowed: (n) => world.calls.some(({ items = [], json }) => items.some(({ as, options }) => as === 'Request' && (options?.signal === n || json.options.signal === n))),
    show: (value) => inspect(value, { depth: 6 }),
  };
  for (const one of world.signals) one.signal = one.controller.signal;
  world.began = createLimits(world);
  return world;
}

const REASONS = { error: () => new Error('the user aborts'), text: () => 'enough', null: () => null, object: () => ({ why: 'enough' }) };
export const REASON_NAMES = Object.keys(REASONS);
