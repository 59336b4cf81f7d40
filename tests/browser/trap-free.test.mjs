/** The rows of `../runtimes/trap-free-rows.mjs` in Chromium. */
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRawServer } from '../helpers/raw-server.mjs';
import { trapFreeRows } from '../runtimes/trap-free-rows.mjs';
import { openBrowser } from '../package/chromium.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src data:";

let browser;
let server;
before(async () => { [browser, server] = await Promise.all([openBrowser(ROOT, POLICY), startRawServer()]); });
after(async () => {
  await browser?.close();
  server?.close();
});

for (const { name } of trapFreeRows) {
  // An error that nobody handles is one of the page, and fails it.
  test(`${name} (Chromium)`, { timeout: 60_000 }, () => browser.page('/tests/panic/page.html', async ([row, raw]) => {
    const [fanfetch, { runTrapFree, trapFreeRows: rows }] = await Promise.all([import('/pkg/entry.web.js'), import('/tests/runtimes/trap-free-rows.mjs')]);
    await runTrapFree(fanfetch, rows.find((each) => each.name === row), { raw });
  }, [name, server.origin]));
}
