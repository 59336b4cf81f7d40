/** Invocations of a worker that overlap and share a client, and nothing else: no slot, no timer, nothing that waits. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { startServerChild } from '../helpers/server-child.mjs';

let server;
before(async () => {
  server = await startServerChild();
});
after(() => server?.stop());

/** In whose invocations a promise of another may be settled or not; nothing of ours depends on it. */
const RUNTIMES = { 'as it is by default': [], 'where no promise is settled from another invocation': ['no_handle_cross_request_promise_resolution'] };
for (const [name, compatibilityFlags] of Object.entries(RUNTIMES)) describe(name, () => invocations(compatibilityFlags));

/** @param {string[]} compatibilityFlags */
function invocations(compatibilityFlags) {
  let worker;
  before(async () => {
    worker = new Miniflare({
      modules: true,
      modulesRoot: fileURLToPath(new URL('../../', import.meta.url)),
      scriptPath: fileURLToPath(new URL('./invocations.mjs', import.meta.url)),
      modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js', '**/*.mjs'] }],
      compatibilityDate: '2026-07-01',
      compatibilityFlags,
      queueProducers: { LEFTOVERS: 'leftovers' },
      queueConsumers: { leftovers: { maxBatchSize: 5, maxBatchTimeout: 0.1 } },
      cf: false,
      log: new Log(LogLevel.ERROR),
    });
    await worker.ready;
  });
  after(() => worker?.dispose());

  /** The same in all runtimes. */
  const whatever = { skip: compatibilityFlags.length > 0 };

  const ask = async (act, more) => {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify({ act, ...more }) });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let round = 0;
  /** Paths of a round, for each invocation its own. */
  const paths = (invocations, count, path = (i, j) => `/delay/${(i * 7 + j) % 30}`) => {
    round += 1;
    return Array.from({ length: invocations }, (_, i) => Array.from({ length: count }, (_, j) => {
      const own = path(i, j);
      return `${own}${own.includes('?') ? '&' : '?'}key=${round}-${i}-${j}-${compatibilityFlags.length}`;
    }));
  };
  const at = (list) => list.map((path, i) => server.site.origins[i % (server.site.origins.length - 1)] + path);
  const overlapping = (act, all, more) => Promise.all(all.map((list) => ask(act, { ...more, urls: at(list) })));
  const keptTo = (times, limit, interval) => {
    const sorted = times.toSorted((a, b) => a - b);
    const spans = sorted.slice(limit).map((time, i) => time - sorted[i]).sort((a, b) => a - b);
    // A busy machine may halt the process between a decision and its fetch; what is exact is shown in virtual time.
    const [few] = spans.slice(Math.floor(spans.length / 20));
    assert.ok(few >= interval * 0.9, `${limit + 1} starts within ${few} ms`);
    const least = (Math.ceil(times.length / limit) - 1) * interval;
    assert.ok(sorted.at(-1) - sorted[0] >= least - interval, `${times.length} starts within ${sorted.at(-1) - sorted[0]} ms`);
  };

  test('nothing happens while the module is loaded, though clients are made there', async () => {
    assert.deepEqual(await ask('atLoad'), []);
  });

  test('40 invocations of 30 URLs each share a client', async () => {
    const all = paths(40, 30);
    assert.deepEqual(await overlapping('all', all, { client: 'plain' }), all);
    const { inFlight, queued, stats, concurrency } = await ask('counts', { client: 'plain' });
    assert.deepEqual([inFlight, queued, concurrency, stats.started, stats.succeeded, stats.failed, stats.inFlight], [0, 0, 6, 1200, 1200, 0, 0]);
    const perHost = Object.values(stats.hosts).map(({ succeeded }) => succeeded);
    assert.equal(perHost.reduce((sum, one) => sum + one), 1200);
  });

  test('an invocation has six requests under way at once, by default', async () => {
    await server.control('/concurrency?reset=1');
    const [list] = paths(1, 40, () => '/delay/30');
    await ask('once', { urls: at(list) });
    assert.equal((await server.control('/concurrency')).peak, 6);
  });

  test('40 invocations of 30 URLs each keep to one rate together', async () => {
    const all = paths(40, 30);
    const [plain, derived] = [all.slice(0, 30), all.slice(30)];
    const answers = await Promise.all([overlapping('all', plain, { client: 'paced' }), overlapping('all', derived, { client: 'derived' })]);
    assert.deepEqual(answers.flat(), all);
    const times = (await ask('sent', { name: 'paced' })).map(([, time]) => time);
    assert.equal(times.length, 1200);
    keptTo(times, 40, 200);
    const took = Math.max(...times) - Math.min(...times);
    assert.ok(took < 1200 / 40 * 200 * 1.5, `${took} ms for what takes 5,800`);
  });

  test('each host has its rate, whichever invocation asks it', async () => {
    const all = paths(10, 20, () => '/ok');
    await overlapping('all', all, { client: 'hosted' });
    const sent = await ask('sent', { name: 'hosted' });
    assert.equal(sent.length, 200);
    for (const origin of new Set(sent.map(([origin]) => origin))) {
      keptTo(sent.filter(([other]) => other === origin).map(([, time]) => time), 5, 200);
    }
  });

  test('hooks of a client run in the invocation whose request it is', async () => {
    const all = paths(40, 30);
    assert.deepEqual(await overlapping('all', all, { client: 'hooked' }), all);
    const { before, after, results } = await ask('told');
    assert.deepEqual([before, after, results], [1200, 1200, 1200]);
  });

  test('retries and waits of overlapping invocations', async () => {
    const all = paths(40, 5, (i, j) => (j % 2 ? '/flaky?fail=2&status=503' : '/flaky?fail=1&mode=reset'));
    const answers = await overlapping('all', all, { client: 'retrying' });
    assert.ok(answers.flat().every((said) => !String(said).includes(':')), answers.flat().join('\n'));
  });

  test('an abort ends its own invocation’s call and no other', async () => {
    const [going, ending] = [paths(20, 20), paths(20, 20, () => '/delay/400')];
    const [answers, ended] = await Promise.all([
      overlapping('all', going, { client: 'plain' }), overlapping('aborted', ending, { client: 'plain', after: 50 }),
    ]);
    assert.deepEqual(answers, going);
    assert.deepEqual(ended, ending.map(() => ['rejected', 'Error: enough']));
  });

  test('an authorization that is refused is renewed by each invocation for itself', async () => {
    const all = paths(10, 6, () => '/auth/bearer');
    const answers = await overlapping('all', all, { client: 'guarded' });
    assert.deepEqual(answers, all);
    const { refreshed } = await ask('told');
    assert.ok(refreshed >= 1 && refreshed <= 10, `${refreshed} times`);
  });

  test('createFetch serves overlapping invocations', async () => {
    const all = paths(40, 10);
    assert.deepEqual(await overlapping('dropIn', all), all);
  });

  test('an early answer leaves the next invocation no slot, count or place in a rate', async () => {
    const hanging = paths(10, 8, () => '/hang');
    for (const client of ['plain', 'paced']) {
      const left = await overlapping('early', hanging, { client });
      assert.ok(left.some(({ inFlight }) => inFlight > 0), 'there was work under way');
    }
    const begun = performance.now();
    for (const client of ['plain', 'paced']) {
      const all = paths(5, 12);
      assert.deepEqual(await overlapping('all', all, { client }), all);
    }
    assert.ok(performance.now() - begun < 4000, `${performance.now() - begun} ms`);
    assert.ok(await ask('idle', { client: 'plain' }) < 3500, 'nobody waits for the dead');
    const { inFlight, queued, stats } = await ask('counts', { client: 'plain' });
    assert.deepEqual([inFlight, queued, stats.inFlight, stats.queued], [0, 0, 0, 0]);
  });

  test('answers given early leave no memory behind', whatever, async () => {
    const memories = [];
    for (let turn = 0; turn < 2; turn += 1) {
      for (let i = 0; i < 20; i += 1) await overlapping('early', paths(25, 8, () => '/hang'), { client: 'plain', after: 5 });
      // Cleared away by the beat of another, when their own has failed for three seconds and a while longer.
      const [list] = paths(1, 1, () => '/delay/5500');
      await ask('all', { client: 'plain', urls: at(list) });
      memories.push(await ask('memory'));
    }
    // How many lie about at once varies; kept, each of the 500 would be tens of kilobytes.
    assert.ok(memories[0] > 0 && memories[1] - memories[0] < 700_000, memories.join());
  });

  test('work left behind by an answer ends with it, unless `waitUntil` was told', async () => {
    const [lost, kept, idle] = paths(3, 4, () => '/delay/300');
    const before = (await ask('counts', { client: 'plain' })).stats;
    await ask('early', { client: 'plain', urls: at(lost) });
    await ask('early', { client: 'plain', urls: at(kept), wait: true });
    await ask('detached', { client: 'plain', urls: at(idle) });
    await sleep(1200);
    const done = async (list) => {
      const logs = await Promise.all(list.map((path) => server.control(`/log?key=${new URLSearchParams(path.split('?')[1]).get('key')}`)));
      return logs.flat().length;
    };
    assert.deepEqual([await done(kept), await done(idle)], [4, 4]);
    const { stats } = await ask('counts', { client: 'plain' });
    assert.deepEqual([stats.succeeded - before.succeeded, stats.failed - before.failed], [8, 0]);
  });

  test('calls of other invocations hear by themselves of a turn in one', async () => {
    const [paused, cancelled, slow] = paths(3, 8, () => '/delay/20');
    await ask('turn', { client: 'switched', pause: true });
    const waiting = ask('all', { client: 'switched', urls: at(paused) });
    await sleep(250);
    assert.deepEqual((({ inFlight, queued }) => [inFlight, queued])(await ask('counts', { client: 'switched' })), [0, 8]);
    await ask('turn', { client: 'switched', resume: true });
    assert.deepEqual(await waiting, paused);

    await ask('turn', { client: 'switched', pause: true });
    const failing = ask('all', { client: 'switched', urls: at(cancelled) });
    await sleep(150);
    assert.equal(await ask('turn', { client: 'switched', cancel: true }), 8);
    assert.equal(await ask('turn', { client: 'switched', cancel: true }), 0, 'they are not counted twice');
    assert.ok((await failing).every((said) => said.startsWith('ABORTED')));

    await ask('turn', { client: 'switched', resume: true });
    await server.control('/concurrency?reset=1');
    const growing = ask('all', { client: 'switched', urls: at(slow.map((path) => path.replace('/delay/20', '/delay/1500'))) });
    await sleep(50);
    await ask('turn', { client: 'switched', concurrency: 8 });
    await growing;
    assert.equal((await server.control('/concurrency')).peak, 8);
  });

  test('close ends the calls of other invocations, too', async () => {
    const calls = paths(5, 8, () => '/hang').map((list) => ask('closing', { urls: at(list) }));
    await sleep(300);
    const begun = performance.now();
    await ask('close');
    for (const [how, codes] of await Promise.all(calls)) assert.deepEqual([how, ...new Set(codes)], ['fulfilled', 'CLOSED']);
    assert.ok(performance.now() - begun < 1000);
    const [list] = paths(1, 1);
    assert.deepEqual(await ask('closing', { urls: at(list) }), ['rejected', 'CLOSED']);
  });

  test('bodies that nobody can read any more free their slots', async () => {
    const [list] = paths(1, 3, () => '/huge?bytes=200000');
    assert.deepEqual(await ask('lost', { urls: at(list) }), [200, 200, 200]);
  });

  test('maxFetches keeps to the subrequests that an invocation has', whatever, async () => {
    const { codes, made } = await ask('subrequests', { most: 50, count: 60, maxFetches: 50 });
    assert.equal(made, 50);
    assert.deepEqual(Object.keys(codes).filter((code) => code !== 'HTTP').sort(), ['BUDGET_EXHAUSTED', 'ok']);
    assert.equal(Object.values(codes).reduce((sum, one) => sum + one), 60);
  });

  test('six connections are enough, whatever becomes of the bodies', whatever, async () => {
    assert.deepEqual(await ask('connections', { most: 6, count: 216 }), { results: 216, free: 6, peak: 6 });
  });

  for (const contentType of ['json', 'v8']) {
    test(`the rest that a budget leaves goes to a queue as it is (${contentType})`, whatever, async () => {
      const before = (await ask('collected')).length;
      const [list] = paths(1, 20);
      assert.deepEqual(await ask('leftovers', { urls: at(list), maxFetches: 8, contentType }), { done: 8, left: 12 });
      for (let turn = 0; turn < 100 && (await ask('collected')).length < before + 12; turn += 1) await sleep(50);
      const collected = (await ask('collected')).slice(before).sort((one, other) => one.tag.i - other.tag.i);
      assert.deepEqual(collected.map(({ url, tag }) => [url, tag.i]), list.slice(8).map((path, i) => [path, i + 8]));
      assert.ok(collected.every(({ ok, attempts }) => ok && attempts === 0));
    });
  }
}
