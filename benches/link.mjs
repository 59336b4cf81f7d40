// The wasm in browsers: beside the code, or in it? Bytes, and the time to the first call of fetch over a slow link.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, constants, deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { inlined } from '../src/npm/build/inline.mjs';
import { chromium as findChromium } from '../src/npm/build/programs.mjs';
import { FLAGS } from './startup-browser.mjs';
import { median } from './stats.mjs';
import { number, printTable } from './table.mjs';

/** A good mobile link: 50 ms there and back, 10 Mbit/s. */
const LINK = { offline: false, latency: 50, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 };

const provided = (wasm) => `import { on } from './fanfetch.js';
  export const { fetchAll } = on({ wasm: ${wasm} });`;

/** The ways to bring the wasm, each as the module that an entry would be. */
const WAYS = {
  'an asset beside the code': () => provided("async () => (await fetch(new URL('./fanfetch.wasm', location.href))).arrayBuffer()"),
  'inlined as base64': (wasm) => provided(`async () => Uint8Array.from(atob('${wasm.toString('base64')}'), (letter) => letter.charCodeAt(0))`),
  'inlined, deflated': (wasm) => provided(`() => new Response(new Blob([Uint8Array.from(atob('${deflateRawSync(wasm, { level: 9 }).toString('base64')}'),
    (letter) => letter.charCodeAt(0))]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer()`),
  'inlined as text': (wasm) => `${inlined(wasm)}${provided('wasm')}`,
};

/**
 * @param {{ pkg: string, quick: boolean }} context
 * @returns {Promise<Record<string, { brotli: number, ms: number }>>} of each way, bytes and median milliseconds
 */
export async function link({ pkg, quick }) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium is installed');
  const rounds = quick ? 5 : 15;
  const figures = await measure(pkg, rounds, executablePath);
  const rows = Object.entries(figures).map(([name, { brotli, ms }]) => [name, number(brotli, 0), number(ms, 0)]);
  printTable('The wasm in browsers: first fetch over 50 ms and 10 Mbit/s', ['', 'brotli bytes', 'ms'], rows, [
    `From navigation to the first call of fetch in a page with nothing cached; medians of ${rounds} rounds, interleaved.`,
  ]);
  return figures;
}

async function measure(pkg, rounds, executablePath) {
  const { chromium } = await import('playwright-core');
  const wasm = readFileSync(join(pkg, 'fanfetch.wasm'));
  const sites = [];
  for (const way of Object.values(WAYS)) sites.push(await site(pkg, way(wasm), wasm));
  const server = await serve(sites);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const samples = sites.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [at] of sites.entries()) {
        const ms = await sample(browser, `http://127.0.0.1:${server.address().port}/${at}/`);
        if (round >= 0) samples[at].push(ms);
      }
    }
    return Object.fromEntries(Object.keys(WAYS).map((name, at) => [name, { brotli: sites[at].bytes, ms: median(samples[at]) }]));
  } finally {
    await browser.close();
    server.close();
  }
}

async function sample(browser, address) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', LINK);
    await page.goto(address);
    return await page.evaluate(() => globalThis.firstFetch);
  } finally {
    await context.close();
  }
}

const PAGE = `<!doctype html><title>bench</title><script>
  const original = fetch;
  globalThis.firstFetch = new Promise((resolve, reject) => {
    setTimeout(reject, 10_000, new Error('fetch was not called'));
    globalThis.fetch = (input, init) => {
      if (String(input) !== 'http://stub.invalid/') return original(input, init);
      resolve(performance.now());
      return Promise.resolve(new Response('{}'));
    };
  });
</script><script type="module">
  import { fetchAll } from './entry.js';
  fetchAll(['http://stub.invalid/']);
</script>`;

/** One bundled script, as an application ships it, and the asset where there is one. */
async function site(pkg, code, wasm) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: pkg }, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false,
  });
  const packed = (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const files = { '': packed(PAGE), 'entry.js': packed(outputFiles[0].contents) };
  if (code.includes('fanfetch.wasm')) files['fanfetch.wasm'] = packed(wasm);
  return { files, bytes: Object.entries(files).reduce((sum, [name, body]) => sum + (name === '' ? 0 : body.length), 0) };
}

async function serve(sites) {
  const types = { '': 'text/html', 'entry.js': 'text/javascript', 'fanfetch.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const [, number, file] = request.url.split('/');
    const body = sites[number]?.files[file];
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[file], 'content-encoding': 'br', 'content-length': body.length }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
