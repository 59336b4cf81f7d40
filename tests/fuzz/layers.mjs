/** What the layers of options come to for one request: the client's and those it derives from, the call's, the input's own. */

/** Options of all layers of a request, the outermost first. */
export function layersOf(call, item) {
  const layers = [];
  for (let user = call.user; user; user = user.outer) layers.unshift(user.given.options);
  layers.push(call.json.options);
  if (item && isSpec(item)) layers.push(item.options ?? {});
  else if (item?.as === 'Request' && !item.bad) layers.push(only(item.options ?? {}, ['method', 'signal']));
  if (call.how === 'raw') layers.push({ throwHttpErrors: false, responseType: 'response' });
  if (METHODS[call.how]) layers.push({ method: METHODS[call.how] });
  return layers;
}

const METHODS = { get: 'GET', head: 'HEAD', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' };
export const SHORTCUTS = Object.keys(METHODS);

const isSpec = ({ as, bad, call }) => !bad && (as === 'spec' || as === 'specURL') && (call.how === 'fetchAll' || call.how === 'fetchEach' || call.how === 'fetch');
const only = (object, names) => Object.fromEntries(names.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]));

/** The last word about an option. */
export const last = (layers, name) => layers.findLast((layer) => layer[name] !== undefined)?.[name];

/** One of the four time limits, in milliseconds. */
export function timeoutOf(layers, name) {
  let limit = name === 'attempt' ? 10_000 : Infinity;
  for (const { timeout } of layers) {
    if (timeout === undefined) continue;
    if (timeout === false) limit = Infinity;
    else if (typeof timeout === 'number') limit = name === 'attempt' ? timeout : limit;
    else if (timeout[name] !== undefined) limit = timeout[name] === false ? Infinity : timeout[name];
  }
  return limit;
}

/** A member of `retry`. */
export function retryOf(layers, name) {
  let value = name === 'limit' ? 2 : undefined;
  for (const { retry } of layers) {
    if (retry === undefined) continue;
    const own = retry === false ? { limit: 0 } : typeof retry === 'number' ? { limit: retry } : retry;
    if (own[name] !== undefined) value = own[name];
  }
  return value;
}

/** Hooks of one kind, of all layers. */
export const hooksOf = (layers, kind) => layers.flatMap(({ hooks }) => hooks?.[kind] ?? []);

/** Milliseconds after its begin at which the call's time is up. */
export function deadlineOf({ user, json }) {
  let least = Infinity;
  const consider = ({ deadline }) => {
    if (deadline !== undefined) least = deadline.date ?? deadline;
  };
  const all = [];
  for (let one = user; one; one = one.outer) all.unshift(one.given.options);
  for (const options of [...all, json.options]) consider(options);
  return least;
}

/** Signals that end the whole call: the clients' and its own. */
export function signalsOf(call, world) {
  const numbers = [];
  for (let user = call.user; user; user = user.outer) numbers.push(user.given.options.signal);
  // For the platform's fetch a signal of its own stands in place of the Request's.
  const ofRequest = call.how === 'raw' && call.items[0]?.as === 'Request' ? call.items[0].options?.signal : undefined;
  numbers.push(call.json.options.signal ?? ofRequest);
  return numbers.filter((n) => n !== undefined && world.signals[n] !== undefined).map((n) => world.signals[n]);
}

/** The signal of one input, which fails it alone. */
export const signalOf = (call, item, world) => {
  const own = (isSpec(item) || item.as === 'Request') && call.how !== 'raw' ? item.options?.signal : undefined;
  return own === undefined ? undefined : world.signals[own];
};

/** Whether a client, or one that it derives from, was closed. */
export function closedAt(call) {
  let at;
  for (let user = call.user; user; user = user.outer) if (user.closedAt !== undefined) at = Math.min(at ?? Infinity, user.closedAt);
  return at;
}

/** Whether a status is a failure. */
export function isFailure(layers, status) {
  const said = last(layers, 'throwHttpErrors') ?? true;
  if (said === true) return !((status >= 200 && status < 300) || status === 304);
  return said === false ? false : status >= said.from;
}
