import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';

const NONE_ARRIVES = { attempts: 'off' };
const BACKOFF = { delay: 200, jitter: 'none' };

/** The first attempt's wait, when the first answer is a 503 (or `status`) with these headers. */
async function waitFor(world, headers, { status = 503, ...retry } = {}) {
  const fetch = scripted(answer(status, headers), answer());
  const [result] = await world.fetchAll([world.at('/ok')], { fetch, retry: { ...BACKOFF, ...retry } });
  return { result, delay: result.attempts[0].delay, by: result.attempts[0].delayedBy };
}

function within(value, low, high) {
  assert.ok(value >= low && value <= high, `${value} is not within ${low} and ${high}`);
}

for (const date of ['imf', 'rfc850', 'asctime']) {
  check(`Retry-After as an HTTP-date (${date}) is obeyed`, async (_, world) => {
    const url = world.at(`/retry-after?date=${date}&in=2`);
    const [result] = await world.fetchAll([url]);
    assert.equal(result.ok, true);
    assert.equal(result.attempts[0].delayedBy, 'retry-after');
    const [, second] = await world.sent(url, 2);
    within(second.gap, 970, 2800);
  });
}

const MALFORMED = ['garbage', '', '0x10', '1e3', '1.5', '-5', '+1', '1,2', '1 2', '1s', 'Infinity', 'NaN', 'Wed, 99 Foo 2030 00:00:00 GMT',
  'Sun, 31 Feb 2040 00:00:00 GMT', '2040-01-01T00:00:00Z'];
for (const raw of MALFORMED) {
  check(`a bad Retry-After (${JSON.stringify(raw)}) means the normal backoff`, async (_, world) => {
    const url = world.at(`/retry-after?fail=9&raw=${encodeURIComponent(raw)}`);
    const [result] = await world.fetchAll([url], { retry: { ...BACKOFF, limit: 1 } });
    assert.deepEqual([result.ok, result.error.code, result.attempts.length], [false, 'HTTP', 2]);
    assert.deepEqual([result.attempts[0].delay, result.attempts[0].delayedBy], [200, 'backoff']);
    const [, second] = await world.sent(url, 2);
    within(second.gap, 170, 450);
  });
}

for (const raw of ['0', '000', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
  check(`Retry-After: ${raw} means now, and no storm`, async (_, world) => {
    const url = world.at(`/retry-after?fail=9&raw=${encodeURIComponent(raw)}`);
    const [result] = await world.fetchAll([url], { retry: BACKOFF });
    assert.deepEqual([result.ok, result.attempts.length, result.attempts[0].delayedBy], [false, 3, 'retry-after']);
    within(result.attempts[0].delay, 0, 20);
    const [, second] = await world.sent(url, 3);
    within(second.gap, 0, 150);
  });
}

check('leading zeros and surrounding spaces are no fault', NONE_ARRIVES, async (_, world) => {
  const { delay, by } = await waitFor(world, { 'retry-after': ' 01 ' });
  within(delay, 1000, 1100);
  assert.equal(by, 'retry-after');
});

check('a wait beyond maxRetryAfter fails at once and tells the wish', async (_, world) => {
  const url = world.at('/retry-after?seconds=99999999999');
  const begun = performance.now();
  const [{ ok, error, attempts }] = await world.fetchAll([url], { retry: { maxRetryAfter: 5000 } });
  assert.ok(performance.now() - begun < 500);
  assert.deepEqual([ok, error.code, error.status, attempts.length], [false, 'HTTP', 429, 1]);
  assert.ok(error.retryAfter > 5000 && Number.isFinite(error.retryAfter));
  await world.sent(url, 1);
});

check('a wait beyond what a timer can hold neither fires at once nor warns', NONE_ARRIVES, async (_, world) => {
  for (const seconds of ['99999999999', '9'.repeat(400), String(2 ** 31)]) {
    const fetch = scripted(answer(503, { 'retry-after': seconds }), answer());
    const [{ ok, error, attempts }] = await world.fetchAll([world.at('/ok')], { fetch, retry: { maxRetryAfter: Infinity }, timeout: { total: 300 } });
    assert.deepEqual([ok, error.code, attempts.length, fetch.calls.length], [false, 'HTTP', 1, 1]);
  }
});

check('the default of maxRetryAfter is a minute', NONE_ARRIVES, async (_, world) => {
  const [{ ok, error }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(answer(503, { 'retry-after': '61' })) });
  assert.deepEqual([ok, error.code, error.retryAfter], [false, 'HTTP', 61_000]);
});

