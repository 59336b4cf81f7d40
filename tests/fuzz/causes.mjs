/** No failure without its cause: what is said to have gone wrong did, for this very request. */
import { closedAt, deadlineOf, hooksOf, isFailure, last, layersOf, retryOf, signalOf, timeoutOf } from './layers.mjs';

/** The error of one request, of a result or a rejection. */
export function checkCause(error, item, world) {
  const { id } = item;
  const { check } = world;
  const { code } = error;
  check(code !== 'INTERNAL', 'never INTERNAL', () => `${id}: ${error.message} ${error.cause?.stack ?? ''}`);
  if (code === 'INTERNAL') return;
  // Options that may not be are the shrinking's, not the scenario's.
  if (code === 'INPUT' && error.cause?.code === 'OPTION' && !item.bad) world.crashed ??= error;
  const test = CAUSES[code];
  // Who shares a fetch has what comes of it from the first who asked.
  const owners = world.ownersOf(id).length > 1 ? world.ownersOf(id) : [item];
  const why = test !== undefined && owners.concat(item).some((one) =>
    test({ error, item: one, layers: layersOf(one.call, one), world, call: one.call, flights: world.network.of(id) }) !== false);
  const what = () => `${id} fails with ${code} ${error.phase ?? error.status ?? ''} (${error.message})`;
  check(why, 'causes', () => `${what()}, for which there is no cause; fetches: ${seen(world, id)}`);
  checkWords(error, item, world);
}

function seen(world, id) {
  const all = world.network.of(id).map(({ hop, attempt, outcome, ended, answer }) => `${attempt}.${hop} ${outcome} ${ended} ${JSON.stringify(answer)}`);
  return all.join('; ') || 'none';
}

function checkWords(error, { id, bad, url }, { check }) {
  check(error instanceof Error && error.message.length > 0, 'shape', () => `${id}: the error says nothing`);
  if (!bad && error.url) check(error.url === url, 'right request', () => `${id}: the error is that of ${error.url}`);
  const plain = JSON.parse(JSON.stringify(error));
  check(plain.code === error.code, 'shape', () => `${id}: toJSON gives ${JSON.stringify(plain)}`);
}

const throws = ({ does }) => does === 'throw' || does === 'reject' || does === 'read';
const anyHook = (layers, test) => ['beforeRequest', 'afterResponse', 'beforeRetry', 'onResult'].some((kind) => hooksOf(layers, kind).some(test));
const odd = (flights) => flights.some(({ answer }) => answer.odd || answer.badChunk || answer.thenable);
const byHook = (layers) => anyHook(layers, ({ does }) => does === 'response' || does === 'request');
const aborts = (call, item, world) => signalOf(call, item, world)?.signal.aborted === true;

const CAUSES = {
  HTTP: ({ error, layers, flights, item, world }) => {
    if (!isFailure(layers, error.status)) return false;
    if (byHook(layers)) return true;
    const last = flights.at(-1);
    return world.ownersOf(item.id).length > 1 ? flights.some((one) => statusOf(one) === error.status) : statusOf(last) === error.status || odd(flights.slice(-1));
  },
  NETWORK: ({ flights, item, world, layers }) => {
    const last = flights.slice(world.ownersOf(item.id).length > 1 ? 0 : -1);
    const lost = ({ outcome, answer }) => outcome === 'rejected' || answer.redirects || answer.does === 'reject' || answer.does === 'throw';
    return last.some(lost) || odd(last) || byHook(layers);
  },
  TIMEOUT: ({ error: { phase, limit }, call, item, world }) => {
    if (phase === 'deadline') return deadlineOf(call) < Infinity;
    // A shared fetch has the limits of the first who asked.
    return world.ownersOf(item.id).concat(item).some((one) => {
      const own = timeoutOf(layersOf(one.call, one), phase === 'queue' ? 'total' : phase);
      return own < Infinity && limit === own;
    });
  },
  ABORTED: ({ item, world, call }) => aborts(call, item, world) || (call.user !== undefined && call.user.root.cancels > 0),
  BODY_TRUNCATED: ({ flights, layers, item }) => {
    const isBroken = ({ answer, body }) => body?.state === 'broken' || answer.breakAfter !== undefined;
    return flights.some(isBroken) || odd(flights) || byHook(layers) || item.shared !== undefined;
  },
  BODY_TOO_LARGE: ({ layers }) => last(layers, 'maxBytes') !== undefined,
  BODY_LENGTH: ({ layers }) => last(layers, 'expectedBytes') !== undefined,
  BODY_PARSE: ({ layers, flights }) => ['json', 'formData'].includes(last(layers, 'responseType'))
    || flights.some(({ answer }) => answer.type === 'unparsable') || odd(flights) || byHook(layers),
  BODY_SCHEMA: ({ layers }) => ['fail', 'odd', 'nothing'].includes(last(layers, 'schema')?.does),
  BUDGET_EXHAUSTED: ({ layers }) => last(layers, 'maxFetches') !== undefined,
  INPUT: ({ item, layers }) => item.bad !== undefined || mayNotBeSent(layers, item) || byHook(layers),
  HOOK: ({ layers, flights }) => anyHook(layers, throws) || byHook(layers) || anyHook(layers, ({ does }) => does === 'clone') || throwing(layers)
    || flights.some(({ answer }) => answer.odd === 'used' || answer.odd === 'locked'),
  CLOSED: ({ call }) => closedAt(call) !== undefined,
};

/** Bodies that methods have not, and functions that give none. */
const mayNotBeSent = (layers, item) => last(layers, 'body') !== undefined || last(layers, 'json') !== undefined || item.options?.body !== undefined || item.shared !== undefined;

const throwing = (layers) => {
  const auth = last(layers, 'auth');
  const schema = last(layers, 'schema');
  return auth?.fails !== undefined || last(layers, 'body')?.fails !== undefined || ['throw', 'nothing', 'odd'].includes(schema?.does)
    || ['shouldRetry', 'delay', 'jitter'].some((name) => retryOf(layers, name)?.throws === true);
};

const statusOf = (flight) => (flight?.outcome === 'answered' ? flight.status : undefined);
