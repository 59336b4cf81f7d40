/** Chromium on a folder that is served as it lies, under a content security policy; each call has a page of its own. */
import { chromium } from 'playwright-core';
import { chromium as findChromium } from '../../src/npm/build/programs.mjs';
import { CHROMIUM_FLAGS, serve } from '../runtimes/pages.mjs';

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
  const server = await serve(dir, policy);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });

  /** Runs `work` in a new page at `path`; rejects when the page itself had an error. */
  async function page(path, work, argument) {
    const context = await browser.newContext();
    try {
      const tab = await context.newPage();
      const errors = [];
      tab.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
      tab.on('console', (message) => { if (/Content Security Policy/i.test(message.text()) && !forgive?.test(message.text())) errors.push(message.text()); });
      await prepare?.(tab);
      await tab.goto(server.origin + path);
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
    server.close();
  }
  return { page, close };
}
