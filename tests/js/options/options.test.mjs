import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { answer, scripted } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';

/** Asserts that the call rejects before anything is sent, with an OptionError that names the option. */
async function assertRefused(world, options, named, { suggests } = {}) {
  const [outcome] = await Promise.allSettled([world.raw([world.at('/ok')], options)]);
  assert.equal(outcome.status, 'rejected', `${named}: ${inspect(options)} is refused`);
  const error = outcome.reason;
  assert.ok(error instanceof TypeError, error?.stack);
  if (fanfetch.OptionError) assert.ok(error instanceof fanfetch.OptionError);
  assert.deepEqual([error.code, error.name], ['OPTION', 'OptionError']);
  assert.ok(error.option === named || error.option.startsWith(`${named}.`), error.option);
  assert.ok(error.message.includes(error.option), error.message);
  if (suggests) assert.match(error.message, new RegExp(`\\b${suggests}\\b`));
  assert.equal((await world.stats()).requests, 0, 'A');
}

async function assertUsable(world) {
  const [result] = await world.fetchAll([world.at('/ok')]);
  assert.equal(result.ok, true);
}

const refused = (named, values) => {
  for (const value of values) {
    check(`${named} may not be ${inspect(value)}`, async (_, world) => {
      const [outer, inner] = named.split('.');
      await assertRefused(world, { [outer]: inner ? { [inner]: value } : value }, named);
      await assertUsable(world);
    });
  }
};

const NO_COUNT = [0, -1, 1.5, NaN, '5', -Infinity, null, [], true, 5n];
refused('concurrency', NO_COUNT);
refused('concurrencyPerHost', [...NO_COUNT, {}]);
const NO_DURATION = [NaN, -1, -0.5, -Infinity, '1s', '1000', 0, -0, null, [], true, 5n];
refused('timeout', NO_DURATION);
for (const part of ['attempt', 'headers', 'idle', 'total']) refused(`timeout.${part}`, [...NO_DURATION, {}]);
refused('retry', [-1, 1.5, NaN, '2', null, true, []]);
refused('retry.limit', [-1, 1.5, NaN, '2', null, true]);
for (const part of ['methods', 'statusCodes', 'afterStatusCodes']) refused(`retry.${part}`, ['GET', 503, null, {}]);
refused('retry.statusCodes', [['503'], [NaN], [{}]]);
refused('retry.methods', [[5], [null]]);
for (const part of ['maxRetryAfter', 'backoffLimit', 'factor', 'delay']) refused(`retry.${part}`, [NaN, -1, '1', null, {}]);
refused('retry.jitter', ['ful', '', 5, null, true]);
refused('retry.retryOnTimeout', [0, 'yes', null]);
refused('retry.shouldRetry', [true, 'yes', {}]);
for (const name of ['maxBytes', 'expectedBytes']) refused(name, [-1, NaN, '5', null, {}, true]);
refused('responseType', ['xml', '', 5, null, 'stream', 'response', 'JSON']);
refused('throwHttpErrors', [0, 'yes', null, {}]);
refused('signal', [5, 'abort', {}, true]);
refused('deadline', ['tomorrow', NaN, -1, new Date(NaN), null, {}]);
refused('rateLimit', [5, 'fast', null, true, []]);
refused('rateLimit.limit', [0, -1, 1.5, NaN, '5']);
refused('stopOnError', [0, 'yes', null]);
refused('baseUrl', ['not a url', '', 5, 'javascript:alert(1)', 'file:///etc/', null]);
refused('fetch', [5, 'fetch', {}, null]);
refused('priority', ['urgent', NaN, {}, null]);
refused('auth', ['token', 5, {}, { bearer: 5 }, { username: 'u' }, { password: 'p' }, null]);
refused('headers', [5, true, 'x: y', null]);
refused('method', [5, '', 'GE T', {}, null]);

