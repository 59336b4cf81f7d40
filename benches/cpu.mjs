import { interleave, withChildren } from './children.mjs';
import { median, ratio, spread } from './stats.mjs';
import { number, printTable, times } from './table.mjs';

const SCRIPT = new URL('./contestant.mjs', import.meta.url);
const CONCURRENCY = 32;
export const LIMITER = 'p-limit';
export const TIMED_LOOP = 'loop + controller + timer';

const SHARED = ['fanfetch', 'fanfetch, timeout: false', 'loop', TIMED_LOOP, 'loop + AbortSignal.timeout', LIMITER,
  'p-limit + controller + timer', 'p-map', 'ky + p-map'];
const REAL = SHARED.filter((name) => name !== 'loop + AbortSignal.timeout');

/**
 * CPU time per request when fetch itself costs next to nothing: what the libraries themselves cost.
 * @param {{ entry: string, quick: boolean }} context
 * @returns {Promise<object>} the figures of each contender
 */
export async function cpu({ entry, quick }) {
  const figures = await compare('shared', SHARED, quick ? 50_000 : 100_000, { entry, quick });
  print('CPU per request, instant fetch', figures, [
    `${number(figures.count)} URLs in an array over four hosts (ky ${number(figures.count / 5)}), concurrency ${CONCURRENCY}.`,
    'Every body read as text; fetch resolves at once with one shared response-like object (tagged as a Response, so that ky',
    "treats it as one). User and system time of all the process's threads, garbage collection included.",
    `Medians of ${figures.rounds} interleaved rounds, a process per contender.`,
    ...unread(figures),
  ]);
  return figures;
}

/** The same where every request makes a real Response: less flattering to whoever is fast. */
export async function response({ entry, quick }) {
  const figures = await compare('response', REAL, quick ? 10_000 : 20_000, { entry, quick });
  print("CPU per request, instant fetch that makes a real `new Response('{}')`", figures, [
    `As above with ${number(figures.count)} URLs; making and reading the Response is most of what is measured.`,
  ]);
  return figures;
}

async function compare(fake, names, count, { entry, quick }) {
  const limits = quick ? { rounds: 3, seconds: 8 } : { rounds: 7, seconds: 30 };
  const setups = new Map(names.map((contender) => {
    const size = contender.startsWith('ky') ? count / 5 : count;
    return [contender, { contender, entry, fake, count: size, warmUps: [{ concurrency: CONCURRENCY, batches: quick ? 1 : 2 }] }];
  }));
  const message = { concurrency: CONCURRENCY, atLeast: quick ? 100 : 250 };
  const answers = await withChildren(SCRIPT, setups, (children) => interleave(children, limits, message));

  const samples = (name) => answers.get(name).map((answer) => answer.cpu);
  const contenders = Object.fromEntries(names.map((name) => [name, {
    microseconds: median(samples(name)),
    againstLimiter: ratio(samples(name), samples(LIMITER)),
    againstTimedLoop: ratio(samples(name), samples(TIMED_LOOP)),
    spreadLimiter: spread(samples(name), samples(LIMITER)),
    spreadTimedLoop: spread(samples(name), samples(TIMED_LOOP)),
    requests: answers.get(name).reduce((sum, answer) => sum + answer.requests, 0),
    reads: median(answers.get(name).map((answer) => answer.reads)),
  }]));
  return { count, rounds: answers.get(LIMITER).length, contenders };
}

function print(title, { contenders }, notes) {
  const rows = Object.entries(contenders).map(([name, figures]) =>
    [name, number(figures.microseconds), times(figures.againstLimiter), times(figures.againstTimedLoop)]);
  printTable(title, ['', 'µs', `against ${LIMITER}`, `against ${TIMED_LOOP}`], rows, notes);
}

function unread({ contenders }) {
  return Object.entries(contenders).filter(([, { reads }]) => reads < 1)
    .map(([name]) => `NOT EQUAL WORK: ${name} did not read every body (the shared response has \`body: null\`).`);
}
