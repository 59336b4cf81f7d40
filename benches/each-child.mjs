// One way of handing out results as they complete, in a process of its own.
import { setImmediate as turn } from 'node:timers/promises';
import { wasmBytes } from './wasm-memory.mjs';
import { answerWith } from './children.mjs';
import { eachContenders } from './each-contenders.mjs';
import { fakes } from './fake-fetch.mjs';

const CONCURRENCY = 32;
const LOOKS = 10;

let each;
const tasks = { setUp, time, heap };

answerWith(({ task, ...settings }) => tasks[task](settings));

/** @returns {Promise<boolean>} whether there is such a thing at all */
async function setUp({ contender, entry, count }) {
  globalThis.fetch = fakes.shared;
  each = await eachContenders[contender](entry);
  if (each) await time({ count });
  return each !== undefined;
}

async function time({ count }) {
  gc();
  await turn();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let results = 0;
  for await (const _ of each(lazyUrls(count), CONCURRENCY)) results++;
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  if (results !== count) throw new Error(`${results} results for ${count} inputs`);
  return { elapsed, cpu: (user + system) / count };
}

/** The growth of the live heap and of the wasm memory, from the first results to any later look. */
async function heap({ count }) {
  const seen = new Uint8Array(count);
  const every = Math.floor(count / LOOKS);
  let first;
  let growth = 0;
  let results = 0;
  let indexed = false;
  for await (const result of each(lazyUrls(count), CONCURRENCY)) {
    if (result?.request) {
      seen[result.index]++;
      indexed = true;
    }
    if (++results === 1_000) first = await look();
    else if (results % every === 0) growth = Math.max(growth, (await look()).heap - first.heap);
  }
  if (results !== count) throw new Error(`${results} results for ${count} inputs`);
  if (indexed && !seen.every((times) => times === 1)) throw new Error('an index came twice, or never');
  return { heapGrowth: growth, wasmGrowth: wasmBytes() - first.wasm, wasm: wasmBytes() };
}

async function look() {
  for (let i = 0; i < 3; i++) {
    gc();
    await turn();
  }
  return { heap: process.memoryUsage().heapUsed, wasm: wasmBytes() };
}

function* lazyUrls(count) {
  for (let i = 0; i < count; i++) yield `http://${'abcd'[i % 4]}.test/items/${i}`;
}
