/** Runs one scenario, or the accessors, in any runtime. The tests for Node and for Chromium both call this. */
import { isPossible, namesIn, runPrototype, variants } from './prototype.mjs';
import { lines } from './report.mjs';
import { namesOf, runOnce, runScenario } from './run.mjs';
import { sample } from './sample.mjs';
import { scenarios } from './scenarios/index.mjs';

/** Failures of one scenario after which the rest of it is left out. */
const MOST = 40;

export const PROTOTYPE = 'accessors on Object.prototype';

export const names = [...scenarios.map(({ name }) => name), PROTOTYPE];

/**
 * @param {string} name One of `names`.
 * @param {object} host
 * @param {() => Promise<object>} host.load Gives the package, each time another copy of it.
 * @param {string} host.text The package's own.
 * @param {unknown[]} host.unhandled Collects unhandled errors.
 * @param {string} host.round Names the part that is tried; `all` is everything.
 * @param {number} host.share One of this many points is tried.
 * @returns {Promise<{ name: string, points: number, runs: number, missed: number, failures: string[] }>}
 */
export const runNamed = async (name, { load, text, unhandled, round, share }) => {
  if (name === PROTOTYPE) return runAccessors({ load, text, unhandled, round, share });
  const scenario = scenarios.find((each) => each.name === name);
  const result = await runScenario(scenario, { load, unhandled, choose: sample(round, share), most: round === 'all' ? Infinity : MOST });
  return { ...result, failures: lines(result) };
};

const runAccessors = async ({ load, text, unhandled, round, share }) => {
  const result = { name: PROTOTYPE, points: 0, runs: 0, missed: 0, failures: [] };
  const choose = sample(round, share);
  let fanfetch = await load();
  const seen = [];
  for (const scenario of scenarios) seen.push(...namesOf((await runOnce(scenario, fanfetch, undefined, unhandled)).points));
  for (const property of namesIn(text, seen)) {
    for (const stage of ['from the start', 'under way']) {
      result.points += 1;
      for (const variant of choose(`${PROTOTYPE} ${property} ${stage}`, variants.filter((each) => each.stage === stage && isPossible(property, each)))) {
        if (result.failures.length >= (round === 'all' ? Infinity : MOST)) return { ...result, failures: lines(result) };
        const wrong = await runPrototype(property, variant, fanfetch, unhandled);
        result.runs += 1;
        if (wrong.length === 0) continue;
        result.failures.push({ point: `${property}, ${stage}`, kind: variant.accessor, wrong });
        fanfetch = await load();
      }
    }
  }
  return { ...result, failures: lines(result) };
};

/** Formats one line of the printed table. */
export const row = (runtime, { name, points, runs, missed, failures }) => `| ${runtime} | ${name} | ${points} | ${runs} | ${missed} | ${failures.length} |`;

/** The head of that table. */
export const HEAD = '| where | scenario | points | runs | missed | failures |\n| --- | --- | --: | --: | --: | --: |';