check('Infinity is no limit, and 2**53 is either that or refused by name', async (_, world) => {
  for (const concurrency of [1, 32, Infinity]) assert.equal((await world.raw([world.at('/ok')], { concurrency }))[0].ok, true);
  const outcome = await world.raw([world.at('/ok')], { concurrency: 2 ** 53 }).catch((error) => error);
  assert.ok(Array.isArray(outcome) ? outcome[0].ok : outcome.option === 'concurrency', String(outcome));
});

check('an option that is not there yet says so by name', async (_, world) => {
  await assertRefused(world, { concurrency: 'auto' }, 'concurrency');
});

for (const [name, options, nearest] of [
  ['timout', { timout: 5 }, 'timeout'], ['concurency', { concurency: 5 }, 'concurrency'], ['concurrencyPerhost', { concurrencyPerhost: 5 }, 'concurrencyPerHost'],
  ['Timeout', { Timeout: 5 }, 'timeout'], ['stopOnErrors', { stopOnErrors: true }, 'stopOnError'], ['header', { header: {} }, 'headers'],
  ['retires', { retires: 5 }, undefined], ['retry.limt', { retry: { limt: 5 } }, 'limit'], ['retry.statuscodes', { retry: { statuscodes: [] } }, 'statusCodes'],
  ['timeout.atempt', { timeout: { atempt: 5 } }, 'attempt'], ['rateLimit.intervall', { rateLimit: { limit: 1, intervall: 5 } }, 'interval'],
  ['colour', { colour: 'red' }, undefined], ['__proto__x', { __proto__x: 1 }, undefined],
]) {
  check(`unknown ${name} is refused${nearest ? `, and ${nearest} suggested` : ''}`, async (_, world) => {
    await assertRefused(world, options, name, { suggests: nearest });
    await assertUsable(world);
  });
}

for (const options of [null, 5, 'fast', true, [], () => {}, Symbol('s'), 7n]) {
  check(`options may not be ${inspect(options)}`, async (_, world) => {
    await assertRefused(world, options, 'options');
  });
}

check('a getter that throws rejects with what it threw', async (_, world) => {
  const boom = new Error('boom');
  for (const options of [{ get timeout() { throw boom; } }, { retry: { get limit() { throw boom; } } }]) {
    const [outcome] = await Promise.allSettled([world.raw([world.at('/ok')], options)]);
    assert.equal(outcome.reason, boom);
  }
  assert.equal((await world.stats()).requests, 0);
});

check('frozen, null-prototype, proxied and class-made options work', async (_, world) => {
  class Options {
    concurrency = 2;
    get timout() { return 5; }
  }
  const shapes = [
    Object.freeze({ concurrency: 2 }), Object.assign(Object.create(null), { concurrency: 2 }),
    new Proxy({ concurrency: 2 }, {}), new Options(), Object.create({ concurrency: 0, timout: 5 }),
      { concurrency: undefined, timeout: undefined, signal: undefined, retry: { limit: undefined } },
  ];
  for (const options of shapes) assert.equal((await world.raw([world.at('/ok')], options))[0].ok, true);
  assert.equal((await world.raw([world.at('/ok')], undefined))[0].ok, true);
  assert.equal((await world.raw([world.at('/ok')]))[0].ok, true);
});

