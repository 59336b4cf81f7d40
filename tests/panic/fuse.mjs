/** Makes the wasm of `trapping.mjs` trap, and looks after its instances; to be imported before the first call. */

/**
 * Where: the functions of the wasm that are called from outside. `told` is what exchanges and sinks call, `ring` what timers
 * call, `poll` the microtask that goes on with the tasks that were woken by something else than a promise.
 */
export const PLACES = ['run', 'engine.new', 'engine.inner', 'engine.run', 'engine.turn', 'engine.stats', 'told', 'poll', 'ring'];

/** How: in the place of what it does, or after it, by an `unreachable`; or in its place by a recursion without end. */
export const KINDS = ['before', 'after', 'overflow'];

/** What it was compiled to. */
export const modules = new Set();

let exports;
let instances = [];

/** The next time that the wasm is called there, it traps. */
export const setFuse = (place, kind = KINDS[0]) => {
  exports.kind.value = KINDS.indexOf(kind);
  exports.fuse.value = PLACES.indexOf(place) + 1;
};

/** Whether it has, since. */
export const isBlown = () => exports.fuse.value === 0;

/** How many instances there are that nobody has collected. */
export const alive = () => (instances = instances.filter((each) => each.deref() !== undefined)).length;

let made = 0;
/** How many there have been. */
export const instantiated = () => made;

const keep = (module, instance) => {
  // Node has others.
  if (instance.exports.fuse === undefined) return instance;
  modules.add(module);
  made += 1;
  exports = instance.exports;
  instances.push(new WeakRef(exports.fuse));
  return instance;
};

const { Instance, instantiate } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, { construct: (target, given) => keep(given[0], Reflect.construct(target, given)) });
WebAssembly.instantiate = async (given, imports) => {
  const answer = await instantiate(given, imports);
  keep(answer.module ?? given, answer.instance ?? answer);
  return answer;
};
