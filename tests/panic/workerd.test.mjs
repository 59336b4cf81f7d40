import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { startServerChild } from '../helpers/server-child.mjs';
import { scenes } from './scenes.mjs';
import { makeTrapping } from './trapping.mjs';

let server;
let worker;
before(async () => {
  makeTrapping();
  server = await startServerChild();
  worker = new Miniflare({
    modules: true,
    modulesRoot: fileURLToPath(new URL('../../', import.meta.url)),
    scriptPath: fileURLToPath(new URL('./worker.mjs', import.meta.url)),
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js', '**/*.mjs'] }],
    compatibilityDate: '2026-07-01',
    cf: false,
    log: new Log(LogLevel.ERROR),
  });
  await worker.ready;
});
after(async () => {
  await worker?.dispose();
  server?.stop();
});

const ask = async (scene) => {
  const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify(scene) });
  assert.equal(response.status, 200, response.status === 200 ? '' : await response.text());
  return response.json();
};

for (const { name } of scenes) {
  test(`${name} (workerd)`, { timeout: 60_000 }, async () => {
    const { error } = await ask({ name, site: server.site });
    assert.equal(error, null, error);
  });
}

test('a trap in one invocation ends the waits of all, and the next instance works', { timeout: 60_000 }, async () => {
  await server.control('/__reset');
  const at = (path, key, host = 0) => `${server.site.origins[host]}${path}${path.includes('?') ? '&' : '?'}key=${key}`;
  const others = [
    ask({ act: 'call', urls: [at('/hang', 'a'), at('/hang', 'b')] }), ask({ act: 'client', urls: [at('/hang', 'c'), at('/hang', 'd')] }),
    ask({ act: 'backoff', urls: [at('/status/503', 'e')] }), ask({ act: 'body', urls: [at('/stall-body?after=10', 'f')] }),
  ];
  for (let i = 0; i < 200 && (await server.control('/__stats')).requests < 6; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(await ask({ act: 'trap', urls: [at('/ok', 'g', 1)] }), ['INTERNAL', 'fulfilled']);
  const begun = performance.now();
  assert.deepEqual(await Promise.all(others), [['INTERNAL'], ['INTERNAL', 'INTERNAL'], ['INTERNAL'], ['INTERNAL']]);
  assert.ok(performance.now() - begun < 100, `${performance.now() - begun} ms`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const key of 'abcdf') assert.deepEqual((await server.control(`/log?key=${key}`)).map(({ end }) => end), ['client-closed'], key);
});
