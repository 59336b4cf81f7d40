/** A failing scenario: made small, told, and told from others. */
import { createScenario } from './scenario.mjs';
import { shrink } from './shrink.mjs';

/** Times that a candidate is played: real timers race. */
const TRIES = { virtual: 1, real: 4 };

/**
 * The smallest scenario found that breaks the same rule.
 *
 * @param {import('./player.mjs').Player} player
 * @param {object} scenario
 * @param {string} rule
 */
export async function shrunk(player, scenario, rule, seconds) {
  const fails = async (candidate) => {
    for (let i = 0; i < TRIES[candidate.clock ?? 'virtual']; i++) {
      const { violations } = await player.play(candidate);
      if (violations.some((one) => one.rule === rule)) return true;
    }
    return false;
  };
  const { seed, themes, ...bare } = scenario;
  const isAgain = await fails(bare);
  return { isAgain, scenario: isAgain ? await shrink(bare, fails, seconds) : bare };
}

/** What a seed's scenario is, without what only its maker looks at. */
export const scenarioOf = (seed, without) => JSON.parse(JSON.stringify(createScenario(seed, new Set(without))));

export function tell({ seed, rule, text, scenario, isAgain, others = [] }) {
  const lines = [`FAILED [${rule}]${seed === undefined ? '' : ` seed ${seed}`}: ${text}`];
  for (const one of others.slice(0, 8)) lines.push(`  also [${one.rule}]: ${one.text}`);
  if (!isAgain) lines.push('  It does not fail again by itself: it needs what was played before it (run with --seed), or it is a race.');
  lines.push(`  scenario: ${JSON.stringify(scenario)}`, '  Again: node tests/fuzz/run.mjs --play \'<scenario>\'. To be kept: tests/fuzz/kept.json.');
  return lines.join('\n');
}

/** Failures of one shape have one cause, more often than not: the names that are in them, without their numbers. */
export const shapeOf = (rule, scenario) => `${rule} ${JSON.stringify(scenario, (name, value) => (typeof value === 'number' ? 0 : value))}`;
