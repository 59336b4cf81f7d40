/** The way of a scenario through its time: what its users do and when, and an end in which all that may be waited for is given. */
import { readBody } from './readers.mjs';

/** Milliseconds after which waits are ended that only the scenario itself can end. */
const PATIENCE = { virtual: [120_000, 120_000], real: [500, 3_000] };
/** The time of a signal that is never aborted. */
export const NEVER = 100_000;
/** Of real time, for one that spins. */
const WALL = 15_000;

export async function drive(world) {
  const { scenario, clock, signals } = world;
  signals.forEach(({ at }, n) => at < 0 && world.abort(n));
  let planned = 0;
  const plan = (at, act) => {
    planned = Math.max(planned, at);
    const attempt = () => {
      try {
        act();
      } catch (error) {
        world.crashed ??= error;
      }
    };
    if (at > 0) world.sleep(at).then(attempt);
    else attempt();
  };
  world.act = act;
  for (const json of scenario.calls) plan(json.at ?? 0, () => world.startCall(json));
  for (const json of scenario.actions ?? []) plan(json.at, () => act(json));
  signals.forEach(({ at }, n) => at >= 0 && at < NEVER && plan(at, () => world.abort(n)));

  const begun = process.hrtime.bigint();
  const isSpinning = () => Number(process.hrtime.bigint() - begun) / 1e6 > WALL;
  const until = async (horizon) => {
    await clock.drain();
    while (!isOver(world) && world.now() < horizon && !isSpinning()) {
      if (await clock.step()) continue;
      // Bodies of some kinds take turns of the loop, and no timer.
      await clock.drain(60);
      if (clock.armed() === 0) break;
    }
  };
  const [first, patience] = PATIENCE[scenario.clock];
  await until(planned + first);
  checkHang(world);
  // Whoever waits for the user, or for a network that never answers, waits no longer.
  world.release();
  for (const { root } of world.clients) if (root.paused) act({ does: 'resume', on: root.n });
  await until(world.now() + patience);
  for (const call of world.calls) if (call.outcome === undefined && call.leave) call.leave().catch(() => {});
  for (const one of world.handed) {
    if (one.outcome === undefined || one.outcome.how === 'never') readBody(one.response, 'cancel', world).catch(() => {});
  }
  await until(world.now() + patience);
  await clock.drain(20);

  function act({ on, does, value }) {
    const user = world.clients[on];
    if (user === undefined) return undefined;
    const { client, root } = user;
    switch (does) {
      case 'close':
        client.close();
        user.closedAt ??= world.now();
        break;
      case 'pause':
        // In the end nobody waits for the user any more.
        if (world.released) break;
        client.pause();
        root.pausedAt = root.paused ? root.pausedAt : world.now();
        root.paused = true;
        break;
      case 'resume':
        root.paused = false;
        client.resume();
        break;
      case 'cancelQueued': {
        root.cancels = (root.cancels ?? 0) + 1;
        const count = client.cancelQueued();
        root.cancelled = (typeof root.cancelled === 'number' ? root.cancelled : 0) + count;
        world.check(Number.isInteger(count) && count >= 0, 'cancelQueued', () => `cancelQueued() gives ${count}`);
        break;
      }
      case 'concurrency':
        // One that derives from another and has no limit of its own would turn that of all.
        if (user.outer && user.given.options.concurrency === undefined) break;
        user.concurrency = Math.max(value, user.concurrency ?? 32);
        client.concurrency = value;
        user.concurrency = value;
        break;
      case 'onIdle': {
        const idle = { resolved: false };
        user.idles.push(idle);
        client.onIdle().then(() => { idle.resolved = true; });
        break;
      }
      case 'stats': {
        const stats = client.stats();
        world.check(stats.started >= stats.succeeded + stats.failed && stats.inFlight >= 0 && stats.queued >= 0, 'stats', () => `client ${on}: ${JSON.stringify(stats)}`);
        break;
      }
      default:
        throw new Error(`no action '${does}'`);
    }
    return undefined;
  }
}

/** Nothing will happen any more, and nobody is to blame but the package. */
function checkHang(world) {
  const { clock, calls, clients, handed } = world;
  const waits = world.isHolding() || clients.some(({ root }) => root.paused) || handed.some(({ outcome }) => outcome === undefined || outcome.how === 'never');
  if (!clock.virtual || clock.armed() > 0 || waits || world.network.pending() > 0) return;
  for (const { id, how, outcome } of calls) world.check(outcome !== undefined, 'settles', () => `${id} (${how}) waits for nothing at ${world.now()}`);
}

/** Nothing more is to come: of the calls, of bodies that were handed out, of the network. */
function isOver(world) {
  const isSettled = ({ outcome }) => outcome !== undefined;
  return world.sleeping() === 0 && world.calls.every(isSettled) && world.handed.every(isSettled) && world.network.pending() === 0;
}
