import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';

const urls = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));

async function rejection(promise) {
  const [outcome] = await Promise.allSettled([promise]);
  assert.equal(outcome.status, 'rejected');
  return outcome.reason;
}

/** Asserts that nothing is sent any more and that what was in flight has been closed by us. */
async function assertDrained(world, hanging) {
  const { requests } = await world.stats();
  await world.sleep(250);
  const stats = await world.stats();
  assert.deepEqual([stats.inflight, stats.requests], [0, requests]);
  for (const url of hanging) {
    for (const entry of await world.log(url)) assert.equal(entry.end, 'client-closed');
  }
}

for (const reason of [undefined, new Error('mine'), 'a string', 0, null, { own: true }]) {
  check(`an abort rejects with the very reason (${String(reason)})`, async (_, world) => {
    const controller = new AbortController();
    const hanging = urls(world, 3, '/hang');
    const call = rejection(world.fetchAll(hanging, { signal: controller.signal }));
    await world.untilInFlight(3);
    const begun = performance.now();
    controller.abort(reason);
    assert.equal(await call, controller.signal.reason);
    assert.ok(performance.now() - begun < 100);
    await assertDrained(world, hanging);
  });
}

check('an abort while a body is being read closes it', async (_, world) => {
  const controller = new AbortController();
  const stalled = [...urls(world, 2, '/stall-body'), ...urls(world, 2, '/drip?bytes=1000&chunk=1')];
  const call = rejection(world.fetchAll(stalled, { signal: controller.signal, timeout: { idle: 5000 } }));
  await world.untilInFlight(4);
  await world.sleep(50);
  controller.abort();
  assert.equal(await call, controller.signal.reason);
  await assertDrained(world, stalled);
});

check('an abort ends a wait for Retry-After, for backoff and for a token', async (_, world) => {
  const cases = [
    [urls(world, 1, '/retry-after?seconds=30'), {}],
    [urls(world, 1, '/status/503'), { retry: { delay: 20_000, jitter: 'none' } }],
    [urls(world, 5, '/ok'), { rateLimit: { limit: 1, interval: 20_000 } }],
  ];
  for (const [requests, options] of cases) {
    const controller = new AbortController();
    const call = rejection(world.fetchAll(requests, { ...options, signal: controller.signal }));
    await world.sleep(150);
    const begun = performance.now();
    controller.abort();
    assert.equal(await call, controller.signal.reason);
    assert.ok(performance.now() - begun < 100);
  }
  await assertDrained(world, []);
});

check('an abort after the call has settled is nobody\'s business', async (_, world) => {
  const controller = new AbortController();
  const [result] = await world.fetchAll([world.at('/ok')], { signal: controller.signal });
  controller.abort();
  await world.sleep(20);
  assert.equal(result.ok, true);
});

check('an abort inside the user\'s own fetch, in the same turn', { attempts: 'off' }, async (_, world) => {
  const controller = new AbortController();
  let calls = 0;
  const fetch = () => {
    calls++;
    controller.abort('now');
    return new Promise(() => {});
  };
  assert.equal(await rejection(world.fetchAll(urls(world, 20, '/ok'), { signal: controller.signal, concurrency: 3, fetch })), 'now');
  assert.ok(calls <= 3);
});

check('a spec\'s signal fails its request alone, as ABORTED', async (_, world) => {
  const controller = new AbortController();
  const requests = [{ url: world.at('/hang'), signal: controller.signal }, world.at('/delay/300'), { url: world.at('/ok'), signal: AbortSignal.abort() }];
  const call = world.fetchAll(requests);
  await world.sleep(100);
  controller.abort();
  const [aborted, other, before] = await call;
  assert.deepEqual([aborted.error.code, aborted.error.retryable, aborted.attempts.map(({ outcome }) => outcome)], ['ABORTED', false, ['aborted']]);
  assert.equal(other.ok, true);
  assert.deepEqual([before.error.code, before.attempts.length], ['ABORTED', 0]);
});

check('the signal of a Request fails it alone, as a spec\'s does', async (_, world) => {
  const controller = new AbortController();
  const call = world.fetchAll([new Request(world.at('/hang'), { signal: controller.signal }), world.at('/delay/200')], { timeout: 2000, retry: 0 });
  await world.sleep(100);
  controller.abort();
  const [aborted, other] = await call;
  assert.deepEqual([aborted.error?.code, other.ok], ['ABORTED', true]);
});

check('a spec\'s signal ends its wait, too', async (_, world) => {
  const controller = new AbortController();
  const call = world.fetchAll([{ url: world.at('/retry-after?seconds=30'), signal: controller.signal }]);
  await world.sleep(100);
  const begun = performance.now();
  controller.abort();
  const [result] = await call;
  assert.deepEqual([result.error.code, result.attempts.length], ['ABORTED', 1]);
  assert.ok(performance.now() - begun < 100);
});

check('one signal for a thousand specs and the call at once', async (_, world) => {
  const { signal } = new AbortController();
  const requests = Array.from({ length: 1000 }, () => ({ url: world.at('/ok'), signal }));
  const results = await world.fetchAll(requests, { signal });
  assert.ok(results.every(({ ok }) => ok));
});

check('stopOnError rejects with the failure\'s own error and aborts the rest', async (_, world) => {
  const hanging = urls(world, 49, '/hang');
  const failing = world.at('/status/404?wait=100');
  const error = await rejection(world.fetchAll([...hanging.slice(0, 20), failing, ...hanging.slice(20)], { concurrency: 30, stopOnError: true }));
  assert.deepEqual([error.code, error.status, error.url, error.attempts], ['HTTP', 404, failing, 1]);
  assert.equal((await world.stats()).requests, 30);
  await assertDrained(world, hanging);
});

check('stopOnError waits for the retries of a failure, and lets successes be', async (_, world) => {
  const flaky = world.at('/flaky?fail=2');
  const results = await world.fetchAll([flaky, ...urls(world, 10, '/ok')], { stopOnError: true });
  assert.ok(results.every(({ ok }) => ok));
  const error = await rejection(world.fetchAll([world.at('/status/503')], { stopOnError: true }));
  assert.deepEqual([error.code, error.attempts], ['HTTP', 3]);
});

check('of several failures at once the first one rejects', async (_, world) => {
  const error = await rejection(world.fetchAll([...urls(world, 5, '/status/404'), 'not a url'], { stopOnError: true, concurrency: 1 }));
  assert.equal(error.code, 'HTTP');
  assert.equal((await world.stats()).requests, 1);
});

check('a bad input counts as a failure', async (_, world) => {
  const error = await rejection(world.fetchAll([5, ...urls(world, 5, '/ok')], { stopOnError: true }));
  assert.equal(error.code, 'INPUT');
});
