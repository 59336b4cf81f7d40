/** Calls reject only for the reasons that the contract names, and settle when they have one. */
import * as fanfetch from '../helpers/fanfetch.mjs';
import { closedAt, last, layersOf, signalsOf } from './layers.mjs';

const PROMPT = { virtual: 3, real: 1500 };

export function checkRejection(call, world) {
  const { outcome, id, how, pull, items } = call;
  if (!Object.hasOwn(outcome, 'error')) return;
  const { error } = outcome;
  const why = reasonOf(error, call, world);
  const unread = (how === 'fetchAll' || how === 'fetchEach') && error?.code === 'OPTION';
  if (error?.code === 'OPTION' && error.option !== 'responseType') world.crashed ??= error;
  world.check(why !== undefined || unread, 'rejections', () => `${id} (${how}) rejects with ${show(error)}${pull.isList ? '' : ', inputs one by one'}, of ${items.length}`);
  if (why === 'single') checkSingle(error, call, world);
}

/** Why a call may reject so. */
function reasonOf(error, call, world) {
  const { how, pull, json, user } = call;
  const isBatch = how === 'fetchAll' || how === 'fetchEach';
  const stops = isBatch && (json.options.stopOnError ?? last(layersOf(call), 'stopOnError'));
  if (signalsOf(call, world).some(({ signal }) => signal.aborted && signal.reason === error)) return 'signal';
  if (pull.threw && pull.threw.error === error) return 'inputs';
  if (error?.code === 'CLOSED' && closedAt(call) !== undefined) {
    if (stops) return 'first failure';
    const before = closedAt(call) <= call.startedAt || !isBatch;
    return before || !pull.isList || how === 'fetchEach' || how === 'raw' ? 'closed' : undefined;
  }
  if (isBatch) return stops && fanfetch.isFanFetchError(error) && error.code !== 'INTERNAL' ? 'first failure' : undefined;
  const [item] = call.items;
  if (fanfetch.isFanFetchError(error)) return error.code === 'INTERNAL' ? undefined : 'single';
  if (how !== 'raw') return error?.code === 'OPTION' ? 'option' : undefined;
  // A drop-in fetch rejects as the host does.
  const own = item?.as === 'Request' ? world.signals[item.options?.signal] : undefined;
  if (own?.signal.aborted && own.signal.reason === error) return 'signal';
  return error instanceof TypeError || user?.fetch ? 'host' : undefined;
}

/** The error of one request is that of this request. */
function checkSingle(error, call, world) {
  const [item] = call.items;
  if (item.bad || !error.url) return;
  world.check(error.url === item.url, 'right request', () => `${call.id}: it rejects with the error of ${error.url}`);
}

/** What has to end at a moment ends then. */
export function checkPromptness(call, world) {
  const { settledAt, id, user } = call;
  const slack = PROMPT[world.clock.virtual ? 'virtual' : 'real'];
  if (settledAt === undefined) return;
  // Whose hooks and readers take their time.
  const waits = layersOf(call).some(({ hooks }) => hooks?.onResult) || call.json.reader || call.json.inputs.every;
  for (const { abortedAt, signal } of signalsOf(call, world)) {
    if (waits || abortedAt === undefined || abortedAt < call.startedAt || settledAt <= abortedAt) continue;
    world.check(settledAt <= abortedAt + slack, 'promptness', () => `${id}: aborted at ${abortedAt} (${show(signal.reason)}), settled at ${settledAt}`);
  }
  const closed = user && closedAt(call);
  if (closed !== undefined && closed >= call.startedAt && settledAt > closed && !waits) {
    world.check(settledAt <= closed + slack, 'promptness', () => `${id}: its client was closed at ${closed}, it settled at ${settledAt}`);
  }
}

export const show = (error) => {
  try {
    return `${Object.prototype.toString.call(error)} ${error?.code ?? ''} ${String(error)}`;
  } catch {
    return 'something that cannot be shown';
  }
};
