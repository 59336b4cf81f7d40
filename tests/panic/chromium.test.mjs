import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServerChild } from '../helpers/server-child.mjs';
import { openBrowser } from '../package/chromium.mjs';
import { scenes } from './scenes.mjs';
import { makeTrapping } from './trapping.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src data:";

let browser;
let server;
before(async () => {
  makeTrapping();
  [browser, server] = await Promise.all([openBrowser(ROOT, POLICY), startServerChild()]);
});
after(async () => {
  await browser?.close();
  server?.stop();
});

for (const { name } of scenes) {
  test(`${name} (Chromium)`, { timeout: 60_000 }, () => browser.page('/tests/panic/page.html', async (scene) => {
    const [fanfetch, { runScene }] = await Promise.all([import('/target/trapping/entry.web.js'), import('/tests/panic/run-scene.mjs')]);
    await runScene(fanfetch, scene);
  }, { name, site: server.site, runtime: 'browser' }));
}
