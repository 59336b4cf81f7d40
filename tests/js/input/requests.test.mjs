import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';
import { INPUT, assertRefused, brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };

check('a Request keeps its method, headers and body under options of the batch', async (_, world) => {
  const request = new Request(world.at('/echo'), { method: 'PUT', headers: { 'x-own': 'own' }, body: 'from a Request' });
  const [{ data, request: { method } }] = await world.fetchAll([request], { method: 'DELETE', headers: { 'x-own': 'batch', 'x-batch': 'batch' } });
  assert.deepEqual([method, data.method, data.headers['x-own'], data.headers['x-batch'], data.body], ['PUT', 'PUT', 'own', 'batch', 'from a Request']);
});

check('methods are sent upper-case; what fetch forbids fails alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const methods = ['patch', 'get', 'Post', 'delete'];
  const results = await world.fetchAll(methods.map((method) => ({ url: world.at('/echo'), method })));
  assert.deepEqual(results.map(({ data, request }) => [data.method, request.method]), methods.map((method) => [method.toUpperCase(), method.toUpperCase()]));
  await world.reset();
  const url = world.at('/echo');
  await assertRefused(world, [{ url, method: 'GE T' }, { url, method: '' }, { url, method: 5 }, { url, body: 'x' }, { url, method: 'HEAD', body: 'x' },
    { url, json: {} }]);
});

check('methods that fetch forbids are not tried twice', ARRIVES_ELSEWHERE, async (_, world) => {
  const results = await world.fetchAll(['CONNECT', 'TRACE', 'TRACK'].map((method) => ({ url: world.at('/echo'), method })));
  for (const { ok, error, attempts } of results) {
    assert.equal(ok, false);
    assert.match(error.code, /^(INPUT|NETWORK)$/);
    assert.deepEqual([error.retryable, attempts.length <= 1], [false, true]);
  }
});

check('JSON that cannot be serialised fails alone', async (_, world) => {
  const circular = {};
  circular.self = circular;
  const values = [circular, 5n, { deep: [5n] }, () => {}, Symbol('s'), { toJSON() { throw new Error('boom'); } }];
  await assertRefused(world, values.map((json) => ({ url: world.at('/echo'), method: 'POST', json })));
  const [both] = await world.fetchAll([{ url: world.at('/echo'), method: 'POST', json: {}, body: 'x' }]);
  assert.deepEqual(brief(both), INPUT);
});

check('JSON is serialised once, with its content type unless another is given', async (_, world) => {
  let serialised = 0;
  const json = { toJSON: () => (serialised++, { n: 1 }) };
  const url = world.at('/flaky?fail=2');
  await world.fetchAll([{ url, method: 'PUT', json }]);
  assert.equal(serialised, 1);
  assert.deepEqual(new Set((await world.sent(url, 3)).map(({ length }) => length)), new Set([7]));
  for (const [value, body] of [[null, 'null'], [0, '0'], ['', '""'], [false, 'false'], [[1, 'é'], '[1,"é"]']]) {
    const [{ data }] = await world.fetchAll([{ url: world.at('/echo'), method: 'POST', json: value }]);
    assert.deepEqual([data.body, data.headers['content-type']], [body, 'application/json']);
  }
  const [{ data }] = await world.fetchAll([{ url: world.at('/echo'), method: 'POST', json: {}, headers: { 'Content-Type': 'application/ld+json' } }]);
  assert.equal(data.headers['content-type'], 'application/ld+json');
});

check('headers come in every form that fetch takes, none as [object Object] or null', ARRIVES_ELSEWHERE, async (_, world) => {
  const pairs = [['x-a', '1'], ['x-b', '2']];
  const forms = [Object.fromEntries(pairs), pairs, new Map(pairs), new Headers(pairs), { 'x-a': '1', 'x-b': '2', 'x-c': undefined }, undefined];
  for (const headers of forms) {
    const [{ data }] = await world.raw([{ url: world.at('/echo'), headers }]);
    assert.deepEqual([data.headers['x-a'], data.headers['x-b'], 'x-c' in data.headers], headers ? ['1', '2', false] : [undefined, undefined, false]);
  }
  const url = world.at('/echo');
  await world.reset();
  const bad = [5, true, 'x: y', { 'x-a': {} }, { 'x-a': null }, { 'x-a': 'snow ☃' }, { 'x-ä': '1' }, { '': '1' }, [['x-a']], [5], { 'x-a': Symbol('s') }];
  await assertRefused(world, bad.map((headers) => ({ url, headers })));
});

check('headers merge: a request\'s win over the batch\'s, and undefined removes', async (_, world) => {
  const headers = { 'x-a': 'batch', 'x-b': 'batch', 'x-c': 'batch' };
  const [{ data }] = await world.raw([{ url: world.at('/echo'), headers: { 'X-A': 'own', 'X-B': undefined } }], { headers });
  assert.deepEqual([data.headers['x-a'], data.headers['x-b'], data.headers['x-c']], ['own', undefined, 'batch']);
});

