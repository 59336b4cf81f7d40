import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';

const NONE_ARRIVES = { attempts: 'off' };
const delays = (result) => result.attempts.slice(0, -1).map(({ delay }) => delay);

for (const status of [400, 401, 403, 404, 410, 418, 422, 501, 505]) {
  check(`${status} is final`, async (_, world) => {
    const url = world.at(`/status/${status}`);
    const [result] = await world.fetchAll([url]);
    assert.deepEqual([result.ok, result.error.code, result.attempts.length, result.status], [false, 'HTTP', 1, status]);
    assert.deepEqual([result.error.status, result.error.retryable], [status, false]);
    assert.deepEqual([result.attempts[0].outcome, result.attempts[0].status, result.attempts[0].code], ['http', status, 'HTTP']);
    assert.equal(result.url, url);
    await world.sent(url, 1);
  });
}

for (const status of [408, 425, 429, 500, 502, 503, 504, 521, 522, 524]) {
  check(`${status} is tried again, and the last answer is the one reported`, async (_, world) => {
    const url = world.at(`/status/${status}`);
    const [result] = await world.fetchAll([url]);
    assert.deepEqual([result.ok, result.error.code, result.attempts.length, result.status], [false, 'HTTP', 3, status]);
    assert.equal(result.headers.get('x-attempt'), '3');
    assert.equal(result.error.headers.get('x-attempt'), '3');
    assert.deepEqual(result.error.data, { status, attempt: 3, url: url.slice(world.origins[0].length) });
    assert.equal(result.error.retryable, true);
    await world.sent(url, 3);
  });
}

check('error.data holds at most 64 KiB, even of an endless body, which is closed', NONE_ARRIVES, async (_, world) => {
  const fetch = scripted(answer(404, { 'content-type': 'text/plain' }, 'x'.repeat(200_000)));
  const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch });
  assert.equal(error.data.length, 65_536);
  let closed = 0;
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(120)), cancel: () => { closed++; } });
  const [other] = await world.fetchAll([world.at('/ok')], { fetch: async () => new Response(endless(), { status: 404, headers: { 'content-type': 'text/plain' } }) });
  assert.deepEqual([other.error.code, other.error.data.length, closed], ['HTTP', 65_536, 1]);
});

check('an unparsable body of a failure is no second failure', NONE_ARRIVES, async (_, world) => {
  const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(answer(404, {}, '{oops')) });
  assert.deepEqual([error.code, error.status], ['HTTP', 404]);
});

check('413 is tried again only with a Retry-After; 204 and 304 are final successes', async (_, world) => {
  const paths = ['/status/413', '/status/413?retry-after=0', '/status/204', '/status/304'];
  const results = await world.fetchAll(paths.map((path) => world.at(path)));
  assert.deepEqual(results.map(({ ok, status, attempts }) => [ok, status, attempts.length]), [[false, 413, 1], [false, 413, 3], [true, 204, 1], [true, 304, 1]]);
  assert.ok(results.slice(2).every((result) => 'data' in result && result.data === undefined));
});

check('a bare stream is sent once', async (_, world) => {
  for (const duplex of [{}, { duplex: 'half' }]) {
    const url = world.at('/flaky?fail=1');
    const body = new Blob(['from a stream']).stream();
    const [result] = await world.fetchAll([{ url, method: 'PUT', body, ...duplex }]);
    assert.deepEqual([result.ok, result.error.code, result.attempts.length], [false, 'HTTP', 1]);
    const [entry] = await world.sent(url, 1);
    assert.equal(entry.length, 13);
  }
});

for (const [kind, make] of [
  ['a stream', () => new Blob(['made anew']).stream()],
  ['a promise of text', async () => 'made anew'],
  ['bytes', () => new TextEncoder().encode('made anew')],
]) {
  check(`a body function that gives ${kind} is called once per attempt`, async (_, world) => {
    const url = world.at('/flaky?fail=1');
    let calls = 0;
    const body = () => (calls++, make());
    const [result] = await world.fetchAll([{ url, method: 'PUT', body }]);
    assert.deepEqual([result.ok, result.attempts.length, calls], [true, 2, 2]);
    const [first, second] = await world.sent(url, 2);
    assert.deepEqual([first.length, first.sha256], [9, second.sha256]);
  });
}

