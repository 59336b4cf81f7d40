/** A content security policy that forbids wasm is told in every browser, with the word that allows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { install, write } from '../package/fixture.mjs';
import { browsers, html, policy, serve, visit, watch } from './pages.mjs';

const ENTRIES = ['entry.inline.js', 'entry.web.js'];
const MAIN = `
  const told = [];
  for (const entry of ${JSON.stringify(ENTRIES)}) {
    const { fetchAll } = await import('/node_modules/fanfetch/' + entry);
    // A second call fares no differently, and does not wait.
    for (let i = 0; i < 2; i++) await fetchAll(['/']).catch(({ code, message, cause }) => told.push([code, message, cause?.name]));
  }
  fetch('/lines', { method: 'POST', body: JSON.stringify(told) });`;

for (const [browser, { missing }] of Object.entries(browsers)) {
  test(browser, { skip: missing(), timeout: 150_000 }, async () => {
    const user = await install();
    const server = await serve(user.dir, policy());
    try {
      write(user.dir, { 'watch.js': watch(server), 'main.js': MAIN, 'index.html': html('/main.js') });
      const told = await visit(browser, `${server.origin}/index.html`, server);
      const message = "fanfetch: the content security policy forbids WebAssembly; allow it by `script-src 'wasm-unsafe-eval'`";
      assert.deepEqual(told, ENTRIES.flatMap(() => Array(2).fill(['INTERNAL', message, 'CompileError'])));
    } finally {
      server.close();
      user.remove();
    }
  });
}
