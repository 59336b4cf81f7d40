/**
 * The fuzzer in `npm test`: scenarios that failed once, and thirty seconds of random ones. An hour of them, or a scenario by
 * itself: `npm run fuzz -- --help`. One that fails is printed as it was shrunk; it belongs into kept.json, with the repair.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Player } from './player.mjs';

const SECONDS = 30;
const kept = JSON.parse(readFileSync(new URL('kept.json', import.meta.url), 'utf8'));
const player = new Player();
after(() => player.stop());

for (const { name, scenario } of kept) {
  test(name, async () => {
    const { violations } = await player.play(scenario);
    assert.deepEqual(violations.slice(0, 5).map(({ rule, text }) => `[${rule}] ${text}`), []);
  });
}

test('random scenarios break no rule', async (t) => {
  const run = fileURLToPath(new URL('run.mjs', import.meta.url));
  const args = [run, '--seconds', String(SECONDS), '--no-kept'];
  const { code, output } = await new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }));
  });
  t.diagnostic(output.trim().split('\n').at(-1));
  assert.equal(code, 0, output);
});
