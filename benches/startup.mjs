import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { browserStartup } from './startup-browser.mjs';
import { median } from './stats.mjs';
import { number, printTable } from './table.mjs';

const run = promisify(execFile);
const NAMES = ['p-limit', 'ky + p-queue', 'axios', 'fanfetch'];

/**
 * From before the import to the first call of fetch, in fresh Node processes, and in fresh pages where there is a Chromium.
 * @param {{ dir: string, quick: boolean }} context
 * @returns {Promise<{ node: object, chromium?: object }>} median milliseconds of each
 */
export async function startup({ dir, quick }) {
  const rounds = quick ? 11 : 15;
  const node = await nodeStartup(dir, rounds);
  printTable('Start-up in Node', ['', 'ms'], rowsOf(node), [
    `From before the import to the first call of a stub fetch; medians of ${rounds} fresh processes each, interleaved. p-limit with the`,
    'bare stub; the others also pay for Node loading its fetch, where they touch it. axios by its fetch adapter.',
  ]);

  const chromium = await browserStartup(dir, quick ? 5 : 11);
  if (typeof chromium === 'string') {
    console.log(`\nStart-up in Chromium: skipped, ${chromium}.`);
    return { node };
  }
  printTable('Start-up in Chromium', ['', 'ms'], rowsOf(chromium.figures), [
    `The same in a page, over loopback, bundled and minified by esbuild; medians of ${chromium.rounds} fresh profiles each, interleaved.`,
  ]);
  return { node, chromium: chromium.figures };
}

async function nodeStartup(dir, rounds) {
  const script = join(dir, 'startup-child.mjs');
  copyFileSync(fileURLToPath(new URL('./startup-child.mjs', import.meta.url)), script);
  const sample = async (name) => Number((await run(process.execPath, [script, name])).stdout);

  for (const name of NAMES) await sample(name); // The files come from the disk's cache from here on.
  const samples = Object.fromEntries(NAMES.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of NAMES) samples[name].push(await sample(name));
  }
  return Object.fromEntries(NAMES.map((name) => [name, median(samples[name])]));
}

const rowsOf = (figures) => Object.entries(figures).map(([name, ms]) => [name, number(ms)]);
