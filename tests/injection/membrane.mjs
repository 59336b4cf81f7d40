/**
 * Doubles of foreign objects: every read, call and construction is a point (`probe.mjs`). Results are doubled in turn, and
 * arguments are unwrapped, so that the host gets its own objects.
 *
 * A root describes an object's origin: `owner` names the call or request that may fail by it, `host` marks the host's objects,
 * and the rest is for the verdict (`verdict.mjs`).
 */
import { isHit, mute, settling, visit } from './probe.mjs';

const { Promise: RealPromise, Proxy: RealProxy, Response: RealResponse } = globalThis;
const bytesOfAnother = new TextEncoder().encode('{"url":"another"}');

let doubles;
let methods;
let adapters;
const bare = new WeakMap();

/** Forgets the doubles of the previous run; those that the library still holds go on working. */
export const renew = () => {
  [doubles, methods, adapters] = [new WeakMap(), new WeakMap(), new WeakMap()];
};
renew();

/** Unwraps a double; other values are returned as they are. */
export const unwrap = (value) => (isObject(value) ? bare.get(value) ?? value : value);

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** True for objects with internal slots that a double cannot have. */
const isLeaf = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Date;

/** Doubles a foreign object, always by the same double. */
export const wrap = (value, label, root) => {
  if (!isObject(value) || bare.has(value) || isLeaf(value)) return value;
  const known = doubles.get(value);
  if (known !== undefined) return known;
  if (typeof value === 'function') return methodDouble(value, label, root);
  return remember(value, value instanceof RealPromise ? promiseDouble(value, label, root) : objectDouble(value, label, root));
};

/** Doubles a foreign object under a name of its own. */
export const name = (value, label, root) => (isObject(value) ? remember(value, objectDouble(value, label, root)) : value);

const remember = (value, double) => {
  doubles.set(value, double);
  bare.set(double, value);
  return double;
};

/** Doubles a function for one place: many objects share their methods. */
const methodDouble = (value, label, root) => {
  if (!methods.has(value)) methods.set(value, new Map());
  const places = methods.get(value);
  const found = places.get(label);
  if (found?.root === root) return found.double;
  const double = objectDouble(value, label, root);
  bare.set(double, value);
  places.set(label, { root, double });
  return double;
};

/** Makes an empty proxy target, so that no invariant binds the answers to it. */
const shadowOf = (value) => {
  if (typeof value === 'function') return function () {}.bind();
  return Array.isArray(value) ? [] : {};
};

const nameOf = (key) => (typeof key === 'symbol' ? `[${key.description}]` : key);

const objectDouble = (value, label, root) => {
  const trap = (name, act) => visit(root, `${label} [${name}]`, 'trap', act);
  return new RealProxy(shadowOf(value), {
    __proto__: null,
    get: (_, key) => {
      const place = `${label}.${nameOf(key)}`;
      return visit(root, place, 'get', () => wrap(Reflect.get(value, key, value), place, root));
    },
    set: (_, key, given) => trap(`set ${nameOf(key)}`, () => Reflect.set(value, key, unwrap(given), value)),
    has: (_, key) => trap(`has ${nameOf(key)}`, () => Reflect.has(value, key)),
    deleteProperty: (_, key) => trap(`delete ${nameOf(key)}`, () => Reflect.deleteProperty(value, key)),
    ownKeys: () => trap('ownKeys', () => Reflect.ownKeys(value)),
    getPrototypeOf: () => trap('getPrototypeOf', () => Reflect.getPrototypeOf(value)),
    getOwnPropertyDescriptor: (shadow, key) => trap(`descriptor ${nameOf(key)}`, () => described(value, key, shadow, `${label}.${nameOf(key)}`, root)),
    defineProperty: (_, key, descriptor) => trap(`define ${nameOf(key)}`, () => Reflect.defineProperty(value, key, descriptor)),
    apply: (_, self, args) => {
      const its = root.of?.(args) ?? root;
      const place = `${label}()`;
      return visit(its, place, 'call', () => wrap(Reflect.apply(value, unwrap(self), handed(args, place, its)), place, its));
    },
    construct: (_, args) => {
      const place = `new ${label}()`;
      return visit(root, place, 'new', () => wrap(Reflect.construct(value, handed(args, place, root)), place, root));
    },
  });
};

