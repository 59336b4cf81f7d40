import { createServer } from 'node:http';
import { once } from 'node:events';
import { extname } from 'node:path';
import { chromium as findChromium } from '../src/npm/build/programs.mjs';
import { bundle } from './bundle.mjs';
import { median } from './stats.mjs';

export const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

const PROGRAMS = {
  'p-limit': `import pLimit from 'p-limit';
    export const start = (url) => pLimit(32)(() => fetch(url));`,
  'ky + p-queue': `import ky from 'ky';
    import PQueue from 'p-queue';
    export const start = (url) => new PQueue({ concurrency: 32 }).add(() => ky(url).text());`,
  'axios': `import axios from 'axios';
    export const start = (url) => axios.get(url, { adapter: 'fetch' });`,
  'fanfetch': `import { fetchAll } from 'fanfetch';
    export const start = (url) => fetchAll([url]);`,
};

/**
 * From before the import to the first call of fetch in a Chromium page with nothing cached.
 * @param {string} dir
 * @param {number} rounds
 * @returns {Promise<string | { rounds: number, figures: Record<string, number> }>} why not, or median milliseconds
 */
export async function browserStartup(dir, rounds) {
  const executablePath = findChromium();
  if (!executablePath) return 'no Chromium is installed';
  const { chromium } = await import('playwright-core');

  const site = await serve(dir);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const samples = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const [number, name] of Object.keys(PROGRAMS).entries()) {
        const ms = await sample(browser, `${site.origin}/${number}/`);
        if (round >= 0) samples[name].push(ms);
      }
    }
    return { rounds, figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])) };
  } finally {
    await browser.close();
    site.close();
  }
}

async function sample(browser, address) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(address);
    return await page.evaluate(measure, `${address}entry.js`);
  } finally {
    await context.close();
  }
}

/** Runs in the page. A library's own loading of its wasm goes to the real fetch. */
async function measure(script) {
  // The page's connection and module loader are warm in any page that has a script at all.
  await import(new URL('./warm.js', script).href);
  return new Promise((resolve, reject) => {
    const original = globalThis.fetch;
    const target = 'http://stub.invalid/';
    let before;
    globalThis.fetch = (input, init) => {
      if (String(input?.url ?? input) !== target) return original(input, init);
      resolve(performance.now() - before);
      return Promise.resolve(new Response('{}'));
    };
    before = performance.now();
    import(script).then(({ start }) => start(target)).catch(reject);
  });
}

const PAGE = { '': '<!doctype html><title>bench</title>', 'warm.js': 'export {};' };

/** Each program in a folder of its own, sent as a static host does. */
async function serve(dir) {
  const sites = [];
  for (const program of Object.values(PROGRAMS)) sites.push(await bundle(dir, program));
  const server = createServer((request, response) => {
    const [, number, file] = request.url.split('/');
    const { files, entry } = sites[number] ?? {};
    const body = PAGE[file] ?? files?.get(file === 'entry.js' ? entry : file);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': TYPES[extname(file || '.html') || '.html'] ?? 'text/plain' });
    response.end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
