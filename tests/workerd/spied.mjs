/** What the runtime forbids while a module is loaded, watched from before the package is. */
export const called = [];

for (const name of ['fetch', 'setTimeout', 'setInterval', 'queueMicrotask', 'AbortController']) {
  const kept = globalThis[name];
  globalThis[name] = new Proxy(kept, {
    apply: (target, self, args) => called.push(name) && Reflect.apply(target, self, args),
    construct: (target, args) => called.push(name) && Reflect.construct(target, args),
  });
}
const { random } = Math;
Math.random = () => called.push('random') && random();
