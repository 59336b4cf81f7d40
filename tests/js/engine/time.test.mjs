import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';

const fault = ({ error }) => [error?.code, error?.phase, error?.limit];

function within(value, low, high, what = 'ms') {
  assert.ok(value >= low && value <= high, `${value} ${what}, expected ${low} to ${high}`);
}

async function timed(call) {
  const begun = performance.now();
  return [await call(), performance.now() - begun];
}

check('timeout as a number is the attempt\'s', async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/hang')], { timeout: 150, retry: 0 }));
  assert.deepEqual(fault(result), ['TIMEOUT', 'attempt', 150]);
  within(ms, 150, 400);
});

check('timeout.attempt covers the body', async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/drip?bytes=100&chunk=1&every=20')], { timeout: 200, retry: 0 }));
  assert.deepEqual([...fault(result), result.status], ['TIMEOUT', 'attempt', 200, 200]);
  within(ms, 200, 450);
});

check('each attempt starts afresh', async (_, world) => {
  const [result] = await world.fetchAll([world.at('/flaky?mode=hang&fail=1')], { timeout: 300 });
  assert.equal(result.ok, true);
  assert.deepEqual(result.attempts.map(({ outcome }) => outcome), ['timeout', 'success']);
});

check('timeout.headers does not cover the body', async (_, world) => {
  const [result] = await world.fetchAll([world.at('/drip?bytes=10&chunk=1&every=40')], { timeout: { headers: 200 }, responseType: 'bytes' });
  assert.deepEqual([result.ok, result.bytes], [true, 10]);
});

check('of several limits the shortest ends the attempt and names itself', async (_, world) => {
  const timeout = { attempt: 400, headers: 300, idle: 100, total: 2000 };
  const [silent, stalled] = await world.fetchAll([world.at('/hang'), world.at('/stall-body')], { timeout, retry: 0 });
  assert.deepEqual(fault(silent), ['TIMEOUT', 'headers', 300]);
  assert.deepEqual(fault(stalled), ['TIMEOUT', 'idle', 100]);
});

for (const none of [false, Infinity]) {
  check(`${none} is no limit, for the whole and for each part`, async (_, world) => {
    const url = () => world.at('/delay/300');
    const parts = { attempt: none, headers: none, idle: none, total: none };
    const results = await world.fetchAll([{ url: url(), timeout: none }, { url: url(), timeout: parts }, { url: url(), timeout: { attempt: none } }],
      { timeout: 100, retry: 0 });
    assert.deepEqual(results.map(({ ok }) => ok), [true, true, true]);
  });
}

check('a request\'s timeout wins over the batch\'s, field by field', async (_, world) => {
  const [own, inherited] = await world.fetchAll([{ url: world.at('/hang'), timeout: { attempt: 100 } },
    { url: world.at('/hang'), timeout: { headers: 2000 } }], { timeout: { attempt: 250 }, retry: 0 });
  assert.deepEqual(fault(own), ['TIMEOUT', 'attempt', 100]);
  assert.deepEqual(fault(inherited), ['TIMEOUT', 'attempt', 250]);
});

check('progress restarts the idle clock', async (_, world) => {
  const path = '/drip?bytes=50&chunk=1&every=40';
  const [[result], ms] = await timed(() => world.fetchAll([world.at(path)], { timeout: { idle: 200 }, responseType: 'bytes' }));
  assert.deepEqual([result.ok, result.bytes, result.attempts.length], [true, 50, 1]);
  within(ms, 1950, 3000);
});

check('timeout.total ends a body that makes progress', async (_, world) => {
  const path = '/drip?bytes=50&chunk=1&every=40';
  const [[result], ms] = await timed(() => world.fetchAll([world.at(path)], { timeout: { idle: 200, total: 500 } }));
  assert.deepEqual([...fault(result), result.attempts.length], ['TIMEOUT', 'total', 500, 1]);
  within(ms, 500, 900);
});

check('timeout.total covers every attempt and every wait', async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/hang')],
    { timeout: { attempt: 100, total: 350 }, retry: { limit: 9, delay: 50, jitter: 'none', factor: 1 } }));
  assert.equal(result.error.code, 'TIMEOUT');
  assert.ok(['total', 'attempt'].includes(result.error.phase));
  within(result.attempts.length, 2, 3, 'attempts');
  within(ms, 200, 600);
});

check('timeout.total runs while a request is queued, and says so in its phase', async (_, world) => {
  const requests = [world.at('/delay/600', 0), world.at('/delay/600', 0), { url: world.at('/ok', 0), timeout: { total: 200 } }];
  const [[, , result]] = await timed(() => world.fetchAll(requests, { concurrency: 3, concurrencyPerHost: 2 }));
  assert.deepEqual([...fault(result), result.attempts.length], ['TIMEOUT', 'queue', 200, 0]);
});

