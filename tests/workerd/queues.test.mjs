/**
 * The example `www/examples/cloudflare-queues`: four consumers, of whose batches one in five is killed, against 20 hosts; 1,000
 * URLs, or with `npm run test:all` 5,000.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { bundleWorker } from './bundle.mjs';
import { Site } from './site.mjs';

const URLS = process.env.FANFETCH_MATRIX === 'all' ? 5_000 : 1_000;
/** Generous: it takes a quarter of that on a machine that does nothing else. */
const LIMIT = URLS * 50 + 60_000;
const HOSTS = 20;
const CONSUMERS = 4;

const example = (path) => fileURLToPath(new URL(`../../www/examples/cloudflare-queues/${path}`, import.meta.url));
const config = JSON.parse(readFileSync(example('wrangler.jsonc'), 'utf8').replace(/^\s*\/\/.*$/gm, ''));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the example for Cloudflare Queues', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fanfetch-queues-'));
  const site = new Site();
  let runtime;
  before(async () => {
    const modules = await bundleWorker(fileURLToPath(new URL('./killed.mjs', import.meta.url)), dir);
    const [{ max_retries: maxRetries, max_batch_size: maxBatchSize }] = config.queues.consumers;
    const workers = Array.from({ length: CONSUMERS }, (_, i) => ({
      name: `crawler-${i}`, ...modules, compatibilityDate: config.compatibility_date, cf: false,
      bindings: { ...config.vars, LEASE_SECONDS: 3 },
      // The local runtime hands a queue's batches to one consumer after the other: each consumer has a queue of its own.
      queueProducers: { URLS: `urls-${i}` },
      queueConsumers: { [`urls-${i}`]: { maxBatchSize, maxRetries, maxBatchTimeout: 0.2 } },
      r2Buckets: { RESULTS: 'results' },
      durableObjects: { CRAWL: { className: 'Crawl', useSQLite: true, scriptName: 'crawler-0' } },
      outboundService: (request) => site.answer(request),
    }));
    runtime = new Miniflare({ workers, log: new Log(LogLevel.NONE) });
    await runtime.ready;
  });
  after(async () => {
    await runtime?.dispose();
    rmSync(dir, { recursive: true, force: true });
  });

  test(`${URLS} URLs have one result each, within limits, though consumers are killed`, { timeout: LIMIT + 20_000 }, async () => {
    const urls = Array.from({ length: URLS }, (_, i) => `https://host-${i % HOSTS}.test/${site.path(i)}`);
    const consumers = await Promise.all(Array.from({ length: CONSUMERS }, (_, i) => runtime.getWorker(`crawler-${i}`)));
    const answers = await Promise.all(consumers.map(async (consumer, i) => {
      const body = urls.filter((_, n) => n % CONSUMERS === i).join('\n');
      return (await consumer.fetch('http://crawler/', { method: 'POST', body })).json();
    }));
    assert.equal(answers.reduce((sum, { queued }) => sum + queued, 0), URLS);

    const progress = async () => (await consumers[0].fetch('http://crawler/')).json();
    let told = await progress();
    for (const begun = Date.now(); told.done < URLS && Date.now() - begun < LIMIT; told = await progress()) await sleep(250);
    const failing = urls.filter((url) => url.includes('gone')).length;
    assert.deepEqual(told, { done: URLS, succeeded: URLS - failing });

    const results = await listed(await runtime.getR2Bucket('RESULTS', 'crawler-0'));
    assert.deepEqual(results.map(({ url }) => url).sort(), urls.toSorted(), 'one object for each URL');
    assert.ok(results.every(({ url, ok }) => ok === String(!url.includes('gone'))));

    assert.ok(site.peak <= config.vars.SLOTS_PER_HOST, `a host has seen ${site.peak} requests at once`);
    assert.ok(site.killed >= 4, `${site.killed} consumers were killed`);
    assert.ok(site.hasty === 0, `${site.hasty} requests came before the time that their host had asked for`);
  });
});

async function listed(bucket) {
  const results = [];
  let cursor;
  do {
    const page = await bucket.list({ cursor, include: ['customMetadata'] });
    results.push(...page.objects.map(({ customMetadata }) => customMetadata));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return results;
}