check('a body function that throws or rejects fails its request, unsent', NONE_ARRIVES, async (_, world) => {
  const boom = new Error('boom');
  const bodies = [() => { throw boom; }, async () => { throw boom; }];
  const requests = bodies.map((body) => ({ url: world.at('/echo'), method: 'PUT', body }));
  const [first, second, third] = await world.fetchAll([...requests, world.at('/ok')]);
  for (const { ok, attempts, error } of [first, second]) {
    assert.deepEqual([ok, error.retryable, error.cause], [false, false, boom]);
    assert.ok(attempts.length <= 1);
  }
  assert.equal(third.ok, true);
  assert.equal((await world.stats()).requests, 1);
});

check('every kind of body is sent anew, whole', async (_, world) => {
  const form = new FormData();
  form.append('field', 'text');
  const bodies = ['text', new TextEncoder().encode('text'), new TextEncoder().encode('text').buffer, new Blob(['text']), new URLSearchParams('a=b'), form];
  for (const body of bodies) {
    const url = world.at('/flaky?fail=1');
    const [result] = await world.fetchAll([{ url, method: 'PUT', body }]);
    assert.equal(result.ok, true);
    const [first, second] = await world.sent(url, 2);
    assert.ok(first.length > 0 && first.length === second.length);
    if (body !== form) assert.equal(first.sha256, second.sha256);
  }
});

check('retry: a number is the limit, false is none, and 0 is one attempt', async (_, world) => {
  for (const [retry, count] of [[false, 1], [0, 1], [1, 2], [{ limit: 0 }, 1], [{ limit: 4 }, 5]]) {
    const [result] = await world.fetchAll([world.at('/status/503')], { retry });
    assert.equal(result.attempts.length, count);
  }
});

check('retry.limit of a request wins over the batch\'s, whose other fields stay', async (_, world) => {
  const requests = [{ url: world.at('/status/418'), retry: { limit: 1 } }, world.at('/status/418')];
  const results = await world.fetchAll(requests, { retry: { statusCodes: [418] } });
  assert.deepEqual(results.map(({ attempts }) => attempts.length), [2, 3]);
});

check('retry.statusCodes replaces the list', async (_, world) => {
  const results = await world.fetchAll([world.at('/status/418'), world.at('/status/503')], { retry: { statusCodes: [418] } });
  assert.deepEqual(results.map(({ attempts }) => attempts.length), [3, 1]);
});

check('retry.retryOnTimeout: false makes a timeout final', async (_, world) => {
  const [result] = await world.fetchAll([world.at('/hang')], { timeout: 100, retry: { retryOnTimeout: false } });
  assert.deepEqual([result.error.code, result.attempts.length], ['TIMEOUT', 1]);
});

check('retry.backoffLimit caps the delay, and a huge exponent never becomes Infinity', NONE_ARRIVES, async (_, world) => {
  const retry = { limit: 30, delay: 1, factor: 1e30, backoffLimit: 3, jitter: 'none' };
  const [result] = await world.fetchAll([world.at('/ok')], { retry, fetch: scripted(answer(503)) });
  assert.deepEqual(delays(result), [1, ...Array(29).fill(3)]);
});

for (const [jitter, low, high] of [['full', () => 0, (d) => d], ['equal', (d) => d / 2, (d) => d], [undefined, () => 0, (d) => d]]) {
  check(`retry.jitter ${jitter}: each delay lies within its bounds, and they differ`, NONE_ARRIVES, async (_, world) => {
    const retry = { limit: 3, delay: 8, ...(jitter && { jitter }) };
    const results = await world.fetchAll(Array.from({ length: 40 }, () => world.at('/ok')), { retry, fetch: scripted(answer(503)) });
    for (const result of results) {
      delays(result).forEach((delay, i) => assert.ok(delay >= low(8 * 2 ** i) && delay <= high(8 * 2 ** i), `${delay} for retry ${i + 1}`));
    }
    assert.ok(new Set(results.map((result) => delays(result).join())).size > 20);
  });
}

