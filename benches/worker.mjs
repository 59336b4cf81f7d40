// What a page is kept from while large JSON comes in, parsed on the page or in a worker: the example www/examples/worker.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium as findChromium } from '../src/npm/build/programs.mjs';
import { FLAGS } from './startup-browser.mjs';
import { median } from './stats.mjs';
import { number, printTable } from './table.mjs';

const WAYS = { 'fanfetch, on the page': 'page', 'fanfetch/worker': 'worker' };
/** The page's own thread is that much slower than this machine: a middling phone's. */
const SLOWDOWN = 4;
/** The browser tells of tasks from here on. */
const LONG = 50;

/**
 * @param {{ quick: boolean }} context
 * @returns {Promise<Record<string, { task: number, wait: number, took: number }>>} of each way, median milliseconds
 */
export async function worker({ quick }) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium is installed');
  const rounds = quick ? 3 : 7;
  const { chromium } = await import('playwright-core');
  const server = spawn(process.execPath, [fileURLToPath(new URL('../www/examples/worker/serve.mjs', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const samples = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));
  try {
    const address = await new Promise((resolve) => { createInterface(server.stdout).once('line', resolve); });
    for (let round = 0; round < rounds; round++) {
      for (const [name, way] of Object.entries(WAYS)) samples[name].push(await sample(browser, address, way));
    }
  } finally {
    await browser.close();
    server.kill();
  }
  const figures = Object.fromEntries(Object.entries(samples).map(([name, list]) => {
    const of = (what) => median(list.map(what));
    return [name, { task: of(({ longestTask }) => longestTask ?? 0), wait: of(({ longestWait }) => longestWait), took: of(({ took }) => took) }];
  }));
  const rows = Object.entries(figures).map(([name, { task, wait, took }]) =>
    [name, task < LONG ? `none of ${LONG}` : number(task, 0), number(wait, 1), number(took, 0)]);
  printTable(`200 responses of 1 MB JSON, 6 at a time, in a Chromium page slowed down by ${SLOWDOWN}`, ['', 'longest task, ms', 'longest wait of a timer, ms', 'in all, ms'], rows, [
    `Medians of ${rounds} pages. Tasks are those that the browser reports; the wait is how late a timer rang that is due every 4 ms.`,
  ]);
  return figures;
}

/** One load in a page of its own. */
async function sample(browser, address, way) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(address);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await page.waitForFunction(() => globalThis.load !== undefined);
    return await page.evaluate((way) => globalThis.load(way), way);
  } finally {
    await context.close();
  }
}