for (const [name, limit] of [['timeout.total', { timeout: { total: 1000 } }], ['deadline', { deadline: 1000 }]]) {
  check(`a wait beyond what ${name} has left fails at once and tells the wish`, async (_, world) => {
    const url = world.at('/retry-after?seconds=3');
    const begun = performance.now();
    const [{ ok, error }] = await world.fetchAll([url], limit);
    assert.ok(performance.now() - begun < 500);
    assert.deepEqual([ok, error.code, error.status, error.retryAfter], [false, 'HTTP', 429, 3000]);
    await world.sent(url, 1);
  });

  check(`a backoff beyond what ${name} has left fails at once`, async (_, world) => {
    const url = world.at('/status/503');
    const begun = performance.now();
    const [{ ok, error, attempts }] = await world.fetchAll([url], { ...limit, retry: { delay: 5000, jitter: 'none' } });
    assert.ok(performance.now() - begun < 500);
    assert.deepEqual([ok, error.code, error.status, attempts.length], [false, 'HTTP', 503, 1]);
  });
}

check('a date is held against the response\'s own Date, whatever our clock says', NONE_ARRIVES, async (_, world) => {
  const then = Date.UTC(2001, 1, 3, 4, 5, 6);
  const headers = (ms) => ({ date: new Date(then).toUTCString(), 'retry-after': new Date(then + ms).toUTCString() });
  within((await waitFor(world, headers(1000))).delay, 1000, 1100);
  within((await waitFor(world, headers(-5000))).delay, 0, 20);
});

check('the server\'s wish is lengthened by at most a tenth and never shortened', NONE_ARRIVES, async (_, world) => {
  const asked = new Set();
  const fetch = async (input) => {
    const url = String(input.url ?? input);
    if (asked.has(url)) return answer();
    asked.add(url);
    return answer(503, { 'retry-after-ms': '200' });
  };
  const results = await world.fetchAll(Array.from({ length: 30 }, () => world.at('/ok')), { fetch });
  const waits = results.map(({ attempts }) => attempts[0].delay);
  waits.forEach((wait) => within(wait, 200, 220));
  assert.ok(new Set(waits).size > 5, 'a crowd is spread');
});

const epoch = () => Date.now() / 1000;
for (const [name, headers, low, high, by] of [
  ['retry-after-ms', () => ({ 'retry-after-ms': '150' }), 150, 165, 'retry-after'],
  ['retry-after-ms before Retry-After', () => ({ 'retry-after-ms': '150', 'retry-after': '9' }), 150, 165, 'retry-after'],
  ['Retry-After before RateLimit', () => ({ 'retry-after': '0', ratelimit: '"default";r=0;t=9' }), 0, 20, 'retry-after'],
  ['RateLimit t=', () => ({ ratelimit: '"default";r=0;t=1' }), 1000, 1100, 'rate-limit-headers'],
  ['RateLimit before RateLimit-Reset', () => ({ ratelimit: '"a";r=0;t=0', 'ratelimit-reset': '9' }), 0, 20, 'rate-limit-headers'],
  ['RateLimit-Reset', () => ({ 'ratelimit-reset': '1' }), 1000, 1100, 'rate-limit-headers'],
  ['X-RateLimit-Reset-After', () => ({ 'x-ratelimit-reset-after': '0.3' }), 300, 330, 'rate-limit-headers'],
  ['X-RateLimit-Reset in seconds', () => ({ 'x-ratelimit-reset': '1' }), 1000, 1100, 'rate-limit-headers'],
  ['X-RateLimit-Reset as an epoch in seconds', () => ({ 'x-ratelimit-reset': String(Math.ceil(epoch()) + 1) }), 900, 2250, 'rate-limit-headers'],
  ['X-RateLimit-Reset as an epoch in milliseconds', () => ({ 'x-ratelimit-reset': String(Date.now() + 1000) }), 900, 1150, 'rate-limit-headers'],
  ['a malformed Retry-After does not fall through', () => ({ 'retry-after': 'soon', 'ratelimit-reset': '9' }), 200, 200, 'backoff'],
]) {
  check(`the wish of the server: ${name}`, NONE_ARRIVES, async (_, world) => {
    const { result, delay, by: asked } = await waitFor(world, headers());
    assert.equal(result.ok, true);
    within(delay, low, high);
    assert.equal(asked, by);
  });
}

check('only statuses in afterStatusCodes are asked for a wait', NONE_ARRIVES, async (_, world) => {
  for (const status of [500, 502, 504, 408]) {
    assert.equal((await waitFor(world, { 'retry-after': '9' }, { status })).by, 'backoff', String(status));
  }
  assert.equal((await waitFor(world, { 'retry-after': '0' }, { status: 500, afterStatusCodes: [500] })).by, 'retry-after');
  assert.equal((await waitFor(world, { 'retry-after': '9' }, { afterStatusCodes: [] })).by, 'backoff');
});

check('a wish does not make a final status retryable', NONE_ARRIVES, async (_, world) => {
  const fetch = scripted(answer(404, { 'retry-after': '0' }));
  await world.fetchAll([world.at('/ok')], { fetch });
  assert.equal(fetch.calls.length, 1);
});

check('error.retryAfter tells the wish of a last attempt, too', NONE_ARRIVES, async (_, world) => {
  const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(answer(429, { 'retry-after': '7' })), retry: 0 });
  assert.equal(error.retryAfter, 7000);
  const [{ error: silent }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(answer(429)), retry: 0 });
  assert.equal(silent.retryAfter, undefined);
});
