/** Kinds of injection: exceptions, nonsense values, promises that misbehave. */

const { Promise: RealPromise, Proxy: RealProxy } = globalThis;

export const revoked = () => {
  const { proxy, revoke } = RealProxy.revocable(() => {}, {});
  revoke();
  return proxy;
};

/** Claims to be an error of the library, with a code that no request may fail with. */
const lookalike = () => ({ [Symbol.for('fanfetch.error')]: true, code: 'INTERNAL' });

/** Makes an error that throws on every read. */
const unreadable = () => {
  const error = new Error('unreadable');
  // `stack` comes first, since hosts compute it from the other members.
  for (const name of ['stack', 'message', 'code', 'cause', 'name', 'kind', 'error']) {
    Object.defineProperty(error, name, { __proto__: null, get() { throw new Error(`${name} was read`); }, configurable: true });
  }
  return error;
};

const THROWN = {
  'an error': () => new Error('injected'),
  'a revoked proxy': revoked,
  'a lookalike': lookalike,
  'an unreadable error': unreadable,
  undefined: () => undefined,
};

const VALUES = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 7,
  'a string': () => 'nonsense',
  'a symbol': () => Symbol('nonsense'),
  'a bigint': () => 7n,
  'an object': () => ({}),
  'a function': () => () => 'nonsense',
  'a revoked proxy': revoked,
};

/** Values that `new` can return. */
const OBJECTS = ['an object', 'a function', 'a revoked proxy'];

const NEVER = () => new RealPromise(() => {});

/**
 * The kinds. `fits` tells if a kind makes sense at a point; `thrown` makes the exception, `value` the replacement of a result,
 * `settles` names the way in which a promise misbehaves.
 */
export const kinds = [
  ...Object.entries(THROWN).map(([name, thrown]) => ({ name: `throws ${name}`, thrown, fits: ({ sort }) => sort !== 'settle' })),
  ...Object.entries(VALUES).map(([name, value]) => ({ name: `is ${name}`, value, fits: (point) => fitsValue(name, point) })),
  { name: 'is a promise that never settles', value: NEVER, fits: ({ sort, host }) => sort === 'call' && !host },
  ...Object.entries(THROWN).map(([name, thrown]) => ({ name: `rejects with ${name}`, settles: 'rejects', thrown, fits: isPromise })),
  ...Object.entries(VALUES).map(([name, value]) => ({ name: `resolves to ${name}`, settles: 'resolves', value, fits: isPromise })),
  // A clone of the response is read by the user, without the library.
  { name: 'never settles', settles: 'never', fits: (point) => isPromise(point) && !point.id.includes('.clone.') },
  { name: 'rejects at once', settles: 'at once', thrown: THROWN['an error'], fits: isPromise },
  { name: 'settles twice', settles: 'twice', fits: isPromise },
];

function isPromise({ sort }) {
  return sort === 'settle';
}

/** Objects made once for all requests: nonsense here would harm every one of them. */
const MADE_ONCE = /^new (?:TextDecoder|FinalizationRegistry)\(/;
/** Functions with an effect that others wait for: a replacement that does nothing would stop them. */
const CALL_BACK = /^(?:setTimeout|queueMicrotask)(?:#|$)| told\.(?:close|error)(?:#|$)/;

/** Results of void calls are ignored, so one kind is enough for them. */
function fitsValue(name, { id, sort, type }) {
  if (sort === 'new') return OBJECTS.includes(name) && !MADE_ONCE.test(id);
  if (sort === 'call') return type !== 'undefined' || name === 'a revoked proxy';
  if (sort !== 'get') return false;
  // An object with a function `then` is a thenable, and this one would never settle; a copy is awaited by the user alone.
  if (name === 'a function') return !CALL_BACK.test(id) && !(/\.then(?:#|$)/.test(id) && (type === 'undefined' || id.includes('.clone.')));
  return !(type === 'undefined' && name === 'undefined');
}