check('at the deadline everything unfinished fails, and the call returns', { attempts: 'at most' }, async (_, world) => {
  const urls = Array.from({ length: 100 }, () => world.at('/delay/100'));
  const [results, ms] = await timed(() => world.fetchAll(urls, { deadline: 500, concurrency: 4 }));
  within(ms, 500, 800);
  assert.equal(results.length, 100);
  within(results.filter(({ ok }) => ok).length, 12, 20, 'ok');
  for (const result of results.filter(({ ok }) => !ok)) assert.deepEqual(fault(result), ['TIMEOUT', 'deadline', 500]);
  const never = results.filter(({ attempts }) => attempts.length === 0).length;
  within(never, 76, 88, 'never started');
  assert.ok((await world.stats()).requests <= 100 - never);
  const requests = (await world.stats()).requests;
  await world.sleep(200);
  assert.equal((await world.stats()).requests, requests, 'nothing is started after the deadline');
});

check('the deadline may be a Date', { attempts: 'at most' }, async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/hang')], { deadline: new Date(Date.now() + 300) }));
  assert.deepEqual([result.error.code, result.error.phase, result.attempts.length], ['TIMEOUT', 'deadline', 1]);
  within(ms, 290, 600);
});

check('a deadline that has passed starts nothing', async (_, world) => {
  const urls = Array.from({ length: 10 }, () => world.at('/ok'));
  const results = await world.fetchAll(urls, { deadline: new Date(Date.now() - 1000) });
  for (const result of results) assert.deepEqual([result.error.code, result.error.phase, result.attempts.length], ['TIMEOUT', 'deadline', 0]);
  assert.equal((await world.stats()).requests, 0);
});

check('a deadline leaves results that came before it alone', async (_, world) => {
  const results = await world.fetchAll([world.at('/ok'), world.at('/hang'), world.at('/status/404')], { deadline: 300 });
  assert.deepEqual(results.map(({ ok, error }) => [ok, error?.code]), [[true, undefined], [false, 'TIMEOUT'], [false, 'HTTP']]);
});

check('a deadline that is not reached leaves no timer behind', async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/ok')], { deadline: 60_000, timeout: { attempt: 60_000, total: 60_000, idle: 60_000, headers: 60_000 } }));
  assert.equal(result.ok, true);
  within(ms, 0, 1000);
});

check('the connect phase is inside timeout.attempt', async (_, world) => {
  const slow = `http://${world.host}:${world.slow}/ok`;
  const [[fine], ms] = await timed(() => world.fetchAll([slow], { timeout: 1000, retry: 0 }));
  assert.equal(fine.ok, true);
  within(ms, 480, 1000);
  const [[late], short] = await timed(() => world.fetchAll([`http://${world.host}:${world.blackhole}/`, slow], { timeout: 300, retry: 0 }));
  assert.deepEqual(fault(late), ['TIMEOUT', 'attempt', 300]);
  within(short, 300, 550);
});

check('a limit beyond what a timer can hold does not fire at once', async (_, world) => {
  for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE]) {
    const timeout = { attempt: ms, headers: ms, idle: ms, total: ms };
    const [result] = await world.fetchAll([world.at('/delay/30')], { timeout, retry: 0, deadline: ms });
    assert.equal(result.ok, true, String(ms));
  }
});

check('a custom fetch that ignores its signal cannot hold a call beyond its timeout', { attempts: 'off' }, async (_, world) => {
  const [[result], ms] = await timed(() => world.fetchAll([world.at('/ok')], { fetch: () => new Promise(() => {}), timeout: 100, retry: 1 }));
  assert.deepEqual([...fault(result), result.attempts.length], ['TIMEOUT', 'attempt', 100, 2]);
  within(ms, 200, 500);
});

check('timers and clocks are looked up on globalThis at each use, for fake ones', { attempts: 'off' }, async (_, world) => {
  await world.fetchAll([world.at('/ok')], { fetch: scripted(answer()) });
  const clock = fakeClock();
  try {
    let settled = false;
    const fetch = scripted(answer(503, { 'retry-after': '30' }), answer());
    const call = world.fetchAll([world.at('/ok')], { fetch, timeout: { attempt: false, total: 40_000 } }).then(() => { settled = true; });
    await turns(50);
    clock.advance(29_000);
    await turns(50);
    assert.deepEqual([settled, fetch.calls.length], [false, 1]);
    clock.advance(5000);
    await turns(50);
    assert.deepEqual([settled, fetch.calls.length], [true, 2]);
    await call;
  } finally {
    clock.restore();
  }
});

/** Timers and clocks that stand still until they are advanced, as those of vitest, jest and sinon do. */
function fakeClock() {
  const { setTimeout, clearTimeout, performance } = globalThis;
  const armed = new Map();
  let now = 1000;
  let ids = 0;
  globalThis.setTimeout = (run, ms = 0, ...args) => (armed.set(++ids, { at: now + ms, run: () => run(...args) }), ids);
  globalThis.clearTimeout = (id) => armed.delete(id);
  globalThis.performance = { now: () => now };
  return {
    advance(ms) {
      now += ms;
      for (const [id, { at, run }] of [...armed]) if (at <= now && armed.delete(id)) run();
    },
    restore: () => Object.assign(globalThis, { setTimeout, clearTimeout, performance }),
  };
}

async function turns(count) {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}
