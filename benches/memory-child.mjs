// Looks at the live heap of one contender while it works through an array of inputs.
import { setImmediate as turn } from 'node:timers/promises';
import { wasmBytes } from './wasm-memory.mjs';
import { answerWith } from './children.mjs';
import { contenders } from './contenders.mjs';
import { fakes, makeUrls } from './fake-fetch.mjs';

const CONCURRENCY = 32;
const LOOKS = 8;

let run;
let urls;

answerWith(async (message) => (run ? measure() : setUp(message)));

async function setUp({ contender, entry, count }) {
  globalThis.fetch = fakes.turning;
  run = await contenders[contender]({ entry, read: (response) => response.text() });
  // Compiled code and caches belong to the start, not to the inputs.
  await run(makeUrls(2_000), CONCURRENCY);
  urls = makeUrls(count);
}

async function measure() {
  const before = await settledHeap();
  const wasmBefore = wasmBytes();
  const looks = [];
  const due = new Set(Array.from({ length: LOOKS }, (_, i) => Math.ceil(((i + 1) * urls.length) / LOOKS)).concat(CONCURRENCY + 1));
  let calls = 0;
  globalThis.fetch = () => {
    if (due.has(++calls)) looks.push(liveHeap() - before);
    return fakes.turning();
  };
  const results = await run(urls, CONCURRENCY);
  const kept = (await settledHeap()) - before;
  const perInput = (bytes) => bytes / results.length;
  return {
    waiting: perInput(looks[0]),
    peak: perInput(Math.max(...looks, kept)),
    kept: perInput(kept),
    wasmBefore,
    wasmAfter: wasmBytes(),
  };
}

/** Finalizers run between collections, and what they let go of is dead only after them. */
async function settledHeap() {
  for (let i = 0; i < 4; i++) {
    gc();
    await turn();
  }
  return liveHeap();
}

function liveHeap() {
  gc();
  return process.memoryUsage().heapUsed;
}
