import { withChildren } from './children.mjs';
import { number, printTable } from './table.mjs';

const SCRIPT = new URL('./memory-child.mjs', import.meta.url);
const NAMES = ['fanfetch', 'loop', 'p-limit', 'p-queue', 'ky + p-map'];
const COUNTS = [10_000, 100_000];

/**
 * Live heap per input (after garbage collection) while an array of inputs is worked off, and the wasm memory.
 * @param {{ entry: string, quick: boolean }} context
 * @returns {Promise<object>} for each count, the figures of each contender
 */
export async function memory({ entry, quick }) {
  const figures = {};
  for (const count of quick ? COUNTS.slice(0, 1) : COUNTS) {
    figures[count] = {};
    for (const contender of NAMES) {
      const setups = new Map([[contender, { contender, entry, count }]]);
      figures[count][contender] = await withChildren(SCRIPT, setups, (children) => children.get(contender).ask({}));
    }
    print(count, figures[count]);
  }
  return figures;
}

function print(count, figures) {
  const rows = Object.entries(figures).map(([name, { waiting, peak, kept, wasmBefore, wasmAfter }]) => [name, number(waiting, 0),
    number(peak, 0), number(kept, 0), wasmAfter ? `${mebibytes(wasmBefore)} → ${mebibytes(wasmAfter)}` : '–']);
  printTable(`Live heap, ${number(count)} inputs in an array, concurrency 32`,
    ['', 'waiting, B/input', 'peak, B/input', 'kept, B/input', 'wasm memory, MiB'], rows, [
      'After garbage collection, above the inputs themselves; one shared response, in the next turn of the event loop.',
      'Waiting: what the queue holds after the first 32 requests. Peak: the most of nine looks on the way and one at the end, the',
      'results so far included. Kept: what the caller gets (fanfetch returns headers, attempts and timings as well, the others text alone).',
    ]);
}

const mebibytes = (bytes) => number(bytes / 2 ** 20, 2);