check('a polluted Object.prototype is not read', async (_, world) => {
  const names = ['timeout', 'concurrency', 'retry', 'json', 'auth', 'baseUrl', 'maxBytes', 'responseType', 'searchParams', 'oddity'];
  for (const name of names) Object.defineProperty(Object.prototype, name, { value: 0, configurable: true, writable: true });
  try {
    const [result] = await world.raw([world.at('/ok')], {});
    assert.equal(result.ok, true);
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
});

for (const [options, named] of [[{ headers: { 'x-a': 'S3CR3T\r\nx-b: 1' } }, 'headers'], [{ headers: { 'x a': 'S3CR3T' } }, 'headers'],
  [{ auth: { bearer: 'S3CR3T\n' } }, 'auth']]) {
  check(`${named} of the batch with a line break are refused, unseen`, async (_, world) => assertRefused(world, options, named));
}

check('options of one request fail that request alone, and the error names the option', async (_, world) => {
  const bad = [{ timout: 5 }, { timeout: -1 }, { timeout: { attempt: 0 } }, { retry: { limit: 1.5 } }, { responseType: 'stream' }, { maxBytes: '5' },
    { concurrency: 5 }, { signal: 5 }];
  const names = ['timout', 'timeout', 'attempt', 'limit', 'responseType', 'maxBytes', 'concurrency', 'signal'];
  const results = await world.fetchAll([...bad.map((options) => ({ url: world.at('/ok'), ...options })), world.at('/ok')]);
  bad.forEach((_, i) => {
    assert.deepEqual([results[i].ok, results[i].error?.code, results[i].attempts.length], [false, 'INPUT', 0], names[i]);
    assert.ok(results[i].error.message.includes(names[i]), results[i].error.message);
  });
  assert.equal(results.at(-1).ok, true);
});

check('a message is no longer than a screen, however large the value', async (_, world) => {
  const error = await world.raw([], { concurrency: 'x'.repeat(1e6) }).catch((thrown) => thrown);
  assert.ok(error.message.length < 1000);
});

check('other members of RequestInit are passed through to fetch', { attempts: 'off' }, async (_, world) => {
  const members = { cache: 'no-store', credentials: 'include', keepalive: true, mode: 'cors', redirect: 'error', referrer: '',
    referrerPolicy: 'no-referrer', integrity: 'sha256-x' };
  const fetch = scripted(answer());
  await world.raw([{ url: world.at('/ok'), cache: 'reload' }, world.at('/ok')], { ...members, fetch });
  assert.deepEqual(fetch.calls.map(({ of }) => of('cache')).sort(), ['no-store', 'reload']);
  for (const { of } of fetch.calls) {
    for (const name of Object.keys(members).filter((name) => name !== 'cache')) assert.equal(of(name), members[name], name);
  }
});

check('the signal that fetch sees is never the user\'s own', { attempts: 'off' }, async (_, world) => {
  const { signal } = new AbortController();
  const fetch = scripted(answer());
  await world.raw([{ url: world.at('/ok'), signal }], { signal, fetch });
  assert.notEqual(fetch.calls[0].signal, signal);
  assert.equal(fetch.calls[0].signal.aborted, false);
});

check('fetch is looked up on globalThis at each attempt', { attempts: 'off' }, async (_, world) => {
  const original = globalThis.fetch;
  const second = scripted(answer());
  try {
    globalThis.fetch = async () => {
      globalThis.fetch = second;
      return answer(503);
    };
    const [result] = await world.raw([world.at('/ok')], { retry: { delay: 1 } });
    assert.deepEqual([result.ok, result.attempts.length, second.calls.length], [true, 2, 1]);
  } finally {
    globalThis.fetch = original;
  }
});

check('a custom fetch may call the package again', async (_, world) => {
  const fetch = async (input, init) => {
    const [inner] = await world.fetchAll([world.at('/ok')]);
    assert.equal(inner.ok, true);
    return globalThis.fetch(input, init);
  };
  const results = await world.fetchAll(Array.from({ length: 10 }, () => world.at('/ok')), { fetch, concurrency: 2 });
  assert.ok(results.every(({ ok }) => ok));
});

check('throwHttpErrors: false or a function decides what is a failure', async (_, world) => {
  const paths = ['/status/404', '/status/500', '/ok'];
  const run = async (throwHttpErrors) => (await world.fetchAll(paths.map((path) => world.at(path)), { throwHttpErrors, retry: 0 })).map(({ ok, status }) => [ok, status]);
  assert.deepEqual(await run(false), [[true, 404], [true, 500], [true, 200]]);
  assert.deepEqual(await run(true), [[false, 404], [false, 500], [true, 200]]);
  assert.deepEqual(await run((status) => status !== 404), [[true, 404], [false, 500], [false, 200]]);
  const [kept] = await world.fetchAll([world.at('/status/404')], { throwHttpErrors: false });
  assert.equal(kept.data.status, 404);
});
