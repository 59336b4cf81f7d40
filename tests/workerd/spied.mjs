/** What the runtime forbids while a module is loaded, watched from before the package is. */
export const called = [];

for (const name of ['fetch', 'setTimeout', 'setInterval', 'queueMicrotask', 'AbortController']) {
  const kept = globalThis[name];
  globalThis[name] = new Proxy(kept, {
    apply: (target, self, args) => called.push(name) && Reflect.apply(target, self, args),
    construct: (target, args) => called.push(name) && Reflect.construct(target, args),
  });
}
/** Bytes that instances of WebAssembly have. */
const memories = [];
export const memory = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
const { Instance } = WebAssembly;
WebAssembly.Instance = function (...args) {
  const instance = new Instance(...args);
  memories.push(...Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory));
  return instance;
};
const { random } = Math;
Math.random = () => called.push('random') && random();
