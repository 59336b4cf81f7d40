/**
 * Runs the same calls ten times over and prints the size of the wasm memory after each, as JSON:
 * `node memory-child.mjs <site as JSON>`. The package does not show its memory, so each instance that is made is asked for it.
 */
const memories = new Set();
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args, newTarget) {
    const instance = Reflect.construct(target, args, newTarget);
    // Node's fetch brings a parser in wasm of its own.
    if (!('llhttp_alloc' in instance.exports)) Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory).forEach((memory) => memories.add(memory));
    return instance;
  },
});

const { fetchAll } = await import('./fanfetch.mjs');
const { origins } = JSON.parse(process.argv[2]);
const paths = ['/ok', '/status/503', '/reset', '/truncate', '/bad-json', '/hang', '/huge?bytes=300000'];
const sizes = [];
for (let round = 0; round < 10; round++) {
  const requests = Array.from({ length: 700 }, (_, i) => `${origins[i % 4]}${paths[i % paths.length]}${paths[i % paths.length].includes('?') ? '&' : '?'}key=${round}-${i}`);
  await fetchAll([...requests, 'not a url', 5], { concurrency: 100, timeout: 100, retry: { limit: 1, delay: 1, budget: false } });
  sizes.push([...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
}
console.log(JSON.stringify(sizes));
