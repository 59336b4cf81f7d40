/** The right data: each result is of its own input, once, and all that it shows is of one and the same answer. */
import { closedAt, deadlineOf, isFailure, last, layersOf } from './layers.mjs';

/** Text of whatever data there is, in which an answer's name can be looked up. */
export async function textOf(data) {
  if (data === undefined || data === null) return undefined;
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new TextDecoder().decode(data);
  if (data instanceof Blob) return data.text();
  if (data instanceof FormData) return data.has('id') ? `id=${data.get('id')}&attempt=${data.get('attempt')}` : '';
  try {
    return JSON.stringify(data);
  } catch {
    return undefined;
  }
}

/** The request and the attempt that an answer names. */
export function nameIn(text) {
  const [, id] = /\b(?:id|key)["=:]+"?([a-z]\w*)/.exec(text ?? '') ?? [];
  const [, attempt] = /\battempt["=:]+"?(\d+)/.exec(text ?? '') ?? [];
  return { id, attempt: attempt === undefined ? undefined : Number(attempt) };
}

/** All results of a call. */
export async function checkResults(call, world) {
  const { check } = world;
  const { results, outcome, how, pull } = call;
  const seen = new Set();
  for (const [place, result] of results.entries()) {
    if (typeof result !== 'object' || result === null) {
      check(false, 'one result each', () => `${call.id}: the result at ${place} is ${result}`);
      continue;
    }
    const { index } = result;
    check(!seen.has(index), 'one result each', () => `${call.id}: index ${index} comes twice`);
    seen.add(index);
    if (how === 'fetchAll') check(index === place, 'one result each', () => `${call.id}: index ${index} is at place ${place}`);
    if (how === 'fetchEach' && call.json.options.ordered && call.left === undefined) check(index === place, 'ordered', () => `${call.id}: index ${index} comes at place ${place}`);
    const item = pull.taken[index];
    check(item !== undefined, 'one result each', () => `${call.id}: index ${index} is of no input`);
    if (item) await checkResult(result, item, world);
  }
  const isWhole = how === 'fetchAll' ? outcome.results !== undefined : outcome.end === 'done' && call.left === undefined;
  if (!isWhole) return;
  // An async input that comes in the moment in which its call ends early may have been handed to nobody.
  const lost = call.json.inputs.as === 'asyncIterator' && (closedAt(call) !== undefined || deadlineOf(call) < Infinity) ? 1 : 0;
  const missing = pull.taken.length - results.length;
  check(missing >= 0 && missing <= lost, 'one result each', () => `${call.id}: ${results.length} results of ${pull.taken.length} inputs`);
}

async function checkResult(result, item, world) {
  const { check } = world;
  const { id, call, value } = item;
  const { ok, request, status, headers, data, error, attempts } = result;
  check(request.input === value || Object.is(request.input, value), 'right request', () => `${id}: the result's input is another`);
  if (item.as === 'spec' && !item.bad && call.how !== 'raw') check(request.tag === id, 'right request', () => `${id}: the tag is ${String(request.tag)}`);
  if (!item.bad) {
    check(request.url === item.url, 'right request', () => `${id}: the result's URL is ${request.url}`);
    if (result.url) check(world.network.idIn(result.url) === id, 'right data', () => `${id}: it came from ${result.url}`);
  }
  // Those who share a fetch tell of attempts that were made before they came.
  if (world.ownersOf(id).length === 1) checkTimes(result, item, world);
  const head = typeof headers?.get === 'function' ? headers.get('x-id') : undefined;
  if (head) check(head === id, 'right data', () => `${id}: the headers are those of ${head}`);
  const shown = await textOf(ok ? data : error?.data);
  const named = nameIn(shown);
  if (named.id !== undefined) {
    // The server's keys have the scenario's number behind them.
    check(named.id === id || named.id.startsWith(`${id}r`), 'right data', () => `${id}: the data are those of ${named.id}`);
    const of = Number(headers?.get?.('x-attempt'));
    if (head && named.attempt !== undefined) check(of === named.attempt, 'right data', () => `${id}: headers of attempt ${of}, data of attempt ${named.attempt}`);
  }
  if (ok) checkSuccess(result, item, named, world);
  else check(data === undefined && typeof error?.code === 'string', 'shape', () => `${id}: a failure without an error that has a code: ${error}`);
  if (ok) check(status !== undefined && attempts.length > 0, 'shape', () => `${id}: a success without a status or attempt`);
}

function checkSuccess(result, item, named, world) {
  const { check } = world;
  const { id, call } = item;
  const layers = layersOf(call, item);
  const { status, data, bytes } = result;
  check(!isFailure(layers, status) || result.headers?.get?.('x-by'), 'throwHttpErrors', () => `${id}: a success with status ${status}`);
  const most = last(layers, 'maxBytes');
  if (most !== undefined && bytes !== undefined) check(bytes <= most, 'maxBytes', () => `${id}: ${bytes} bytes, ${most} are allowed`);
  const flights = world.network.of(id).filter(({ hop }) => hop === 0);
  const shared = world.ownersOf(id).length > 1;
  const head = result.headers?.get?.('x-attempt');
  if (head && result.headers.get('x-id') && !shared && flights.length > 0 && !result.headers.get('x-by')) {
    check(Number(head) === flights.length, 'right data', () => `${id}: the answer to attempt ${head} of ${flights.length}`);
  }
  const schema = last(layers, 'schema');
  const type = last(layers, 'responseType') ?? 'auto';
  if (schema && !['stream', 'response', 'none'].includes(type)) {
    const isMade = schema.does === undefined && typeof data === 'object' && 'schema' in data;
    check(isMade, 'schema', () => `${id}: a schema that ${schema.does ?? 'is content'} gave ${JSON.stringify(data)}`);
  } else {
    checkType(type, data, result, id, world);
  }
}

const TYPES = {
  text: (data) => typeof data === 'string',
  bytes: (data) => data instanceof Uint8Array,
  arrayBuffer: (data) => data instanceof ArrayBuffer,
  blob: (data) => data instanceof Blob,
  formData: (data) => data instanceof FormData,
  none: (data) => data === undefined,
  stream: (data) => typeof data?.getReader === 'function',
  response: (data) => typeof data?.status === 'number',
};

function checkType(type, data, result, id, { check }) {
  if (TYPES[type]) check(TYPES[type](data), 'right data', () => `${id}: a ${Object.prototype.toString.call(data)} for responseType ${type}`);
}

function checkTimes({ attempts, timings }, { id }, { check }) {
  for (const name of ['queued', 'waited', 'total']) check(timings?.[name] >= 0, 'times', () => `${id}: timings.${name} is ${timings?.[name]}`);
  check(timings.queued + timings.waited <= timings.total + 2, 'times', () => `${id}: ${JSON.stringify(timings)}`);
  let from = 0;
  for (const attempt of attempts) {
    check(attempt.startedAt >= from - 2 && attempt.duration >= 0, 'times', () => `${id}: ${JSON.stringify(attempts)}`);
    from = attempt.startedAt + attempt.duration + (attempt === attempts.at(-1) ? 0 : attempt.delay ?? 0);
  }
  check(from <= timings.total + 2, 'times', () => `${id}: the last attempt ends at ${from}, the request at ${timings.total}`);
}
