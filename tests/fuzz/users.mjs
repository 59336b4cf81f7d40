/** Users of the package: they make calls, read results and bodies in their own ways, and leave. What they see is noted. */
import * as fanfetch from '../helpers/fanfetch.mjs';
import { optionsOf } from './functions.mjs';
import { itemsOf, iterableOf } from './inputs.mjs';
import { readEach } from './readers.mjs';

/** Makes the clients of a scenario. */
export function createClients(world) {
  const { clients } = world.scenario;
  const made = [];
  clients.forEach((given, n) => {
    const { kind, from, options } = given;
    const live = optionsOf(options, world);
    const outer = kind === 'extend' && from < n ? made[from] : undefined;
    const one = { n, given, outer, root: undefined, concurrency: options.concurrency, closedAt: undefined, cancelled: [], idles: [], family: outer?.family ?? n };
    one.root = outer?.root ?? one;
    if (outer) one.client = outer.client.extend(live);
    else if (kind === 'createFetch') {
      one.fetch = fanfetch.createFetch(live);
      one.client = one.fetch.client;
    } else one.client = fanfetch.createClient(live);
    made.push(one);
  });
  return made;
}

/**
 * Begins a call.
 *
 * @param {object} json
 * @param {object} world
 * @param {{ within?: string, outer?: object, client?: object }} [place] The hook that it is made in.
 */
export function startCall(json, world, { within, outer, client } = {}) {
  const on = outer ? outer.on : json.on;
  const user = world.clients[on];
  const call = {
    id: `${outer ? 'n' : 'c'}${world.calls.length}`, json, on, user, within, outer, depth: (outer?.depth ?? 0) + 1, family: user?.family ?? 'bare',
    exempt: holdsSlot(within, outer), startedAt: world.now(), beganAt: world.now(), pull: { taken: [], ended: undefined, asking: 0, isList: false },
    progress: [], results: [], announced: new Map(), outcome: undefined, settledAt: undefined, left: undefined, how: howOf(json, user),
  };
  world.calls.push(call);
  call.items = itemsOf(call, world);
  for (const item of call.items) world.register(item);
  call.finished = world.als.run(call, () => run(call, client ?? user?.client, world)).then(
    (outcome) => Object.assign(call, { outcome, settledAt: world.now() }),
    (error) => Object.assign(call, { outcome: { error }, settledAt: world.now() }),
  );
  return call;
}

/** Whether a hook runs while its request holds a slot, for which a call made in it must not wait: nothing else goes above a limit. */
function holdsSlot(within, outer) {
  if (outer?.exempt || within === 'afterResponse') return true;
  return within === 'onResult' && outer.json.options.responseType !== undefined ? HANDED_OUT.includes(outer.json.options.responseType) : within === 'onResult' && outer.how === 'raw';
}
const HANDED_OUT = ['stream', 'response'];

/** Without a client there are but two calls; a drop-in fetch is one of a client of its own kind. */
function howOf({ how = 'fetchAll' }, user) {
  if (how === 'raw') return user?.fetch ? 'raw' : user ? 'fetch' : 'fetchAll';
  return user === undefined && how !== 'fetchEach' ? 'fetchAll' : how;
}

async function run(call, client, world) {
  const { json, how, items, user } = call;
  const options = optionsOf(json.options, world, call);
  switch (how) {
    case 'fetchAll': {
      const results = await (client ?? fanfetch).fetchAll(iterableOf(call, world), options);
      call.results = results;
      return { results };
    }
    case 'fetchEach':
      return readEach((client ?? fanfetch).fetchEach(iterableOf(call, world), options), call, world);
    case 'raw': {
      const [item] = (call.pull.taken = items.slice(0, 1));
      const { method, body, headers, signal } = optionsOf(json.options, world, call, item);
      const response = await user.fetch(item.as?.startsWith('spec') || item.bad ? item.url : item.value, { method, body, headers, signal });
      world.handOut(call, item, response);
      return { response };
    }
    default: {
      const [item] = (call.pull.taken = items.slice(0, 1));
      const own = optionsOf(json.options, world, call, item);
      const result = await client[how](how === 'fetch' || item.bad ? item.value : item.url, own);
      call.results = [result];
      world.handOut(call, item, result);
      return { result };
    }
  }
}
