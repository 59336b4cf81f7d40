/** Layers of options: what an inner one says wins, what it does not say is the outer one's, and limits are each layer's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Options } from '../../../src/js/options/options.js';
import { CONCURRENCY, OPTION_NUMBERS } from '../../../src/js/protocol.js';

const client = (given) => Options.base().over(given, 'client');
const number = (options, name) => options.numbers[OPTION_NUMBERS.indexOf(name)];
const headers = (options) => Object.fromEntries(new Headers(options.template.headersFor(true)));
const refusal = (act) => {
  try {
    act();
  } catch (error) {
    return error.option;
  }
  return undefined;
};

describe('a layer', () => {
  test('says nothing but what it was given', () => {
    assert.ok(client(undefined).numbers.every(Number.isNaN));
    assert.ok(client({}).numbers.every(Number.isNaN));
  });

  test('adds to the one around it and changes nothing of it', () => {
    const outer = client({ timeout: { attempt: 5, idle: 6 }, retry: { limit: 1, delay: 7 }, maxBytes: 8 });
    const inner = outer.over({ timeout: { attempt: 9 }, retry: 3 }, 'call');
    const said = ['timeout.attempt', 'timeout.idle', 'retry.limit', 'retry.delay', 'maxBytes'];
    assert.deepEqual(said.map((name) => number(inner, name)), [9, 6, 3, 7, 8]);
    assert.deepEqual(said.map((name) => number(outer, name)), [5, 6, 1, 7, 8]);
  });

  test('may take back what the one around it says', () => {
    const outer = client({ timeout: { attempt: 5, total: 6 }, headers: { 'x-a': '1', 'x-b': '2' }, throwHttpErrors: () => true,
      retry: { delay: () => 1, jitter: () => 1 }, auth: { bearer: 'x' } });
    const inner = outer.over({ timeout: false, headers: { 'X-A': undefined }, throwHttpErrors: true, retry: { delay: 5, jitter: 'none' } }, 'call');
    assert.deepEqual([number(inner, 'timeout.attempt'), number(inner, 'timeout.total')], [Infinity, Infinity]);
    assert.deepEqual(headers(inner), { 'x-b': '2', authorization: 'Bearer x' });
    assert.deepEqual({ ...inner.functions }, { throwHttpErrors: undefined, shouldRetry: undefined, delay: undefined, jitter: undefined });
    assert.equal(typeof outer.functions.delay, 'function');
    assert.equal(number(outer.over({ retry: false }, 'call'), 'retry.limit'), 0);
  });

  test('has limits of its own; only the outermost has the defaults', () => {
    const outer = client({ concurrency: 4, rateLimit: { limit: 5, interval: 6 } });
    const limits = (options) => Array.from(options.numbers.slice(CONCURRENCY));
    assert.equal(OPTION_NUMBERS[CONCURRENCY], 'concurrency');
    assert.deepEqual(limits(outer), [4, NaN, 5, 6, NaN]);
    assert.deepEqual(limits(outer.over({ concurrencyPerHost: 2 }, 'call')), [Infinity, 2, NaN, NaN, NaN]);
    assert.deepEqual(limits(outer.over(undefined, 'call')), [Infinity, NaN, NaN, NaN, NaN]);
  });

  test('keeps its signals in order, and a request has its own', () => {
    const [a, b, c] = [0, 0, 0].map(() => new AbortController().signal);
    const call = client({ signal: a }).over({ signal: b }, 'one');
    assert.deepEqual([call.signals, call.signal], [[a, b], undefined]);
    const request = call.over({ url: 'http://a/', signal: c }, 'request');
    assert.deepEqual([request.signals, request.signal], [[a, b], c]);
    assert.deepEqual(client({ signal: null }).signals, []);
  });

  test('shares its headers, unless it is of one request', () => {
    const outer = client({ headers: { 'x-a': '1' }, baseUrl: 'http://a/' });
    for (const [level, shared, own] of [['call', 2, 0], ['each', 2, 0], ['one', 1, 1], ['request', 1, 1]]) {
      const { template } = outer.over({ headers: { 'x-b': '2' } }, level);
      assert.deepEqual([template.shared.size, template.ownHeaders.size], [shared, own], level);
    }
  });

  test('reads each getter once', () => {
    const reads = [];
    const counted = (values) => Object.defineProperties({}, Object.fromEntries(Object.entries(values).map(([name, value]) =>
      [name, { enumerable: true, get: () => reads.push(name) && value }])));
    client(counted({ headers: {}, method: 'PUT', priority: 'high', retry: counted({ limit: 1 }), cache: 'no-store' }))
      .over(counted({ url: 'http://a/', tag: 1, json: 5 }), 'request');
    assert.deepEqual(reads, ['headers', 'method', 'priority', 'retry', 'cache', 'limit', 'url', 'tag', 'json']);
  });
});

test('the words that are allowed depend on the level', () => {
  const said = { concurrency: 1, ordered: true, url: 'http://a/', snapshot: {}, timeout: 1 };
  const refused = (level) => Object.keys(said).filter((name) => refusal(() => client().over({ [name]: said[name] }, level)) === name);
  assert.deepEqual(Object.fromEntries(['client', 'call', 'each', 'one', 'request'].map((level) => [level, refused(level)])), {
    client: ['ordered', 'url', 'snapshot'],
    call: ['ordered', 'url', 'snapshot'],
    each: ['url', 'snapshot'],
    one: ['concurrency', 'ordered', 'url', 'snapshot'],
    request: ['concurrency', 'ordered', 'snapshot'],
  });
});
