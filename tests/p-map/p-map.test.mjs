import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The test suite of sindresorhus/p-map 7.0, a checkout of which is expected at $FANFETCH_P_MAP or beside this one, with its
// development dependencies installed (`npm install` there). It is not part of this repository. Later versions of p-map
// export more than the adapter has.
const BESIDE = fileURLToPath(new URL('../../../p-map', import.meta.url));
const PLACE = process.env.FANFETCH_P_MAP ?? BESIDE;
const ADAPTER = new URL('p-map.mjs', import.meta.url);

/** It counts the elements that are being mapped as waiting, too: `highWaterMark` counts those that wait. */
const EXPECTED_TO_FAIL = ['pMapIterable - backpressure'];

const missing = process.env.FANFETCH_P_MAP === undefined && !existsSync(BESIDE)
  && 'no checkout of sindresorhus/p-map beside this one, nor named by FANFETCH_P_MAP';

test('p-map\'s own test suite passes on fetchAll and fetchEach, but for one test', { skip: missing, timeout: 120_000 }, async (t) => {
  const names = ['test.js', 'assert-in-range.js', 'package.json', 'node_modules/ava'];
  for (const name of names) assert.ok(existsSync(join(PLACE, name)), `there is no ${name} in ${PLACE}: is it a checkout, after \`npm install\`?`);
  const output = await runSuite(overlay(t));
  const verdicts = readVerdicts(output);
  assert.ok(verdicts.length >= 50, `${verdicts.length} tests ran: ${output.slice(-2000)}`);
  assert.deepEqual(verdicts.filter(({ ok }) => !ok).map(({ name }) => name), EXPECTED_TO_FAIL);
  t.diagnostic(`${verdicts.filter(({ ok }) => ok).length} of ${verdicts.length} tests of p-map pass`);
});

/** A copy of the suite with our index.js in the place of p-map's. */
function overlay(t) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fanfetch-p-map-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['test.js', 'assert-in-range.js', 'package.json']) copyFileSync(join(PLACE, name), join(folder, name));
  symlinkSync(join(realpathSync(PLACE), 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'index.js'), `export { default, pMapIterable, pMapSkip } from ${JSON.stringify(pathToFileURL(fileURLToPath(ADAPTER)).href)};\n`);
  return folder;
}

/** What the suite prints as TAP; it ends with an error code, since a test fails. */
function runSuite(folder) {
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const program = join(folder, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, '--tap', 'test.js'], { cwd: folder, env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => resolve(stdout || stderr || String(error)));
  });
}

function readVerdicts(output) {
  const lines = [...output.matchAll(/^(not )?ok \d+ - (.*)$/gm)];
  return lines.map(([, not, name]) => ({ ok: not === undefined, name: name.replace(/^test › /, '') }));
}
