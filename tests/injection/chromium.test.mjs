/** Injects at each point of each scenario, in Chromium: only the request or call concerned may fail. */
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../package/chromium.mjs';
import { names } from './all.mjs';
import { createTable, round, shareOf } from './table.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";

const table = createTable('Chromium');
let browser;
before(async () => { browser = await openBrowser(ROOT, POLICY); });
after(async () => {
  table.print();
  await browser?.close();
});

for (const name of names) {
  test(`injection: ${name} (Chromium)`, async (t) => {
    table.judge(t, name, await browser.page('/tests/injection/page.html', async ([scenario, part, share]) => {
      while (document.title !== 'ready') await new Promise((resolve) => setTimeout(resolve, 10));
      return globalThis.runInjection(scenario, part, share);
    }, [name, round, shareOf('Chromium')]));
  });
}
