/** What must hold in the turn in which a fetch begins: it may begin at all, it is sent right, and no limit is passed. */
import { closedAt, deadlineOf, signalOf, signalsOf } from './layers.mjs';

const DEFAULT_CONCURRENCY = 32;

export function createLimits(world) {
  const signals = new Map();
  const starts = new Map();
  const { check, fail, now } = world;

  return function began(flight) {
    const { id, hop, attempt, signal } = flight;
    const owners = world.ownersOf(id);
    flight.owners = owners;
    flight.calls = [...new Set(owners.map(({ call }) => call))];
    flight.exempt = owners.length > 0 && owners.every(({ call }) => call.exempt);
    if (owners.length === 0) return fail('inputs', `${flight.url} is fetched, which nobody asked for`);

    const name = `${id} (attempt ${attempt}${hop ? `, hop ${hop}` : ''})`;
    check(flight.calls.includes(world.als.getStore()), 'context', () => `fetch of ${name} runs in the context of ${world.als.getStore()?.id}`);
    checkSignal(flight, name);
    checkHeaders(flight, name);
    const whys = owners.map((item) => whyNot(item, world));
    check(whys.some((why) => why === undefined), 'nothing starts', () => `fetch of ${name} begins at ${now()} though ${whys[0]}`);
    const [{ user }] = flight.calls;
    // One that has its slot already begins in the turn of the pause.
    check(hop > 0 || !user?.root.paused || now() <= user.root.pausedAt + (world.clock.virtual ? 0 : 10), 'nothing starts', () => `fetch of ${name} begins while its client is paused`);
    for (const gate of gatesOf(flight)) checkGate(gate, flight, name);
    return undefined;
  };

  /** One controller per attempt, ours, used for no other. */
  function checkSignal(flight, name) {
    const { signal, id, attempt, request } = flight;
    if (signal === undefined) return;
    check(!world.signals.some((one) => one.signal === signal), 'own signal', () => `${name} is sent with the user's signal`);
    if (signal === request?.signal) return;
    const before = signals.get(signal);
    check(before === undefined || before === `${id}/${attempt}`, 'own signal', () => `${name} is sent with the signal of ${before}`);
    signals.set(signal, `${id}/${attempt}`);
    check(!signal.aborted, 'own signal', () => `${name} is sent with a signal that is aborted already`);
  }

  function checkHeaders(flight, name) {
    const headers = new Headers(flight.init.headers ?? flight.request?.headers ?? {});
    flight.headers = headers;
    const item = headers.get('x-item');
    check(item === null || item === flight.id || flight.owners.length > 1, 'right request', () => `${name} is sent with the header of ${item}`);
    // Only a client's or a call's own are held back from other hosts than the one that was asked.
    if (flight.hop > 0 && headers.has('x-secret')) {
      check(flight.host === new URL(flight.owners[0].url).host, 'secrets', () => `${name} takes the call's headers to ${flight.host}`);
    }
    if (flight.hop > 0 && headers.has('authorization')) {
      check(flight.host === new URL(flight.owners[0].url).host, 'secrets', () => `${name} takes the authorization to ${flight.host}`);
    }
  }

  function gatesOf({ calls, exempt }) {
    const gates = [];
    const [call] = calls;
    if (calls.length === 1) {
      const { options } = call.json;
      const most = options.concurrency ?? (call.user ? Infinity : DEFAULT_CONCURRENCY);
      // The call's own limits hold for its own requests, wherever it was made.
      gates.push({ name: `call ${call.id}`, options, most, has: (one) => one.calls.length === 1 && one.calls[0] === call, own: true });
    }
    for (let user = call.user; user; user = user.outer) {
      if (calls.length > 1 && user.outer) continue;
      const most = user.concurrency ?? (user.outer ? Infinity : DEFAULT_CONCURRENCY);
      gates.push({ name: `client ${user.n}`, options: user.given.options, most, has: (one) => (one.calls.length === 1 || !user.outer) && inFamily(one.calls[0].user, user) });
    }
    return exempt ? gates.map((gate) => (gate.own ? gate : { ...gate, most: Infinity, perHost: Infinity })) : gates;
  }

  function checkGate(gate, flight, name) {
    const { options, most } = gate;
    const perHost = gate.perHost ?? options.concurrencyPerHost ?? Infinity;
    const isIn = (one) => one.isOpen && !one.late && gate.has(one) && (gate.own || !one.exempt || one === flight);
    if (most < Infinity || perHost < Infinity) {
      const all = world.network.flights.filter(isIn);
      // The slot of a host is that of the address that was asked for, wherever it redirects to.
      const here = all.filter((one) => one.origin === flight.origin);
      const list = () => all.map((one) => `${one.id}/${one.attempt} since ${one.startedAt}`).join(', ');
      // A redirect is followed within the slot of its attempt.
      check(flight.hop > 0 || all.length <= most, 'concurrency', () => `${gate.name}: ${all.length} in flight with ${name}, ${most} are allowed: ${list()}`);
      check(flight.hop > 0 || here.length <= perHost, 'per host', () => `${gate.name}: ${here.length} in flight to ${flight.origin} with ${name}, ${perHost} are allowed: ${list()}`);
    }
    if (flight.hop === 0) {
      checkRate(gate, flight, name);
      if (gate.own && options.maxFetches !== undefined) {
        const count = world.network.flights.filter((one) => one.hop === 0 && gate.has(one)).length;
        check(count <= options.maxFetches, 'maxFetches', () => `${gate.name}: fetch ${count} begins with ${name}, ${options.maxFetches} are allowed`);
      }
    }
  }

  function checkRate({ name: gate, options: { rateLimit } }, flight, name) {
    // In real time a pause of the host's between a token and its fetch makes any window look too full.
    if (rateLimit === undefined || !world.clock.virtual) return;
    const { limit, interval, per } = rateLimit;
    const key = per === 'host' ? `${gate} ${flight.host}` : gate;
    const times = starts.get(key) ?? [];
    starts.set(key, times);
    times.push(performance.now());
    const before = times.at(-1 - limit);
    const span = before === undefined ? Infinity : times.at(-1) - before;
    check(span >= interval - 1.5, 'rate limit', () => `${key}: ${limit + 1} starts within ${span} ms with ${name}; ${limit} are allowed within ${interval}`);
  }
}

const inFamily = (user, of) => {
  for (let one = user; one; one = one.outer) if (one === of) return true;
  return false;
};

/** Why nothing may be sent for an input any more. */
export function whyNot(item, world) {
  const { call } = item;
  if (closedAt(call) !== undefined) return `its client was closed at ${closedAt(call)}`;
  const aborted = signalsOf(call, world).find(({ signal }) => signal.aborted);
  if (aborted) return `the signal of its call was aborted at ${aborted.abortedAt}`;
  const own = signalOf(call, item, world);
  if (own?.signal.aborted) return `its signal was aborted at ${own.abortedAt}`;
  if (call.left !== undefined) return `the loop over its results was left (${call.left})`;
  if (call.settledAt !== undefined) return `its call has settled at ${call.settledAt}`;
  const slack = world.clock.virtual ? 2 : 300;
  const deadline = call.beganAt + deadlineOf(call);
  if (world.now() > deadline + slack) return `the deadline was at ${deadline}`;
  return undefined;
}
