import assert from 'node:assert/strict';
import { answer } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';

const many = (world, count, path) => Array.from({ length: count }, (_, i) => world.at(path, i % 4));
const COUNTS = ['started', 'succeeded', 'failed', 'inFlight', 'queued', 'retries', 'bytes', 'rate'];

/** An onProgress that keeps what it was told, and when. */
function recorder() {
  const seen = [];
  return { seen, onProgress: (progress) => { seen.push({ ...progress, at: performance.now() }); } };
}

check('the last word says how it ended', async (_, world) => {
  const { seen, onProgress } = recorder();
  const results = await world.fetchAll([...many(world, 5, '/ok'), world.at('/status/404'), world.at('/flaky?fail=2')], { onProgress });
  const { at, eta, rate, bytes, ...last } = seen.at(-1);
  assert.deepEqual(last, { started: 7, total: 7, succeeded: 6, failed: 1, inFlight: 0, queued: 0, retries: 2 });
  assert.ok(rate > 0 && Number.isFinite(rate), `rate ${rate}`);
  assert.ok(eta === 0 || eta === undefined, `eta ${eta}`);
  assert.ok(bytes >= results.reduce((sum, { bytes = 0 }) => sum + bytes, 0), `${bytes} bytes`);
  await world.sleep(250);
  assert.equal(seen.at(-1).at, at, 'nothing is told after the end');
});

check('reports come at most every progressInterval, and meanwhile', async (_, world) => {
  for (const [progressInterval, gap] of [[undefined, 100], [30, 30]]) {
    const { seen, onProgress } = recorder();
    await world.fetchAll(many(world, 40, '/delay/50'), { concurrency: 4, onProgress, ...(progressInterval && { progressInterval }) });
    const gaps = seen.slice(1, -1).map(({ at }, i) => at - seen[i].at);
    assert.ok(gaps.every((ms) => ms >= gap - 10), `every ${gaps.map(Math.round)} ms`);
    const most = Math.ceil((seen.at(-1).at - seen[0].at) / gap) + 2;
    assert.ok(seen.length >= (gap === 100 ? 4 : 8) && seen.length <= most, `${seen.length} times`);
  }
});

check('its numbers agree with each other, and only grow', async (_, world) => {
  const { seen, onProgress } = recorder();
  await world.fetchAll([...many(world, 30, '/delay/30'), ...many(world, 4, '/flaky?fail=1')], { concurrency: 5, onProgress, progressInterval: 10 });
  for (const [i, progress] of seen.entries()) {
    for (const name of COUNTS) assert.ok(Number.isFinite(progress[name]) && progress[name] >= 0, `${name} is ${progress[name]}`);
    const { started, succeeded, failed, inFlight, total } = progress;
    assert.ok(succeeded + failed + inFlight <= started && started <= total && inFlight <= 5, JSON.stringify(progress));
    const before = seen[i - 1];
    for (const name of ['started', 'succeeded', 'failed', 'retries', 'bytes']) assert.ok(before === undefined || progress[name] >= before[name], name);
  }
});

check('rate and eta come from what has been done', async (_, world) => {
  const { seen, onProgress } = recorder();
  const begun = performance.now();
  await world.fetchAll(many(world, 60, '/delay/50'), { concurrency: 4, onProgress, progressInterval: 50 });
  const end = performance.now();
  const middle = seen.filter(({ succeeded }) => succeeded >= 20 && succeeded <= 50);
  assert.ok(middle.length > 0);
  const real = 60 / ((end - begun) / 1000);
  for (const { at, eta, rate } of middle) {
    assert.ok(rate > real / 2 && rate < real * 2, `${rate} per second, in truth ${real}`);
    const left = end - at;
    assert.ok(eta > left / 2.5 - 100 && eta < left * 2.5 + 100, `${eta} ms to go, in truth ${left}`);
  }
});

check('total is known of arrays and sets, and not of generators', async (_, world) => {
  const totals = async (requests) => {
    const { seen, onProgress } = recorder();
    await world.fetchAll(requests, { onProgress });
    return [seen.at(-1).total, 'eta' in seen.at(-1) && seen.at(-1).eta !== undefined && seen.at(-1).total === undefined, seen.at(-1).started];
  };
  const urls = many(world, 3, '/ok');
  assert.deepEqual(await totals(urls), [3, false, 3]);
  assert.deepEqual(await totals(new Set(urls)), [3, false, 3]);
  assert.deepEqual(await totals((function* () { yield* urls; })()), [undefined, false, 3]);
  assert.deepEqual(await totals((async function* () { yield* urls; })()), [undefined, false, 3]);
});

check('an empty list has its end told once', async (_, world) => {
  const { seen, onProgress } = recorder();
  await world.fetchAll([], { onProgress });
  assert.deepEqual(seen.map(({ started, total, succeeded, failed }) => [started, total, succeeded, failed]), [[0, 0, 0, 0]]);
});

check('fetchEach and a client\'s calls tell it, too', async (_, world) => {
  const client = world.createClient();
  for (const fetchEach of [world.fetchEach, client.fetchEach]) {
    const { seen, onProgress } = recorder();
    for await (const { ok } of fetchEach(many(world, 5, '/ok'), { onProgress })) assert.ok(ok);
    assert.deepEqual([seen.at(-1).succeeded, seen.at(-1).inFlight], [5, 0]);
  }
  const { seen, onProgress } = recorder();
  await client.fetchAll(many(world, 3, '/ok'), { onProgress });
  assert.deepEqual([seen.at(-1).succeeded, seen.at(-1).total], [3, 3], 'of this call alone');
});

check('one that throws rejects the call with what it threw, and ends what is in flight', async (_, world) => {
  const boom = { thrown: true };
  const hanging = many(world, 4, '/hang');
  const call = world.fetchAll([...many(world, 4, '/delay/50'), ...hanging], { onProgress() { throw boom; }, progressInterval: 10 });
  assert.equal(await world.assert.rejects(call), boom);
  await world.sleep(100);
  assert.equal((await world.stats()).inflight, 0);
  assert.equal(await world.assert.rejects(world.fetchAll([world.at('/ok')], { onProgress() { throw boom; } })), boom);
});

check('calls of the package, and an abort of its call, are allowed', { attempts: 'off' }, async (_, world) => {
  const inner = [];
  const onProgress = () => { inner.push(world.fetchAll([world.at('/ok')])); };
  await world.fetchAll(many(world, 4, '/ok'), { onProgress, concurrency: 1 });
  assert.ok(inner.length >= 1);
  for (const [result] of await Promise.all(inner)) assert.ok(result.ok);
  const controller = new AbortController();
  const fetch = async () => (await world.sleep(20), answer());
  const call = world.fetchAll(many(world, 50, '/ok'), { fetch, concurrency: 1, onProgress: () => controller.abort('now'), progressInterval: 20, signal: controller.signal });
  assert.equal(await world.assert.rejects(call), 'now');
});

check('bad ones are refused', async (_, world) => {
  for (const [option, options] of [['onProgress', { onProgress: 5 }], ['progressInterval', { progressInterval: -1 }], ['progressInterval', { progressInterval: '1s' }],
    ['progressInterval', { progressInterval: NaN }]]) {
    const error = await world.assert.rejects(world.fetchAll([world.at('/ok')], options));
    assert.ok(error instanceof fanfetch.OptionError);
    assert.equal(error.option, option);
  }
  assert.equal((await world.stats()).requests, 0);
});
