/** What results say of their attempts against what the network saw: how many, in which order, with which status, how long. */
import { deadlineOf, hooksOf, last, layersOf, retryOf, timeoutOf } from './layers.mjs';

/** Of real time a busy machine takes what it likes. */
const SLACK = { virtual: 6, real: 1500 };
const REPEATABLE = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

export function checkAttempts(world) {
  for (const id of world.ids()) {
    const owners = world.ownersOf(id);
    const told = owners.map((item) => world.toldOf(item));
    // What a call that rejected or was left had sent nobody tells.
    if (told.some((one) => one === undefined)) continue;
    const flights = world.network.of(id).filter(({ hop }) => hop === 0);
    checkCount(id, owners, told, flights, world);
    if (owners.length === 1) checkEach(owners[0], told[0], flights, world);
  }
}

function checkCount(id, owners, told, flights, world) {
  const layers = owners.map(({ call }) => layersOf(call));
  // A Response of a hook's is an attempt that the network never saw; several that share a fetch tell of the same.
  if (layers.some((one) => last(one, 'dedupe'))) return;
  const given = world.givenByHooks(id);
  const count = told.reduce((sum, { count: each }) => sum + each, 0);
  const unsent = told.reduce((sum, { attempts = [] }) => sum + attempts.filter(isUnsent).length, 0);
  const more = flights.length + given - count;
  // A hook's Response that comes when all is over is no attempt.
  world.check(more <= given && more >= -unsent, 'attempts',
    () => `${id}: ${count} attempts are told, the network saw ${flights.length}, hooks answered ${given}: ${JSON.stringify(told)}`);
}

/** An attempt that may have ended before the fetch: by the user's code or a time limit on the way to it. */
const isUnsent = ({ status, outcome, code }) => status === undefined && (outcome === 'aborted' || outcome === 'timeout' || ['HOOK', 'INPUT', 'NETWORK'].includes(code));

function checkEach(item, { attempts, result }, flights, world) {
  if (attempts === undefined) return;
  const { id, call } = item;
  const { check } = world;
  const layers = layersOf(call, item);
  const given = world.givenByHooks(id) > 0 || hooksOf(layers, 'afterResponse').some(({ does }) => does === 'response');
  if (!given && attempts.length === flights.length) {
    attempts.forEach(({ status, outcome }, i) => {
      const { answer, outcome: how, status: seen } = flights[i];
      const final = answer.redirects ? undefined : seen;
      if (outcome === 'success' || outcome === 'http' || status !== undefined) {
        check(how === 'answered', 'attempts', () => `${id}: attempt ${i + 1} is told as ${outcome} ${status}, which the network answered not at all`);
        if (final !== undefined && !answer.odd) check(status === final, 'attempts', () => `${id}: attempt ${i + 1} is told with status ${status}, the network answered ${final}`);
      }
    });
  }
  checkLimits(item, attempts, result, layers, world);
  checkRetries(item, attempts, result, layers, world);
}

/** Time limits are kept, and waits are waited out. */
function checkLimits({ id, call }, attempts, result, layers, world) {
  const slack = SLACK[world.clock.virtual ? 'virtual' : 'real'];
  const isHeld = hooksOf(layers, 'afterResponse').length > 0 || hooksOf(layers, 'onResult').length > 0;
  const { check } = world;
  const attemptLimit = timeoutOf(layers, 'attempt');
  const total = timeoutOf(layers, 'total');
  if (!isHeld) {
    for (const { duration } of attempts) check(duration <= attemptLimit + slack, 'time limits', () => `${id}: an attempt of ${duration} ms, ${attemptLimit} are allowed`);
    if (result) check(result.timings.total <= total + slack, 'time limits', () => `${id}: ${result.timings.total} ms in total, ${total} are allowed`);
    const left = call.beganAt + deadlineOf(call) + slack;
    const settled = call.announced.get(result?.index);
    if (settled !== undefined) check(settled <= left, 'time limits', () => `${id}: it ends at ${settled}, the deadline was at ${left - slack}`);
  }
  attempts.slice(0, -1).forEach(({ startedAt, duration, delay = 0 }, i) => {
    const next = attempts[i + 1].startedAt;
    check(next >= startedAt + duration + delay - 2, 'waits', () => `${id}: a wait of ${delay} ms is told after ${startedAt + duration}, the next attempt is at ${next}`);
  });
}

/** As many retries as there may be, of what may be repeated, each after the wait that the server asked for. */
function checkRetries({ id, as, call }, attempts, result, layers, world) {
  const { check } = world;
  const limit = retryOf(layers, 'limit');
  const refresh = last(layers, 'auth')?.as === 'function' ? 1 : 0;
  check(attempts.length <= limit + 1 + refresh, 'retries', () => `${id}: ${attempts.length} attempts with ${limit} retries`);
  const method = (result?.request.method ?? last(layers, 'method') ?? 'GET').toUpperCase();
  const methods = (retryOf(layers, 'methods') ?? REPEATABLE).map((one) => one.toUpperCase());
  if (!methods.includes(method)) check(attempts.length <= 1 + refresh, 'retries', () => `${id}: ${attempts.length} attempts of a ${method}`);
  attempts.forEach((attempt, i) => {
    const flight = world.network.of(id).filter(({ hop }) => hop === 0)[i];
    const asked = flight?.answer.retryAfter;
    if (attempt.delayedBy === 'retry-after' && typeof asked === 'number' && !flight.answer.redirects) {
      check(attempt.delay >= asked * 1000 - 1, 'waits', () => `${id}: the server asked for ${asked} s, the wait is ${attempt.delay} ms`);
    }
    if (attempt.delay !== undefined && i === attempts.length - 1) return;
  });
  if (as === 'Request' || call.how === 'raw' || result === undefined || result.ok) return;
  checkGivenUp(result, { id, limit, methods, method }, layers, call, world);
}

/** A listed status is tried again until the limit, where nothing else could have ended the request. */
function checkGivenUp({ error, attempts }, { id, limit, methods, method }, layers, call, world) {
  const free = timeoutOf(layers, 'total') === Infinity && deadlineOf(call) === Infinity && !retryOf(layers, 'shouldRetry') && last(layers, 'maxFetches') === undefined;
  const listed = [408, 425, 500, 502, 504].includes(error.status);
  if (!free || !listed || error.code !== 'HTTP' || !methods.includes(method) || last(layers, 'body')?.as === 'stream' || retryOf(layers, 'statusCodes')) return;
  world.check(attempts.length >= limit + 1, 'retries', () => `${id}: it is given up after ${attempts.length} attempts with status ${error.status}, ${limit} retries are allowed`);
}
