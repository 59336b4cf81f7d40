// One contender in a process of its own. The first message sets it up, every later one is a round.
import { setImmediate as turn } from 'node:timers/promises';
import { answerWith } from './children.mjs';
import { contenders } from './contenders.mjs';
import { BODY, fakes, makeUrls, reads } from './fake-fetch.mjs';

let run;
let urls;

answerWith(async (message) => (run ? measure(message) : setUp(message)));

/**
 * @param {object} setup
 * @param {string} setup.contender
 * @param {string} setup.entry the module of fanfetch
 * @param {'shared' | 'response'} [setup.fake] the fetch to use instead of the real one
 * @param {string} [setup.origin] the server for the real one
 * @param {number} setup.count URLs in a batch
 * @param {{ concurrency: number, batches: number }[]} setup.warmUps
 */
async function setUp({ contender, entry, fake, origin, count, warmUps }) {
  if (fake) globalThis.fetch = fakes[fake];
  const read = origin ? (response) => response.json() : (response) => response.text();
  const start = await contenders[contender]({ entry, read });
  urls = makeUrls(count, origin);
  for (const { concurrency, batches } of warmUps) {
    for (let i = 0; i < batches; i++) check(await start(urls, concurrency), origin);
  }
  run = start;
}

/** Runs whole batches until `atLeast` ms have passed, and says what a request cost. */
async function measure({ concurrency, atLeast }) {
  gc();
  await turn();
  reads.count = 0;
  let requests = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  do {
    await run(urls, concurrency);
    requests += urls.length;
    // Timers, finalizers and the like get their turn within the measurement: they are part of the price.
    await turn();
  } while (performance.now() - start < atLeast);
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { requests, cpu: (user + system) / requests, perSecond: (requests / elapsed) * 1000, reads: reads.count / requests };
}

function check(values, origin) {
  if (values.length !== urls.length) throw new Error(`${values.length} values for ${urls.length} URLs`);
  for (const value of values) {
    const data = value?.request ? value.data : value;
    if (origin ? data?.ok !== true : data !== BODY && !(value?.ok && data === undefined)) {
      throw new Error(`not the body that was sent: ${JSON.stringify(value)}`);
    }
  }
}
