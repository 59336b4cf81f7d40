import { LIMITER, TIMED_LOOP } from './cpu.mjs';
import { number, plusMinus, printTable } from './table.mjs';
import { CONCURRENCIES } from './throughput.mjs';

// A live heap is never quite still: less than this is no growth.
const STILL = 0.5e6;

const times = (value) => `${value.toFixed(3)} ×`;
const LOW = (gate, goal) => ({ gate, goal, holds: (value, limit) => value <= limit });
const HIGH = (gate, goal) => ({ gate, goal, holds: (value, limit) => value >= limit });

/** What fanfetch wants to be held to: below (or above) `gate` it is not good enough, at `goal` it is as good as it can be. */
const GOALS = [
  { name: `CPU per request, defaults, against ${LIMITER} bare`, ...LOW(1, 0.25), show: times,
    measured: ({ cpu }) => cpu?.contenders.fanfetch.againstLimiter,
    spread: ({ cpu }) => cpu?.contenders.fanfetch.spreadLimiter },
  { name: `CPU per request, defaults, against ${TIMED_LOOP}`, ...LOW(1, 0.25), show: times,
    measured: ({ cpu }) => cpu?.contenders.fanfetch.againstTimedLoop,
    spread: ({ cpu }) => cpu?.contenders.fanfetch.spreadTimedLoop },
  ...CONCURRENCIES.map((concurrency) => ({
    name: `throughput at ${concurrency}, defaults, against ${TIMED_LOOP}`, ...HIGH(1, 1.1), show: times,
    measured: ({ server }) => server?.[concurrency].contenders.fanfetch.againstTimedLoop,
    spread: ({ server }) => server?.[concurrency].contenders.fanfetch.spreadTimedLoop })),
  ...CONCURRENCIES.map((concurrency) => ({
    name: `throughput at ${concurrency}, timeout: false, against the bare loop`, ...HIGH(0.95, 1), show: times,
    measured: ({ server }) => server?.[concurrency].contenders['fanfetch, timeout: false'].againstLoop,
    spread: ({ server }) => server?.[concurrency].contenders['fanfetch, timeout: false'].spreadLoop })),
  { name: 'brotli of all a browser downloads, KB', ...LOW(24_000, 16_000), show: (bytes) => number(bytes / 1_000, 1),
    measured: ({ size }) => size?.fanfetch.brotli },
  { name: 'heap and wasm growth over 1,000,000 lazy inputs, MB', ...LOW(20e6, STILL), show: (bytes) => number(bytes / 1e6, 1),
    measured: ({ each }) => each?.long && each.long.heapGrowth + each.long.wasmGrowth },
  { name: 'start-up in Node, ms beyond p-limit', ...LOW(5, 1), show: (ms) => number(ms, 1),
    measured: ({ startup }) => startup && startup.node.fanfetch - startup.node['p-limit'] },
  { name: 'start-up in Chromium, against ky + p-queue', ...LOW(1.5, 1), show: times,
    measured: ({ startup }) => startup?.chromium && startup.chromium.fanfetch / startup.chromium['ky + p-queue'] },
];

/**
 * Holds what was measured against the goals and prints the outcome. Nothing fails by it.
 * @param {object} figures of each part that ran
 * @returns {object[]}
 */
export function goals(figures) {
  const outcome = GOALS.map(({ name, gate, goal, holds, show, measured, spread }) => {
    const value = measured(figures);
    const verdict = value === undefined ? 'not measured' : holds(value, goal) ? 'goal' : holds(value, gate) ? 'gate' : 'MISSED';
    return { name, gate, goal, measured: value, spread: spread?.(figures), verdict, show };
  });
  const rows = outcome.map(({ name, gate, goal, measured, spread, verdict, show }) => [name, show(gate), show(goal),
    measured === undefined ? '–' : show(measured), spread === undefined ? '' : plusMinus(spread), MARKS[verdict]]);
  printTable('The goals', ['', 'gate', 'goal', 'measured', 'spread', ''], rows);
  return outcome.map(({ show, ...rest }) => rest);
}

const MARKS = { 'goal': '✔ goal', 'gate': '✔ gate', 'MISSED': '✘ missed', 'not measured': 'not measured' };
