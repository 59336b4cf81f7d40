/** Inputs of a call as it is given them: each kind of iterable, each kind of input, good and bad, and what was pulled of them. */
import { optionsOf } from './functions.mjs';
import { hooksOf, last, layersOf } from './layers.mjs';

const refuse = () => { throw new Error('a proxy throws'); };

/** Inputs that cannot be sent; each fails its own result alone. */
const BAD = {
  number: () => 5,
  null: () => null,
  undefined: () => undefined,
  symbol: () => Symbol('input'),
  empty: () => ({}),
  brackets: () => 'http://[::bad',
  relative: () => '/nowhere',
  scheme: () => 'ftp://h0.test/x',
  urlNumber: () => ({ url: 5 }),
  newline: () => 'http://h0.test/a\nb',
  option: () => ({ url: 'http://h0.test/x', timeuot: 5 }),
  header: () => ({ url: 'http://h0.test/x', headers: { 'x-bad': 'S3CR3T\n' } }),
  getter: () => ({ get url() { throw new Error('a getter of the input throws'); } }),
  getterOption: () => ({ url: 'http://h0.test/x', get headers() { throw new Error('a getter of the input throws'); } }),
  getBody: () => ({ url: 'http://h0.test/x', method: 'GET', body: 'S3CR3T' }),
  proxy: () => new Proxy({}, { get: refuse, has: refuse, getOwnPropertyDescriptor: refuse, ownKeys: refuse, getPrototypeOf: refuse }),
};
export const BAD_INPUTS = Object.keys(BAD);

/** Items of a call, with the value that the call is given for each. */
export function itemsOf(call, world) {
  const { list } = call.json.inputs;
  const isBatch = call.how === 'fetchAll' || call.how === 'fetchEach';
  return (isBatch ? list : list.slice(0, 1)).map((given, place) => {
    const item = { ...given, place, call, id: idOf(call, given, place) };
    item.url = world.network.addressOf(item);
    item.value = valueOf(item, call, world);
    return item;
  });
}

/** Several inputs of a call may be one address, and so may those of calls on one client. */
const idOf = (call, { shared }, place) => (shared === undefined ? `${call.id}i${place}` : `s${call.family}x${shared}`);

function valueOf(item, call, world) {
  const { as = 'string', bad, url, options = {} } = item;
  if (bad) return BAD[bad]();
  switch (as) {
    case 'string': return url;
    case 'URL': return new URL(url);
    case 'Request': {
      const { method = 'GET', ...own } = optionsOf(options, world, call, item);
      const body = /^(get|head)$/i.test(method) ? undefined : own.body;
      return new Request(url, { method, body, duplex: 'half', headers: { 'x-item': item.id }, ...(own.signal && { signal: own.signal }) });
    }
    default: return { url: as === 'specURL' ? new URL(url) : url, tag: item.id, ...optionsOf(options, world, call, item) };
  }
}

/** The iterable of a call; what is pulled of it is noted in the call. */
export function iterableOf(call, world) {
  const { as = 'array', throwsAt, every } = call.json.inputs;
  const { items, pull } = call;
  if (as === 'array' || as === 'set') {
    pull.taken = items;
    const values = items.map(({ value }) => value);
    pull.isList = true;
    return as === 'set' && new Set(values).size === values.length ? new Set(values) : values;
  }
  let place = 0;
  const give = () => {
    if (pull.ended) return { value: undefined, done: true };
    if (place === throwsAt) {
      pull.ended = 'threw';
      pull.threw = { error: new Error('the inputs throw') };
      throw pull.threw.error;
    }
    if (place >= items.length) {
      pull.ended = 'done';
      return { value: undefined, done: true };
    }
    const item = items[place++];
    pull.taken.push(item);
    return { value: item.value, done: false };
  };
  const next = () => {
    world.check(!pull.ended, 'inputs', () => `${call.id}: the inputs are asked again after they have ended (${pull.ended})`);
    world.context(call, 'the iterator');
    checkRoom(call, world);
    return give();
  };
  const end = () => {
    // Of an async one that has just ended nobody may know yet.
    world.check(!pull.ended || (as === 'asyncIterator' && pull.ended !== 'returned'), 'inputs', () => `${call.id}: return() is called after the inputs have ended (${pull.ended})`);
    pull.ended = 'returned';
    return { value: undefined, done: true };
  };
  if (as === 'iterator') return { [Symbol.iterator]: () => ({ next, return: end }) };
  const nextLater = async () => {
    world.check(!pull.ended, 'inputs', () => `${call.id}: the inputs are asked again after they have ended (${pull.ended})`);
    world.check((pull.asking += 1) === 1, 'inputs', () => `${call.id}: an async iterator is asked for two inputs at a time`);
    checkRoom(call, world);
    if (every) await world.sleep(every);
    pull.asking -= 1;
    return give();
  };
  return { [Symbol.asyncIterator]: () => ({ next: nextLater, return: async () => end() }) };
}

/** An input is pulled only when a slot is free and few enough results wait to be read. */
function checkRoom(call, world) {
  const layers = layersOf(call);
  // Those look ahead for another host, or hold no slot while the user's code runs.
  if (call.how !== 'fetchEach' || call.exempt || ['concurrencyPerHost', 'rateLimit', 'auth', 'body', 'dedupe', 'deadline'].some((name) => last(layers, name) !== undefined)) return;
  const isHooked = ['beforeRequest', 'onResult', 'afterResponse', 'beforeRetry'].some((kind) => hooksOf(layers, kind).length > 0);
  if (isHooked || call.items.some(({ options }) => options?.body || options?.auth)) return;
  const concurrency = call.json.options.concurrency ?? (call.user ? Infinity : 32);
  const { highWaterMark = concurrency } = call.json.options;
  const flights = ({ id }) => world.network.of(id);
  const waiting = call.pull.taken.filter((item) => flights(item).length > 0 && !flights(item).some(({ isOpen }) => isOpen)).length;
  const ahead = call.pull.taken.length - call.results.length;
  // Several reads at once take their results together; a finished one that is being read has no open fetch either.
  world.check(ahead <= concurrency + highWaterMark + 3 || ahead <= concurrency + waiting, 'back-pressure',
    () => `${call.id}: an input is pulled with ${ahead} ahead of the reader; ${concurrency} at once, ${highWaterMark} unread`);
}
