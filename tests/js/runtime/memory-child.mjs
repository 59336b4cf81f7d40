/**
 * Runs the same batch ten times over and prints the size of the wasm memory after each, as JSON. The package does not show
 * its memory, so each instance that is made is asked for it.
 */
import { answer } from '../../helpers/fakes.mjs';

const memories = new Set();
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args, newTarget) {
    const instance = Reflect.construct(target, args, newTarget);
    // Node's fetch brings a parser in wasm of its own.
    const memory = 'llhttp_alloc' in instance.exports ? [] : Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory);
    memory.forEach((each) => memories.add(each));
    return instance;
  },
});

const { fetchAll } = await import('../../helpers/fanfetch.mjs');

/** Every way in which an attempt ends, in turn. */
const ways = [
  () => answer(), () => answer(503), () => answer(503, { 'retry-after-ms': '1' }), () => answer(404), () => answer(200, {}, '{oops'),
  () => { throw new TypeError('Failed to fetch'); }, () => new Promise(() => {}),
  () => new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) })),
];

async function batch(size, concurrency) {
  let turn = 0;
  const fetch = async () => ways[turn++ % ways.length]();
  const urls = Array.from({ length: size }, (_, i) => `http://host-${i % 50}.invalid/${i}`);
  await fetchAll([...urls, 'not a url', 5], { fetch, concurrency, timeout: 20, maxBytes: 1e6, retry: { limit: 2, delay: 1, jitter: 'none', budget: false } });
}

// Twice the load first: how full the memory once was depends on the timing, how it grows must not.
await batch(6000, 200);
const sizes = [];
for (let round = 0; round < 10; round++) {
  await batch(3000, 100);
  sizes.push([...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
}
console.log(JSON.stringify(sizes));
