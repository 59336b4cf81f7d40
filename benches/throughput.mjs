import { fork } from 'node:child_process';
import { once } from 'node:events';
import { interleave, withChildren } from './children.mjs';
import { TIMED_LOOP } from './cpu.mjs';
import { median, ratio, spread } from './stats.mjs';
import { number, plusMinus, printTable, times } from './table.mjs';

const SCRIPT = new URL('./contestant.mjs', import.meta.url);
export const CONCURRENCIES = [6, 32, 256];
const BARE_LOOP = 'loop';
// Those held against each other run next to each other, so that the machine is in the same mood for both.
const NAMES = ['fanfetch', TIMED_LOOP, 'fanfetch, timeout: false', BARE_LOOP, 'p-limit', 'p-limit + controller + timer', 'ky + p-map'];

/**
 * Requests per second against a fast server on the same machine.
 * @param {{ entry: string, quick: boolean }} context
 * @returns {Promise<object>} for each concurrency, the figures of each contender
 */
export async function throughput({ entry, quick }) {
  const server = fork(new URL('./server.mjs', import.meta.url));
  try {
    const [{ port }] = await once(server, 'message');
    return await compare(`http://127.0.0.1:${port}`, { entry, quick });
  } finally {
    server.disconnect();
  }
}

async function compare(origin, { entry, quick }) {
  const limits = quick ? { rounds: 5, seconds: 7 } : { rounds: 13, seconds: 35 };
  const warmUps = [...CONCURRENCIES, 32].map((concurrency) => ({ concurrency, batches: 1 }));
  const setups = new Map(NAMES.map((contender) => [contender, { contender, entry, origin, count: quick ? 400 : 1_000, warmUps }]));

  return withChildren(SCRIPT, setups, async (children) => {
    const figures = {};
    for (const concurrency of CONCURRENCIES) {
      const answers = await interleave(children, limits, { concurrency, atLeast: 1 });
      figures[concurrency] = { rounds: answers.get(BARE_LOOP).length, contenders: summarise(answers) };
      print(concurrency, figures[concurrency]);
    }
    return figures;
  });
}

function summarise(answers) {
  const samples = (name, figure) => answers.get(name).map((answer) => answer[figure]);
  return Object.fromEntries(NAMES.map((name) => [name, {
    perSecond: median(samples(name, 'perSecond')),
    againstLoop: ratio(samples(name, 'perSecond'), samples(BARE_LOOP, 'perSecond')),
    againstTimedLoop: ratio(samples(name, 'perSecond'), samples(TIMED_LOOP, 'perSecond')),
    spreadLoop: spread(samples(name, 'perSecond'), samples(BARE_LOOP, 'perSecond')),
    spreadTimedLoop: spread(samples(name, 'perSecond'), samples(TIMED_LOOP, 'perSecond')),
    microseconds: median(samples(name, 'cpu')),
  }]));
}

function print(concurrency, { rounds, contenders }) {
  const rows = Object.entries(contenders).map(([name, figures]) =>
    [name, number(figures.perSecond, 0), times(figures.againstLoop), plusMinus(figures.spreadLoop), times(figures.againstTimedLoop),
      plusMinus(figures.spreadTimedLoop), number(figures.microseconds, 0)]);
  printTable(`Throughput against a local server, concurrency ${concurrency}`,
    ['', 'requests/s', `against ${BARE_LOOP}`, 'spread', `against ${TIMED_LOOP}`, 'spread', 'client µs per request'], rows,
    ['node:http in its own process, keep-alive, 11 bytes of JSON, parsed, a process per contender.',
      `Medians of ${rounds} interleaved rounds; ` +
      "spread: half the distance between the quartiles of the rounds' ratios. What is within it means nothing."]);
}
