/** Chromium on a folder that is served as it lies, under a content security policy. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { chromium as findChromium } from '../../src/npm/setup.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** Where Chromium is; `undefined` when it is nowhere. */
export const executablePath = findChromium();

/**
 * @param {string} dir
 * @param {string} policy
 * @param {object} [options]
 * @param {RegExp} [options.forgive] Complaints about the policy that are no error.
 * @param {(tab: import('playwright-core').Page) => Promise<void>} [options.prepare] Called with each new page.
 * @returns {Promise<{ page: (path: string, work: Function, argument?: unknown) => Promise<any>, close: () => Promise<void> }>}
 */
export async function openBrowser(dir, policy, { forgive, prepare } = {}) {
  const server = createServer((request, response) => serve(dir, policy, request, response));
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({ executablePath, args: FLAGS });

  /** Runs `work` in a new page at `path`; rejects when the page itself had an error. */
  async function page(path, work, argument) {
    const context = await browser.newContext();
    try {
      const tab = await context.newPage();
      const errors = [];
      tab.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
      tab.on('console', (message) => { if (/Content Security Policy/i.test(message.text()) && !forgive?.test(message.text())) errors.push(message.text()); });
      await prepare?.(tab);
      await tab.goto(origin + path);
      if (errors.length > 0) throw new Error(errors.join('\n'));
      const value = await tab.evaluate(work, argument);
      if (errors.length > 0) throw new Error(errors.join('\n'));
      return value;
    } finally {
      await context.close();
    }
  }

  async function close() {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
  return { page, close };
}

function serve(dir, policy, request, response) {
  const { pathname } = new URL(request.url, 'http://local');
  const file = join(dir, normalize(pathname));
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'cache-control': 'no-store',
  });
  createReadStream(file).pipe(response);
}