for (const [name, spec] of [
  ['a header value with CR LF', { headers: { 'x-a': 'S3CR3T\r\nx-b: 1' } }], ['a header value with LF', { headers: { 'x-a': 'S3CR3T\nx' } }],
  ['a header value with CR', { headers: [['x-a', 'S3CR3T\rx']] }], ['a header value with NUL', { headers: { 'x-a': 'S3CR3T\0' } }],
  ['a header name with CR LF', { headers: { 'S3CR3T\r\nx': '1' } }], ['a header name with NUL', { headers: { 'S3CR3T\0': '1' } }],
  ['a method with CR LF', { method: 'GET\r\nS3CR3T: 1' }], ['credentials with LF', { auth: { bearer: 'S3CR3T\nx' } }],
]) {
  check(`${name} fails alone, unseen`, async (_, world) => void await assertRefused(world, [{ url: world.at('/ok'), ...spec }]));
}

check('a URL with CR or LF fails alone', async (_, world) => {
  await assertRefused(world, ['\r\n', '\r', '\n'].flatMap((text) => [`${world.at('/ok')}${text}x: 1`, { url: `${world.at('/ok')}&a=${text}` },
    `http://127${text}.0.0.1/`]));
});

check('searchParams are added to the URL\'s own query', async (_, world) => {
  const forms = ['a=1&b=x%20y', '?a=1&b=x%20y', new URLSearchParams({ a: '1', b: 'x y' }), { a: 1, b: 'x y', c: undefined }];
  for (const searchParams of forms) {
    const [{ data, request }] = await world.fetchAll([{ url: `${world.at('/echo')}&own=0#fragment`, searchParams }]);
    const query = new URL(data.url, request.url).searchParams;
    assert.deepEqual([query.get('own'), query.get('a'), query.get('b'), query.has('c')], ['0', '1', 'x y', false]);
  }
  const [{ data }] = await world.fetchAll([{ url: world.at('/echo'), searchParams: { yes: true } }]);
  assert.equal(new URL(data.url, 'http://h').searchParams.get('yes'), 'true');
});

check('searchParams leave the URL\'s own query as it is, byte by byte', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = async () => new Response('');
  for (const [url, expected] of [['/?a=%20+~*', '/?a=%20+~*&p=1+2'], ['/?', '/?p=1+2'], ['/#f', '/?p=1+2#f'], ['/?a;b&&c=', '/?a;b&&c=&p=1+2']]) {
    const [{ request }] = await world.fetchAll([`${world.origins[0]}${url}`], { searchParams: { p: '1 2' }, fetch });
    assert.equal(request.url, `${world.origins[0]}${expected}`);
  }
});

check('baseUrl is a folder with or without its last slash', async (_, world) => {
  const base = `${world.origins[0]}/a/b/`;
  const inputs = ['echo?x', './echo?x', '/echo?x', '../echo?x', '?x', `${world.origins[1]}/echo?x`];
  const urls = inputs.map((input) => new URL(input, base).href);
  for (const baseUrl of [base, base.slice(0, -1), new URL(base), new URL(base.slice(0, -1)), `${base.slice(0, -1)}?query#fragment`]) {
    const results = await world.fetchAll(inputs, { baseUrl });
    assert.deepEqual(results.map(({ request }) => request.url), urls);
  }
});

check('request.url is the spelling of the URL parser, whether or not the host is known', ARRIVES_ELSEWHERE, async (_, world) => {
  const rests = ['', '/', '/ok', '/a b', '/a/../b', '/a/./b', '/%2e%2E/b', '/.', '/é', '/a\\b', '/a|b', '/a\'b?c\'d', '/<a>', '/a?b c', '/a?b"c', '/a#b c', '/a?b/../c',
    '/a{b}', '/a^b', '/a`b', ' ', '/ ', '/a;b=c,d', '/a//b', '/a%zz', '/a[b]', '?a', '#a', '/..a', '/a.b/.c', '/\u0001', '/~a', '/a\u007fb'];
  const urls = rests.map((rest) => `${world.origins[0]}${rest}`);
  const fetch = async () => new Response('');
  const results = await world.fetchAll([...urls, ...urls.map((url) => url.replace('http', 'HTTP'))], { fetch, concurrency: 1 });
  const parsed = urls.map((url) => new URL(url).href);
  assert.deepEqual(results.map(({ request }) => request.url), [...parsed, ...parsed]);
});

check('tag and the input itself come back untouched', async (_, world) => {
  const tag = Object.freeze({ any: new Map() });
  const inputs = [{ url: world.at('/ok'), tag }, { url: 'bad', tag }, { url: world.at('/ok'), tag: 0 }, world.at('/ok')];
  const results = await world.fetchAll(inputs);
  assert.deepEqual(results.map(({ request }) => request.tag === tag), [true, true, false, false]);
  assert.equal(results[2].request.tag, 0);
  assert.ok(!('tag' in results[3].request) || results[3].request.tag === undefined);
});

check('a custom fetch that answers no Response fails its request and hangs nothing', ARRIVES_ELSEWHERE, async (_, world) => {
  for (const odd of [undefined, null, 5, {}, 'text']) {
    const [result] = await world.fetchAll([world.at('/ok')], { fetch: async () => odd, retry: 0 });
    assert.equal(result.ok, false, String(odd));
  }
  const [fine] = await world.fetchAll([world.at('/ok')], { fetch: scripted(answer()) });
  assert.equal(fine.ok, true);
});
