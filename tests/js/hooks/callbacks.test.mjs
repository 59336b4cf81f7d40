import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const NONE_ARRIVES = { attempts: 'off' };

/** Options that call the user's own functions on the way of one request: each is told what to do by `act`. */
const callbacks = (act) => ({
  throwHttpErrors: { throwHttpErrors: (status) => (act(), status === 503) },
  'retry.delay': { retry: { delay: () => (act(), 1) } },
  'retry.jitter': { retry: { delay: 1, jitter: (delay) => (act(), delay) } },
  'retry.shouldRetry': { retry: { delay: 1, shouldRetry: () => { act(); } } },
  body: { method: 'PUT', body: () => (act(), 'text') },
});
const NAMES = Object.keys(callbacks());
const flaky = () => scripted(answer(503), answer());

for (const name of NAMES) {
  check(`${name} may call the package again, in the same turn`, NONE_ARRIVES, async (_, world) => {
    const inner = [];
    const act = () => inner.push(world.fetchAll([world.at('/ok'), world.at('/ok')], { concurrency: 1 }));
    const results = await world.fetchAll([world.at('/ok'), world.at('/ok')], { ...callbacks(act)[name], fetch: flaky(), concurrency: 1 });
    assert.ok(results.every(({ ok }) => ok));
    assert.ok(inner.length >= 1);
    for (const [first, second] of await Promise.all(inner)) assert.ok(first.ok && second.ok);
  });

  check(`${name} that throws fails its own request alone`, NONE_ARRIVES, async (_, world) => {
    const boom = new Error('boom');
    const own = { url: world.at('/ok'), ...callbacks(() => { throw boom; })[name] };
    const [bad, good] = await world.fetchAll([own, world.at('/ok')], { fetch: scripted(answer(503), answer(503), answer()), concurrency: 1 });
    assert.deepEqual([bad.ok, bad.error?.cause, bad.error?.retryable], [false, boom, false]);
    assert.ok(bad.attempts.length <= 1);
    assert.equal(good.ok, true);
  });

  check(`${name} may abort the call, in the same turn`, NONE_ARRIVES, async (_, world) => {
    const controller = new AbortController();
    const options = { ...callbacks(() => controller.abort('now'))[name], signal: controller.signal, fetch: flaky() };
    const [outcome] = await Promise.allSettled([world.fetchAll([world.at('/ok'), world.at('/ok')], options)]);
    assert.deepEqual(outcome, { status: 'rejected', reason: 'now' });
  });
}

check('the input iterator may call the package again, and abort the call', async (_, world) => {
  const inner = [];
  function* inputs() {
    for (let i = 0; i < 3; i++) {
      inner.push(world.fetchAll([world.at('/ok')]));
      yield world.at('/ok');
    }
  }
  assert.ok((await world.fetchAll(inputs(), { concurrency: 1 })).every(({ ok }) => ok));
  for (const [result] of await Promise.all(inner)) assert.ok(result.ok);

  const controller = new AbortController();
  function* aborting() {
    yield world.at('/delay/50');
    controller.abort('now');
    yield world.at('/ok');
  }
  const [outcome] = await Promise.allSettled([world.fetchAll(aborting(), { signal: controller.signal })]);
  assert.deepEqual(outcome, { status: 'rejected', reason: 'now' });
});

check('an async iterator is asked for one input at a time', async (_, world) => {
  let asked = 0;
  let most = 0;
  let left = 12;
  const next = async () => {
    most = Math.max(most, ++asked);
    await world.sleep(5);
    asked--;
    return left-- > 0 ? { value: world.at('/ok'), done: false } : { value: undefined, done: true };
  };
  const results = await world.fetchAll({ [Symbol.asyncIterator]: () => ({ next }) }, { concurrency: 4 });
  assert.deepEqual([results.length, most], [12, 1]);
});

check('an iterator that breaks its protocol rejects the call and hangs nothing', async (_, world) => {
  const broken = [{ next: () => 5 }, { next: () => undefined }, { next: 5 }, {}];
  for (const iterator of broken) {
    for (const list of [{ [Symbol.iterator]: () => iterator }, { [Symbol.asyncIterator]: () => iterator }]) {
      const [outcome] = await Promise.allSettled([world.fetchAll(list)]);
      assert.equal(outcome.status, 'rejected');
      assert.ok(outcome.reason instanceof TypeError);
    }
  }
});

check('a custom fetch with an unreadable Response fails its request, and hangs nothing', NONE_ARRIVES, async (_, world) => {
  const used = answer();
  await used.text();
  const locked = answer();
  locked.body.getReader();
  const failing = (reason) => new Response(new ReadableStream({ start: (controller) => controller.error(reason) }), { headers: { 'content-type': 'text/plain' } });
  for (const make of [() => used, () => locked, () => failing(new Error('boom')), () => failing('text'), () => failing(undefined), () => Response.error()]) {
    for (const watched of [{}, { maxBytes: 1000 }]) {
      const [result] = await world.fetchAll([world.at('/ok')], { fetch: async () => make(), ...watched, retry: 0, timeout: 2000 });
      if (make().type === 'error') continue;
      assert.equal(result.ok, false);
      assert.notEqual(result.error.code, 'TIMEOUT');
    }
  }
});

check('a jump of the system clock changes nothing', async (t, world) => {
  const real = Date.now;
  for (const hours of [24, -24]) {
    const begun = performance.now();
    const call = world.fetchAll([world.at('/hang'), world.at('/delay/100')], { deadline: 400, timeout: { total: 5000 } });
    await world.sleep(50);
    Date.now = () => real() + hours * 3_600_000;
    t.after(() => { Date.now = real; });
    const [hung, fine] = await call;
    Date.now = real;
    assert.deepEqual([hung.error.phase, fine.ok], ['deadline', true]);
    const ms = performance.now() - begun;
    assert.ok(ms >= 400 && ms <= 700, `${ms} ms`);
  }
});

check('timings tell the time in the queue and in waits', async (_, world) => {
  const urls = [world.at('/delay/200'), world.at('/delay/200'), world.at('/flaky?fail=1')];
  const [first, second, third] = await world.fetchAll(urls, { concurrency: 4, concurrencyPerHost: 1, retry: { delay: 100, jitter: 'none' } });
  assert.ok(first.timings.queued < 100 && first.timings.waited === 0, JSON.stringify(first.timings));
  assert.ok(second.timings.queued >= 150 && second.timings.total >= 350, JSON.stringify(second.timings));
  assert.ok(third.timings.waited >= 95 && third.timings.waited < 400, JSON.stringify(third.timings));
  for (const { timings, attempts } of [first, second, third]) {
    const busy = attempts.reduce((sum, { duration }) => sum + duration, 0);
    assert.ok(timings.queued + timings.waited + busy <= timings.total + 5, JSON.stringify({ timings, attempts }));
  }
});

check('a result that failed tells what the last answer was, and no more', async (_, world) => {
  const [network, http] = await world.fetchAll([world.at('/reset'), world.at('/status/404')], { retry: 0 });
  assert.deepEqual(brief(network), [false, 'NETWORK', 1]);
  assert.deepEqual([network.status, network.headers, network.url], [undefined, undefined, undefined]);
  assert.deepEqual([http.status, http.headers.get('content-type'), http.url], [404, 'application/json', http.request.url]);
});
