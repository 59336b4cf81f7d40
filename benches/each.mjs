import { interleave, withChildren } from './children.mjs';
import { eachContenders } from './each-contenders.mjs';
import { median, ratio } from './stats.mjs';
import { number, printTable, times } from './table.mjs';

const SCRIPT = new URL('./each-child.mjs', import.meta.url);
const OURS = 'fanfetch fetchEach';
const BASELINE = 'p-map pMapIterable';
const COUNT = 100_000;
const LONG = 1_000_000;

/**
 * Results as they complete over lazily made inputs: CPU, time, and how much the memory grows.
 * @param {{ entry: string, quick: boolean }} context
 * @returns {Promise<object>} the figures of each, and those of a long run of fanfetch's
 */
export async function each({ entry, quick }) {
  const names = Object.keys(eachContenders);
  const setups = new Map(names.map((contender) => [contender, { task: 'setUp', contender, entry, count: COUNT / 10 }]));
  return withChildren(SCRIPT, setups, async (children, available) => {
    const missing = names.filter((name) => !available.get(name));
    for (const name of missing) {
      console.log(`\nAs completed, ${name}: skipped, the package does not export it yet.`);
      children.get(name).close();
      children.delete(name);
    }
    const figures = await compare(children, quick ? { rounds: 3, seconds: 5 } : { rounds: 7, seconds: 15 });
    print(figures);
    if (missing.includes(OURS)) return { contenders: figures };

    const long = await children.get(OURS).ask({ task: 'heap', count: LONG });
    console.log(`\n${OURS} over ${number(LONG)} inputs: heap +${megabytes(long.heapGrowth)} MB, ` +
      `wasm memory +${megabytes(long.wasmGrowth)} MB ` +
      `(to ${megabytes(long.wasm)} MB), every index once.`);
    return { contenders: figures, long };
  });
}

async function compare(children, limits) {
  const answers = await interleave(children, limits, { task: 'time', count: COUNT });
  const figures = {};
  for (const [name, child] of children) {
    const samples = (of) => answers.get(of).map((answer) => answer.cpu);
    figures[name] = {
      rounds: samples(name).length,
      microseconds: median(samples(name)),
      againstBaseline: ratio(samples(name), samples(BASELINE)),
      elapsed: median(answers.get(name).map((answer) => answer.elapsed)),
      ...(await child.ask({ task: 'heap', count: COUNT })),
    };
  }
  return figures;
}

function print(figures) {
  const rows = Object.entries(figures).map(([name, { microseconds, againstBaseline, elapsed, heapGrowth }]) =>
    [name, number(microseconds), times(againstBaseline), number(elapsed, 0), megabytes(heapGrowth)]);
  printTable(`As completed, ${number(COUNT)} inputs made as they are asked for`,
    ['', 'CPU µs per request', `against ${BASELINE}`, 'ms in all', 'heap growth, MB'], rows, [
      `Concurrency 32, instant fetch with one shared response. Medians of ${figures[BASELINE].rounds} interleaved rounds, a process each.`,
      'Growth of the live heap from the 1,000th result to the most of ten later looks, in a run of its own.',
    ]);
}

const megabytes = (bytes) => number(bytes / 1e6, 2);
