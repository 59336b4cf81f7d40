// The examples in Rust, built by build.mjs, as their users meet them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { chromium } from 'playwright-core';
import { chromium as installedChromium } from '../../src/npm/build/programs.mjs';
import { startServerChild } from '../helpers/server-child.mjs';
import { outputOf } from './build.mjs';

let server;
before(async () => {
  server = await startServerChild();
});
after(() => server?.stop());

const at = (path) => `${server.site.origins[0]}${path}`;

describe('the page with Yew', () => {
  const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
  const FOLDER = fileURLToPath(new URL('../../www/examples/yew/', import.meta.url));
  let pages;
  let browser;
  let page;

  before(async () => {
    pages = createServer(async ({ url }, response) => {
      const path = url === '/' ? '/index.html' : url;
      const file = path.startsWith('/pkg/') ? join(outputOf('yew'), path.slice(5)) : join(FOLDER, path);
      const body = await readFile(file).catch(() => null);
      response.writeHead(body === null ? 404 : 200, {
        'content-type': TYPES[extname(path)] ?? 'text/plain',
        'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src data:",
      });
      response.end(body ?? '');
    });
    await once(pages.listen(0, '127.0.0.1'), 'listening');
    browser = await chromium.launch({ executablePath: installedChromium(), args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    pages?.closeAllConnections();
  });

  const open = async () => {
    page = await browser.newPage();
    const said = [];
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    await page.goto(`http://127.0.0.1:${pages.address().port}/`);
    await page.waitForSelector('textarea').catch(() => assert.fail(`the page did not start: ${said.join('\n')}`));
  };
  const fetchAll = async (addresses) => {
    await page.fill('textarea', addresses.join('\n'));
    await page.click('#start');
  };
  const progress = () => page.textContent('output');

  test('shows each result as it comes, and the progress', { timeout: 60_000 }, async () => {
    await open();
    const addresses = Array.from({ length: 20 }, (_, n) => at(`/ok?page=${n}`));
    await fetchAll([...addresses, at('/status/404?x=1'), at('/flaky?key=yew-example&fail=1')]);
    await page.waitForFunction(() => document.querySelector('output').textContent === '22 of 22');
    await page.waitForSelector('#start:not([disabled])');
    assert.equal(await page.locator('li.fine').count(), 21);
    assert.match(await page.textContent('li.failed'), /GET http:.*\/status\/404\?x=1: status 404/);
    assert.equal(await page.getAttribute('progress', 'value'), '22');
    await page.close();
  });

  test('stops: requests in flight are aborted, and none is begun', { timeout: 60_000 }, async () => {
    await open();
    await server.control('/__reset');
    await fetchAll(Array.from({ length: 30 }, (_, n) => at(`/hang?page=${n}`)));
    await page.waitForSelector('#stop:not([disabled])');
    await assert.doesNotReject(until(async () => (await server.control('/log')).length === 6));
    await page.click('#stop');
    await page.waitForSelector('#start:not([disabled])');
    await assert.doesNotReject(until(async () => (await server.control('/log')).every(({ end }) => end === 'client-closed')));
    assert.equal((await server.control('/log')).length, 6);
    assert.equal(await progress(), '0 of 30');
    await page.close();
  });
});

describe('the Worker with workers-rs', () => {
  let worker;
  before(async () => {
    worker = new Miniflare({
      modules: true,
      modulesRoot: outputOf('workers-rs'),
      scriptPath: join(outputOf('workers-rs'), 'worker.mjs'),
      modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js', '**/*.mjs'] }],
      compatibilityDate: '2026-07-01',
      log: new Log(LogLevel.ERROR),
    });
    await worker.ready;
  });
  after(() => worker?.dispose());

  const ask = async (addresses) => {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify(addresses) });
    assert.equal(response.status, 200);
    return response.json();
  };

  test('answers with the result of each address', { timeout: 60_000 }, async () => {
    const lines = await ask([at('/ok'), at('/status/404'), at('/flaky?key=worker-example&fail=1'), 'nonsense']);
    assert.deepEqual(lines.map(({ status, attempts, error }) => [status, attempts, error]), [
      [200, 1, null], [404, 1, 'HTTP'], [200, 2, null], [null, 0, 'INPUT'],
    ]);
    assert.ok(lines[0].bytes > 0);
  });

  test('fetches 6 at once', { timeout: 60_000 }, async () => {
    await server.control('/concurrency?reset=1');
    await ask(Array.from({ length: 24 }, (_, n) => at(`/ok?wait=100&n=${n}`)));
    assert.equal((await server.control('/concurrency')).peak, 6);
  });

  test('serves overlapping invocations by one client', { timeout: 60_000 }, async () => {
    const calls = Array.from({ length: 8 }, (_, call) => ask(Array.from({ length: 20 }, (_, n) => at(`/ok?wait=20&call=${call}&n=${n}`))));
    const all = await Promise.all(calls);
    assert.equal(all.flat().filter(({ status }) => status === 200).length, 160);
  });

  test('streams a response through, with its status and headers', { timeout: 60_000 }, async () => {
    const pass = (address) => worker.dispatchFetch(`http://worker/?url=${encodeURIComponent(address)}`);
    const streamed = await pass(at('/flaky?key=worker-stream&fail=1'));
    assert.equal(streamed.status, 200);
    assert.match(streamed.headers.get('content-type'), /json/);
    assert.equal(typeof await streamed.json(), 'object');
    const missing = await pass(at('/status/404'));
    assert.equal(missing.status, 404);
    await missing.text();
    const broken = await pass('nonsense');
    assert.equal(broken.status, 502);
    assert.match(await broken.text(), /its URL cannot be parsed/);
  });

  test('does not send more than an invocation may', { timeout: 60_000 }, async () => {
    const lines = await ask(Array.from({ length: 60 }, (_, n) => at(`/ok?left=${n}`)));
    assert.equal(lines.filter(({ error }) => error === 'BUDGET_EXHAUSTED').length, 10);
  });
});

describe('a module in Rust', () => {
  for (const [name, glue] of [['yew', 'fanfetch_yew'], ['workers-rs', 'index']]) {
    const file = (suffix) => readFileSync(join(outputOf(name), `${glue}${suffix}`), 'latin1');

    test(`exports nothing that the npm package does (${name})`, () => {
      const names = [...file('_bg.wasm.d.ts').matchAll(/^export const (\w+)/gm)].map(([, one]) => one);
      assert.ok(names.includes('memory'));
      assert.deepEqual(names.filter((one) => /engine|fanfetch|^run$/i.test(one)), []);
      assert.doesNotMatch(file('.d.ts'), /class Engine\b/);
    });

    test(`has the allocator of its own choice (${name})`, () => {
      // A debug build tells the functions that it has.
      const text = file('_bg.wasm');
      assert.match(text, /dlmalloc/);
      assert.doesNotMatch(text, /talc/);
    });
  }
});

async function until(good) {
  for (let turn = 0; turn < 200; turn++) {
    if (await good()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that within 5 seconds');
}
