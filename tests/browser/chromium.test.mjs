import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { rows } from '../js/rows.mjs';
import { startServerChild } from '../js/server-child.mjs';
import { MARKER } from '../js/world.mjs';
import { chromium as installedChromium } from '../../src/npm/setup.mjs';
import { servePage } from './static.mjs';

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--enable-precise-memory-info', '--js-flags=--expose-gc'];

let browser;
let pages;
let server;
before(async () => {
  [browser, pages, server] = await Promise.all([chromium.launch({ executablePath: installedChromium(), args: FLAGS }), servePage(), startServerChild()]);
});
after(async () => {
  await browser?.close();
  pages?.close();
  server?.stop();
});

/** A page of its own for each row, so that no connection is left over from another. */
async function withPage(use) {
  const context = await browser.newContext();
  const said = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`));
    await page.goto(pages.origin);
    await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 10_000 }).catch(() => assert.fail(`the page did not load: ${said.join('\n')}`));
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(said.filter((text) => text.includes(MARKER) || text.startsWith('uncaught')), []);
}

for (const { name } of rows) {
  test(`${name} (Chromium)`, { timeout: 60_000 }, () => withPage((page) => page.evaluate((scene) => globalThis.runRow(scene), { name, site: server.site })));
}
