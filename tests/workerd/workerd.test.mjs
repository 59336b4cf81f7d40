import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { rows } from '../runtimes/rows.mjs';
import { startServerChild } from '../helpers/server-child.mjs';

let server;
let worker;
before(async () => {
  server = await startServerChild();
  worker = new Miniflare({
    modules: true,
    modulesRoot: fileURLToPath(new URL('../../', import.meta.url)),
    scriptPath: fileURLToPath(new URL('./worker.mjs', import.meta.url)),
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js', '**/*.mjs'] }],
    compatibilityDate: '2026-07-01',
    log: new Log(LogLevel.ERROR),
  });
  await worker.ready;
});
after(async () => {
  await worker?.dispose();
  server?.stop();
});

for (const { name } of rows) {
  test(`${name} (workerd)`, { timeout: 60_000 }, async () => {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify({ name, site: server.site }) });
    const { error } = await response.json();
    assert.equal(error, null, error);
  });
}