check('retry.jitter decorrelated: delays lie between the first and thrice the last', NONE_ARRIVES, async (_, world) => {
  const retry = { limit: 5, delay: 4, backoffLimit: 30, jitter: 'decorrelated' };
  const results = await world.fetchAll(Array.from({ length: 30 }, () => world.at('/ok')), { retry, fetch: scripted(answer(503)) });
  for (const result of results) {
    let previous = 4;
    for (const delay of delays(result)) {
      assert.ok(delay >= 4 && delay <= Math.min(30, 3 * previous), `${delay} after ${previous}`);
      previous = delay;
    }
  }
});

check('retry.jitter and retry.delay may be functions', NONE_ARRIVES, async (_, world) => {
  const attempts = [];
  const retry = { limit: 3, delay: (attempt) => (attempts.push(attempt), 10 * attempt), jitter: (delay) => delay / 2 };
  const [result] = await world.fetchAll([world.at('/ok')], { retry, fetch: scripted(answer(503)) });
  assert.deepEqual(attempts, [1, 2, 3]);
  assert.deepEqual(delays(result), [5, 10, 15]);
});

for (const odd of [NaN, -5, Infinity, 'soon', undefined]) {
  check(`retry.delay that answers ${odd} neither hangs nor storms`, NONE_ARRIVES, async (_, world) => {
    const fetch = scripted(answer(503));
    const retry = { limit: 2, backoffLimit: 50, delay: () => odd };
    const [result] = await world.fetchAll([world.at('/ok')], { retry, fetch });
    assert.equal(result.ok, false);
    assert.ok(fetch.calls.length <= 3);
  });
}

check('retry.shouldRetry decides after limit and method, at once or by a promise', async (_, world) => {
  const seen = [];
  const decide = (answer) => ({ shouldRetry: (context) => (seen.push(context), answer) });
  for (const [path, verdict, count] of [['404', true, 3], ['503', false, 1], ['503', undefined, 3], ['404', undefined, 1], ['404', Promise.resolve(true), 3]]) {
    const [result] = await world.fetchAll([world.at(`/status/${path}`)], { retry: decide(verdict) });
    assert.equal(result.attempts.length, count, `${path} and ${verdict}`);
  }
  assert.equal(seen[0].error.code, 'HTTP');
  assert.equal(seen[0].attempt, 1);
  assert.equal(seen[0].response.status, 404);
  assert.equal(typeof seen[0].delay, 'number');
  seen.length = 0;
  await world.fetchAll([{ url: world.at('/status/503'), method: 'POST', body: 'x' }], { retry: decide(true) });
  assert.equal(seen.length, 0, 'never asked about a method that may not be repeated');
});

check('the functions of `retry` are called without a receiver', async (_, world) => {
  const seen = [];
  const note = (answer) => function () { seen.push(this); return answer; };
  await world.fetchAll([world.at('/status/503')], { retry: { limit: 1, shouldRetry: note(true), delay: note(1), jitter: note(1) } });
  assert.deepEqual(seen, [undefined, undefined, undefined]);
});

check('retry.shouldRetry that throws fails its request alone', async (_, world) => {
  const boom = new Error('boom');
  const [bad, good] = await world.fetchAll([{ url: world.at('/status/503'), retry: { shouldRetry() { throw boom; } } }, world.at('/ok')]);
  assert.deepEqual([bad.ok, bad.error.code, bad.error.cause], [false, 'HOOK', boom]);
  assert.equal(good.ok, true);
});

check('a wait holds no slot', { attempts: 'equal' }, async (_, world) => {
  const waiting = world.at('/retry-after?seconds=2', 0);
  const others = Array.from({ length: 10 }, () => world.at('/ok', 1));
  const begun = performance.now();
  const results = await world.fetchAll([waiting, ...others], { concurrency: 1 });
  assert.ok(results.every(({ ok }) => ok));
  assert.ok(performance.now() - begun >= 1970);
  const arrivals = await Promise.all(others.map(async (url) => (await world.log(url))[0].t));
  const [first] = await world.log(waiting);
  assert.ok(Math.max(...arrivals) - first.t < 1000, 'the others are done in less than a second');
});
