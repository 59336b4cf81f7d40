/**
 * Fetches 10,000 small answers from the address given and prints what their results hold of the heap, as JSON: bytes for each
 * result, and those without its headers, which are Node's own. Run it with `--expose-gc`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { fetchAll } from '../../helpers/fanfetch.mjs';

const COUNT = 10_000;
const urls = Array.from({ length: COUNT }, (_, i) => `${process.argv[2]}/ok?key=${i % 10}`);

/** Finalizers run between collections, and what they let go of is dead only after them. */
async function liveHeap() {
  for (let i = 0; i < 6; i++) {
    gc();
    await turn();
  }
  gc();
  return process.memoryUsage().heapUsed;
}

// Compiled code, connections and caches belong to the start.
await fetchAll(urls.slice(0, 3000));
const before = await liveHeap();
const results = await fetchAll(urls);
const whole = await liveHeap() - before;
const count = results.filter(({ ok, data }) => ok && data.ok).length;
for (const result of results) result.headers = undefined;
const own = await liveHeap() - before;
console.log(JSON.stringify({ count, whole: whole / COUNT, own: own / COUNT }));