/** Describes a property in a way that an empty target allows. */
const described = (value, key, shadow, label, root) => {
  const found = Reflect.getOwnPropertyDescriptor(value, key);
  if (found === undefined) return undefined;
  if ('value' in found) found.value = wrap(found.value, label, root);
  return { ...found, __proto__: null, configurable: Reflect.getOwnPropertyDescriptor(shadow, key)?.configurable ?? true };
};

/** Unwraps arguments for foreign code, and adapts the library's callbacks so that they receive doubles. */
const handed = (args, label, root) => args.map((each) => {
  if (bare.has(each)) return unwrap(each);
  // A registry holds the library's own objects, by identity.
  if (label === 'new FinalizationRegistry()') return (held) => mute(() => each(held));
  if (label.startsWith('new FinalizationRegistry()')) return each;
  if (typeof each === 'function') return adapter(each, label, root);
  if (!isPlain(each)) return each;
  const copy = Array.isArray(each) ? [...each] : { ...each };
  for (const key of Object.keys(copy)) copy[key] = typeof copy[key] === 'function' && !bare.has(copy[key]) ? adapter(copy[key], `${label}.${key}`, root) : unwrap(copy[key]);
  return copy;
});

const isPlain = (value) => {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
};

/** Adapts a callback of the library, always by the same function. */
const adapter = (act, label, root) => {
  let made = adapters.get(act);
  if (made === undefined) {
    made = function (...args) {
      return unwrap(act.apply(this, args.map((each) => wrap(each, `${label} told`, root))));
    };
    adapters.set(act, made);
  }
  return made;
};

/** Doubles a promise by a thenable, which may settle otherwise, never or twice. */
const promiseDouble = (promise, label, root) => {
  const told = (act) => (typeof act === 'function' ? (value) => act(wrap(value, `${label}~`, root)) : act);
  const then = (onValue, onError) => {
    const other = settling(root, `${label}~`);
    if (other === undefined) return promise.then(told(onValue), told(onError));
    promise.then(undefined, () => {});
    const { how, given } = other;
    if (how === 'never') return new RealPromise(() => {});
    if (how === 'at once') return RealPromise.resolve(onError?.(given));
    if (how === 'rejects') return RealPromise.reject(given).then(onValue, onError);
    // Called directly, since a promise would read `then` of the value.
    if (how === 'resolves') return promise.then(() => onValue?.(given), () => onValue?.(given));
    return promise.then((value) => {
      const result = told(onValue)?.(value);
      onValue?.(another(value));
      onError?.(new Error('settled twice'));
      return result;
    }, told(onError));
  };
  const methods = { then, catch: (onError) => then(undefined, onError), finally: (act) => promise.finally(act) };
  return new RealProxy({}, {
    __proto__: null,
    get(_, key) {
      try {
        return visit(root, `${label}.${nameOf(key)}`, 'get', () => methods[key] ?? promise[key]);
      } finally {
        // The library may not have attached a handler.
        if (isHit()) promise.then(undefined, () => {});
      }
    },
    getPrototypeOf: () => RealPromise.prototype,
  });
};

/** Makes a different value of the same kind. */
const another = (value) => {
  const bytes = bytesOfAnother.slice();
  if (value instanceof ArrayBuffer) return bytes.buffer;
  if (value instanceof RealResponse) return new RealResponse(bytes, { headers: { 'content-type': 'application/json' } });
  return typeof value === 'object' && value !== null && 'done' in value ? { done: !value.done, value: bytes } : {};
};
