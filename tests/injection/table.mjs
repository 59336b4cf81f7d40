/** Chooses the part to try, judges results, and writes the table that `npm test` prints. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HEAD, row } from './all.mjs';

const file = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package's own code. */
export const text = () => readFileSync(file('pkg/fanfetch.js'), 'utf8');

const asked = process.env.FANFETCH_INJECTION;

/**
 * Names the part that is tried, by default another for each build. `FANFETCH_INJECTION` repeats the part of a failure; `each`
 * tries every point with one kind, `all` every point with every kind, which takes half an hour.
 */
export const round = asked === undefined || asked === 'each' ? createHash('sha256').update(text()).digest('hex').slice(0, 8) : asked;

/** One of this many points is tried. */
export const shareOf = (runtime) => (asked === 'each' ? 1 : { Node: 2, Chromium: 4 }[runtime]);

/** Collects results: `judge` fails the test of a faulty one, `print` writes all into target/injection.md. */
export const createTable = (runtime) => {
  const rows = [];
  return {
    judge(t, name, result) {
      rows.push(result);
      const { points, runs, missed, failures } = result;
      t.diagnostic(`${points} points, ${runs} runs, part ${round}`);
      assert.equal(result.name, name);
      assert.ok(failures.length === 0, `in part ${round}:\n${failures.join('\n')}`);
      assert.ok(runs > 0 && missed <= runs / 50 + 1, `${missed} of ${runs} runs did not come to their point`);
    },
    print() {
      const sum = (key) => rows.reduce((total, each) => total + each[key], 0);
      const whole = { name: `all, part ${round}`, points: sum('points'), runs: sum('runs'), missed: sum('missed'), failures: rows.flatMap(({ failures }) => failures) };
      mkdirSync(file('target'), { recursive: true });
      const path = file('target/injection.md');
      appendFileSync(path, `${existsSync(path) ? '' : `${HEAD}\n`}${[...rows, whole].map((each) => row(runtime, each)).join('\n')}\n`);
    },
  };
};
