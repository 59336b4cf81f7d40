/** What must be left when all is over: nothing. And what clients count must add up. */
import { getEventListeners } from 'node:events';

/** Once every call has settled and every body is done with. */
export async function checkLeaks(world) {
  const { check, clock, network } = world;
  const own = world.sleeping();
  if (clock.virtual) check(clock.armed() <= own, 'no timers', () => `${clock.armed() - own} timers of the package are armed at ${world.now()}`);
  else if (own === 0) {
    // Timers of the host's own client and server are among them, and of a busy machine the last may go a little later.
    for (let waited = 0; clock.armed() > world.timersBefore && waited < 20; waited++) await new Promise((resolve) => setTimeout(resolve, 10));
    check(clock.armed() <= world.timersBefore, 'no timers', () => `${clock.armed() - world.timersBefore} timers of the package are armed`);
  }
  for (const [n, { signal }] of world.signals.entries()) {
    const count = getEventListeners(signal, 'abort').length;
    if (!world.isFollowed(n)) check(count === 0, 'no listeners', () => `${count} listeners are on signal ${n}`);
  }
  for (const flight of network.flights) {
    const { id, attempt, hop, isOpen, ended, late, body, answer, item } = flight;
    if (answer?.badChunk || answer?.odd) continue;
    const handed = item?.call.how === 'raw' || world.isHanded(id);
    const what = `${id} (attempt ${attempt}, hop ${hop}${handed ? ', handed out' : ''})`;
    check(!isOpen, 'no open bodies', () => `the body of ${what} is ${body?.state ?? ended}${late ? ', and came late' : ''}`);
  }
  for (const { client, n, idles } of world.clients) {
    check(client.inFlight === 0 && client.queued === 0, 'idle', () => `client ${n}: ${client.inFlight} in flight and ${client.queued} queued in the end`);
    const idle = await Promise.race([client.onIdle().then(() => true), clock.drain(8).then(() => false)]);
    check(idle, 'idle', () => `client ${n}: onIdle() does not resolve in the end`);
    check(idles.every((one) => one.resolved), 'idle', () => `client ${n}: an onIdle() of earlier does not resolve`);
  }
}

/** Counts of clients against the results that were given. */
export function checkStats(world) {
  for (const root of world.clients.filter((one) => one.root === one)) {
    const stats = root.client.stats();
    const { started, succeeded, failed, inFlight, queued } = stats;
    world.check(started === succeeded + failed, 'stats', () => `client ${root.n}: started ${started}, succeeded ${succeeded}, failed ${failed}`);
    world.check(inFlight === 0 && queued === 0, 'stats', () => `client ${root.n}: stats tell ${inFlight} in flight, ${queued} queued`);
    for (const [host, one] of Object.entries(stats.hosts)) {
      world.check(one.inFlight === 0 && one.queued === 0, 'stats', () => `client ${root.n}: ${one.inFlight} in flight and ${one.queued} queued at ${host}`);
    }
    const calls = world.calls.filter(({ user }) => user?.root === root);
    if (calls.some((call) => call.outcome === undefined || Object.hasOwn(call.outcome, 'error') || call.left)) continue;
    const results = calls.flatMap((call) => (call.how === 'raw' ? [{ ok: true }] : call.results));
    world.check(started === results.length, 'stats', () => `client ${root.n}: started ${started}, ${results.length} results`);
    const told = world.calls.some(({ json }) => json.options.hooks?.onResult) || world.clients.some(({ given }) => given.options.hooks?.onResult);
    if (!told) world.check(succeeded === results.filter(({ ok }) => ok).length, 'stats', () => `client ${root.n}: succeeded ${succeeded} of ${results.length}`);
  }
  for (const call of world.calls) checkProgress(call, world);
  checkCancelled(world);
}

function checkProgress({ id, progress, outcome, results, pull, how, left }, { check }) {
  let before;
  for (const one of progress) {
    for (const name of ['started', 'succeeded', 'failed', 'inFlight', 'queued', 'retries', 'bytes']) {
      check(one[name] >= 0, 'progress', () => `${id}: ${name} is ${one[name]}`);
      if (before && !['inFlight', 'queued'].includes(name)) check(one[name] >= before[name], 'progress', () => `${id}: ${name} goes from ${before[name]} to ${one[name]}`);
    }
    check(one.inFlight + one.queued + one.succeeded + one.failed <= one.started, 'progress', () => `${id}: ${JSON.stringify(one)}`);
    before = one;
  }
  if (progress.length === 0 || outcome === undefined || Object.hasOwn(outcome, 'error') || left) return;
  const isWhole = before.started === before.succeeded + before.failed && before.started === results.length;
  check(isWhole, 'progress', () => `${id}: at the end ${JSON.stringify(before)}, ${results.length} results`);
  if (pull.isList) check(before.total === pull.taken.length, 'progress', () => `${id}: the total is ${before.total} of ${pull.taken.length} (${how})`);
}

/** `cancelQueued()` tells how many it failed. */
function checkCancelled(world) {
  for (const root of world.clients.filter((one) => one.root === one)) {
    const calls = world.calls.filter(({ user }) => user?.root === root);
    if (root.cancels === undefined || root.cancels === 0) continue;
    const isBatch = ({ how }) => how === 'fetchAll' || how === 'fetchEach';
    if (calls.some((call) => call.left || call.outcome === undefined || (Object.hasOwn(call.outcome, 'error') && isBatch(call)))) continue;
    if (calls.some((call) => call.items.some(({ options }) => options?.signal !== undefined))) continue;
    const isAborted = (one) => one?.code === 'ABORTED';
    const count = calls.reduce((sum, { results, outcome }) => sum + results.filter(({ error }) => isAborted(error)).length + (isAborted(outcome.error) ? 1 : 0), 0);
    const hooked = calls.some((call) => [call.json.options, ...world.clients.map(({ given }) => given.options)].some(({ hooks }) => hooks?.onResult));
    if (hooked) world.check(count <= root.cancelled, 'cancelQueued', () => `client ${root.n}: cancelQueued() tells ${root.cancelled}, ${count} results are aborted`);
    else world.check(count === root.cancelled, 'cancelQueued', () => `client ${root.n}: cancelQueued() tells ${root.cancelled}, ${count} results are aborted`);
  }
}
