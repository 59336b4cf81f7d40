#!/usr/bin/env node
/** `npm run fuzz`: the kept scenarios, then random ones until the time is up or one fails. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { scenarioOf, shapeOf, shrunk, tell } from './failure.mjs';
import { Player } from './player.mjs';

const usage = `usage: npm run fuzz -- [--seconds N] [--seed N] [--go-on] [--no-kept] [--without NAME[,NAME…]] [--play SCENARIO]
  --seconds N   how long (30)
  --seed N      the first seed (random): the same seed gives the same scenarios
  --go-on       tells each kind of failure once, and goes on to the end
  --no-kept     without the scenarios of kept.json, which come first
  --without …   leaves themes (scenario.mjs) and rules (the names in brackets) out
  --play …      plays one scenario, given as JSON, or a seed
Exit code 0: nothing failed, 1: something did, 2: wrong usage.`;

const kept = () => JSON.parse(readFileSync(new URL('kept.json', import.meta.url), 'utf8'));

async function main() {
  const options = read();
  const player = new Player(options.without);
  try {
    process.exitCode = (await (options.play === undefined ? fuzz(player, options) : playOne(player, options))) ? 0 : 1;
  } finally {
    player.stop();
  }
}

async function playOne(player, { play, without }) {
  const scenario = /^\d+$/.test(play) ? scenarioOf(Number(play), without) : JSON.parse(play);
  const { violations } = await player.play(scenario);
  for (const { rule, text } of violations) console.log(`[${rule}] ${text}`);
  console.log(violations.length === 0 ? 'nothing failed' : `${violations.length} rules broken`);
  return violations.length === 0;
}

async function fuzz(player, { seconds, seed: first, goesOn, plays, without }) {
  let failed = 0;
  for (const { name, scenario } of plays ? kept() : []) {
    const { violations } = await player.play(scenario);
    if (violations.length === 0) continue;
    failed += 1;
    console.log(`FAILED kept scenario: ${name}\n${violations.slice(0, 3).map(({ rule, text }) => `  [${rule}] ${text}`).join('\n')}`);
  }
  const begun = Date.now();
  const until = begun + seconds * 1000;
  const sum = { scenarios: 0, requests: 0, checks: 0 };
  const shapes = new Map();
  for (let seed = first; Date.now() < until && (goesOn || failed === 0);) {
    const run = await player.run(seed, until);
    for (const name of Object.keys(sum)) sum[name] += run[name];
    seed = run.seed + 1;
    if (run.violations.length === 0) continue;
    failed += 1;
    for (const { rule, text } of goesOn ? firstOfEach(run.violations) : run.violations.slice(0, 1)) {
      const small = await shrunk(player, scenarioOf(run.seed, without), rule, goesOn ? 10 : 60);
      const shape = shapeOf(rule, small.scenario);
      shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
      if (shapes.get(shape) === 1) console.log(tell({ seed: run.seed, rule, text, ...small, others: goesOn ? [] : run.violations.slice(1) }));
    }
  }
  const took = Math.max(1, (Date.now() - begun) / 1000);
  const played = `${sum.scenarios} scenarios, ${sum.requests} requests, ${sum.checks} checks`;
  console.log(`seeds from ${first}: ${played} in ${took.toFixed(0)} s (${(sum.scenarios / took).toFixed(0)} scenarios/s); ${failed} failed`);
  return failed === 0;
}

const firstOfEach = (violations) => [...new Map(violations.toReversed().map((one) => [one.rule, one])).values()];

function read() {
  try {
    const { values } = parseArgs({ options: {
      seconds: { type: 'string', default: '30' }, seed: { type: 'string' }, without: { type: 'string' }, play: { type: 'string' },
      'go-on': { type: 'boolean' }, 'no-kept': { type: 'boolean' }, help: { type: 'boolean' },
    } });
    const [seconds, seed] = [Number(values.seconds), Number(values.seed ?? Math.trunc(Math.random() * 2 ** 30))];
    if (values.help || !(seconds >= 0) || !Number.isInteger(seed)) throw new Error(values.help ? '' : '--seconds and --seed take numbers');
    return { seconds, seed, goesOn: values['go-on'], plays: !values['no-kept'], play: values.play, without: (values.without ?? '').split(',').filter(Boolean) };
  } catch (error) {
    console.error(`${error.message}\n${usage}`.trim());
    process.exit(2);
  }
}

await main();
