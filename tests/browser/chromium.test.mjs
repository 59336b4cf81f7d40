import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { rows } from '../runtimes/rows.mjs';
import { startServerChild } from '../helpers/server-child.mjs';
import { MARKER } from '../helpers/world.mjs';
import { chromium as installedChromium } from '../../src/npm/build/programs.mjs';
import { ROOT } from '../package/fixture.mjs';
import { CHROMIUM_FLAGS, serve } from '../runtimes/pages.mjs';

// Nothing listens on some of the ports that the rows try.
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; worker-src blob:; img-src data:";
const FLAGS = [...CHROMIUM_FLAGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'];

let browser;
let pages;
let server;
before(async () => {
  [browser, pages, server] = await Promise.all([chromium.launch({ executablePath: installedChromium(), args: FLAGS }), serve(ROOT, POLICY), startServerChild()]);
});
after(async () => {
  await browser?.close();
  pages?.close();
  server?.stop();
});

/** A page of its own for each row, so that no connection is left over from another. */
async function withPage(entry, use) {
  const context = await browser.newContext();
  const said = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`));
    await page.goto(`${pages.origin}/tests/browser/page.html#${entry}`);
    await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 10_000 }).catch(() => assert.fail(`the page did not load: ${said.join('\n')}`));
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(said.filter((text) => text.includes(MARKER) || text.startsWith('uncaught')), []);
}

for (const [entry, where] of [['web', 'Chromium'], ['worker', 'Chromium, by a worker']]) {
  for (const { name } of rows) {
    test(`${name} (${where})`, { timeout: 60_000 }, () => withPage(entry, (page) => page.evaluate((scene) => globalThis.runRow(scene), { name, site: server.site })));
  }
}
