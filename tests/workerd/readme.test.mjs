/** The worker of the README, as it stands there. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { startServerChild } from '../helpers/server-child.mjs';
import { bundleWorker } from './bundle.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const workers = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code).filter((code) => code.includes('export default {'));

const dir = mkdtempSync(join(tmpdir(), 'fanfetch-worker-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('the worker of the README answers early, and fetches the rest from its queue', async (t) => {
  assert.equal(workers.length, 1);
  writeFileSync(join(dir, 'worker.js'), workers[0]);
  const server = await startServerChild();
  t.after(() => server.stop());
  const worker = new Miniflare({
    ...(await bundleWorker(join(dir, 'worker.js'), join(dir, 'out'))),
    compatibilityDate: '2026-07-01', cf: false, log: new Log(LogLevel.ERROR),
    queueProducers: { QUEUE: 'rest' }, queueConsumers: { rest: { maxBatchSize: 40, maxBatchTimeout: 0.1 } },
  });
  t.after(() => worker.dispose());
  const urls = Array.from({ length: 200 }, (_, i) => `${server.site.origins[0]}/ok?key=readme-${i}`);
  const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify(urls) });
  assert.equal((await response.json()).length, 45);
  const begun = Date.now();
  while ((await server.control('/__stats')).requests < 200 && Date.now() - begun < 10_000) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await server.control('/__stats')).requests, 200, 'each once');
});
