import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const SECRETS = { authorization: 'Bearer S3CR3T', cookie: 'session=S3CR3T', 'proxy-authorization': 'Basic S3CR3T', 'x-api-key': 'S3CR3T',
  'x-amz-security-token': 'S3CR3T' };
const NAMES = Object.keys(SECRETS);

const encoded = (path) => encodeURIComponent(path);
const basic = (text) => `Basic ${Buffer.from(text).toString('base64')}`;
const sentSecrets = ({ data }) => NAMES.filter((name) => name in data.headers);

for (const status of [301, 302, 303, 307, 308]) {
  check(`a ${status} to another origin takes none of the secrets along; to the same origin all`, ARRIVES_ELSEWHERE, async (_, world) => {
    const urls = [world.at(`/redirect-cross?to=1&status=${status}`), world.at(`/redirect-cross?to=0&status=${status}`)];
    for (const method of ['GET', 'POST']) {
      const [cross, same] = await world.fetchAll(urls, { headers: SECRETS, method, body: method === 'POST' ? 'body' : undefined });
      assert.deepEqual([cross.ok, same.ok], [true, true]);
      assert.deepEqual(sentSecrets(cross), []);
      assert.deepEqual(sentSecrets(same), NAMES);
      const kept = method === 'POST' && status > 303;
      assert.deepEqual([cross.data.method, cross.data.body], [method === 'POST' && !kept ? 'GET' : method, kept ? 'body' : '']);
    }
  });
}

check('headers lost at another origin do not come back with the next redirect', ARRIVES_ELSEWHERE, async (_, world) => {
  const back = encoded('/redirect-cross?to=0&path=/echo');
  const [result] = await world.fetchAll([world.at(`/redirect-cross?to=1&path=${back}`)], { headers: SECRETS });
  assert.equal(new URL(result.url).origin, world.origins[0]);
  assert.deepEqual(sentSecrets(result), []);
});

check('auth follows no redirect, and is sent anew by a retry', ARRIVES_ELSEWHERE, async (_, world) => {
  for (const auth of [{ bearer: 'S3CR3T' }, { username: 'u', password: 'S3CR3T' }]) {
    const [cross] = await world.fetchAll([world.at('/redirect-cross?to=1')], { auth });
    assert.equal(cross.data.headers.authorization, undefined);
    const url = world.at(`/redirect-cross?to=1&path=${encoded('/flaky?fail=1&key=after-redirect')}`);
    const [retried] = await world.fetchAll([url], { auth });
    assert.deepEqual([retried.ok, retried.attempts.length], [true, 2]);
    assert.equal((await world.log(url)).length, 2);
    await world.reset();
  }
});

check('a POST that a redirect turns into a GET loses what described its body', ARRIVES_ELSEWHERE, async (_, world) => {
  const [{ data }] = await world.fetchAll([world.at('/redirect-cross?to=0')], { method: 'POST', json: { a: 1 }, headers: SECRETS });
  assert.deepEqual([data.method, data.headers['content-type'], data.length], ['GET', undefined, 0]);
});

check('user info does not follow a redirect to another origin', ARRIVES_ELSEWHERE, async (_, world) => {
  const [cross, same] = await world.raw([1, 0].map((to) => world.at(`/redirect-cross?to=${to}`).replace('://', '://u:S3CR3T@')));
  assert.deepEqual([cross.data.headers.authorization, same.data.headers.authorization], [undefined, basic('u:S3CR3T')]);
});

check('every form of Location is followed as the host follows it', ARRIVES_ELSEWHERE, async (_, world) => {
  const [base] = world.origins;
  const forms = [['echo', '/a/echo'], ['../echo?x#y', '/echo?x#y'], ['?q', '/a/b?q'], [`//${new URL(base).host}/echo`, '/echo'], [' /echo ', '/echo'],
    [`${base}/echo`, '/echo']];
  for (const [location, path] of forms) {
    const fetch = scripted(answer(302, { location }), answer());
    const [result] = await world.fetchAll([`${base}/a/b`], { fetch });
    assert.equal(result.ok, true, location);
    assert.equal(fetch.calls[1].url.replace(/#.*/, ''), `${base}${path}`.replace(/#.*/, ''), location);
  }
});

check('a redirect with user info in its Location shows no secret', ARRIVES_ELSEWHERE, async (_, world) => {
  await world.fetchAll([world.at('/redirect-bad?kind=creds'), world.at('/redirect-bad?kind=creds', 1)], { headers: SECRETS });
});

check('headers and auth of the batch go to the host of baseUrl alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const [base, other] = world.origins;
  const there = other.slice('http:'.length);
  const host = new URL(base).host;
  const elsewhere = [`${other}/echo`, `${there}/echo`, there.replaceAll('/', '\\') + '\\echo', `http:\\\\${there.slice(2)}/echo`, `http://base@${there.slice(2)}/echo`,
    `http://${host}@${there.slice(2)}/echo`, `${there}/../echo`, `  ${other}/echo`, new URL(`${other}/echo`), { url: `${other}/echo` },
      { url: `${there}/echo` }, new Request(`${other}/echo`),
    base.replace('127.0.0.1', 'localhost') + '/echo'];
  const here = ['echo', '/echo', '/../echo', './a/../echo', `${base}/echo`, `${base.toUpperCase()}/echo`, base.slice('http:'.length) + '/echo',
    new Request(`${base}/echo`)];
  for (const auth of [{ bearer: 'S3CR3T' }, { username: 'u', password: 'S3CR3T' }]) {
    const options = { baseUrl: `${base}/`, headers: { 'x-api-key': 'S3CR3T', cookie: 'S3CR3T' }, auth };
    const results = await world.fetchAll([...elsewhere, ...here], options);
    results.forEach((result, i) => {
      assert.equal(result.ok, true, `input ${i}: ${result.error?.message}`);
      const { authorization = '', cookie, 'x-api-key': apiKey } = result.data.headers;
      if (i < elsewhere.length) {
        assert.deepEqual([apiKey, cookie], [undefined, undefined], `input ${i}`);
        assert.ok(['', basic('base:'), basic(host)].includes(authorization), `input ${i}: ${authorization}`);
      } else {
        assert.deepEqual([apiKey, cookie, authorization], ['S3CR3T', 'S3CR3T', auth.bearer ? 'Bearer S3CR3T' : basic('u:S3CR3T')], `input ${i}`);
      }
    });
  }
});

check('a request\'s own headers and auth go where the request goes', async (_, world) => {
  const own = { url: `${world.at('/echo', 1)}`, headers: { 'x-own': '1' }, auth: { bearer: 'own' } };
  const [{ data }] = await world.fetchAll([own], { baseUrl: world.origins[0], headers: { 'x-api-key': 'S3CR3T' } });
  assert.deepEqual([data.headers['x-own'], data.headers['x-api-key']], ['1', undefined]);
});

check('user info becomes Authorization and is shown nowhere', ARRIVES_ELSEWHERE, async (_, world) => {
  const host = new URL(world.origins[0]).host;
  const forms = [['u:S3CR3T', 'u:S3CR3T'], ['u', 'u:'], [':S3CR3T', ':S3CR3T'], ['u%3Aser:S3CR3T%40', 'u:ser:S3CR3T@'], ['%C3%BC:S3CR3T', 'ü:S3CR3T']];
  for (const [info, plain] of forms) {
    const address = `http://${info}@${host}/echo`;
    for (const input of [address, new URL(address), { url: address }, { url: new URL(address) }]) {
      const [result] = await world.raw([input]);
      assert.equal(result.data.headers.authorization, basic(plain));
      assert.deepEqual([result.url, result.request.url], [`http://${host}/echo`, `http://${host}/echo`]);
    }
  }
});

check('user info is not shown by any failure either', ARRIVES_ELSEWHERE, async (_, world) => {
  const at = (path) => world.at(path).replace('://', '://u:S3CR3T@');
  const inputs = [at('/status/404'), at('/reset'), at('/bad-json'), at('/truncate'), at('/hang'), at('/redirect-loop'), at('/redirect-cross?to=9'),
    `http://u:S3CR3T@${world.host}:${world.refused}/`, 'http://u:S3CR3T@127.0.0.1:6666/', 'ftp://u:S3CR3T@127.0.0.1/',
      'http://u:S3CR3T@[::bad', 'https://u:S3CR3T@h:99999/', 'http://u:S3CR3T@',
    `${at('/ok')}\n`, { url: at('/ok'), method: 'G T' }, { url: at('/ok'), timout: 1 }, { url: at('/ok'), headers: 5 }];
  const results = await world.fetchAll(inputs, { timeout: 200, retry: 1 });
  assert.ok(results.every(({ ok }) => !ok));
});

check('user info in baseUrl goes to its host alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const baseUrl = world.origins[0].replace('://', '://u:S3CR3T@');
  const [here, there] = await world.fetchAll(['/echo', `${world.origins[1]}/echo`], { baseUrl });
  assert.deepEqual([here.data.headers.authorization, there.data.headers.authorization], [basic('u:S3CR3T'), undefined]);
  assert.equal(here.request.url, `${world.origins[0]}/echo`);
});

check('user info of any length is that of its own request alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const password = 'x'.repeat(500_000);
  const fetch = scripted(answer());
  const results = await world.fetchAll([`http://u:${password}@a.test/`, 'http://a.test/', { url: 'http://a.test/', auth: { username: 'u', password } }], { fetch });
  assert.deepEqual(results.map(({ ok }) => ok), [true, true, true]);
  assert.equal(fetch.calls.filter(({ of }) => of('headers').authorization === basic(`u:${password}`)).length, 2);
});

check('auth is sent as Authorization, in UTF-8, over user info', async (_, world) => {
  const inputs = [{ auth: { bearer: 'abc' } }, { auth: { username: 'ü', password: 'pä:ss' } }].map((spec) => ({ url: world.at('/echo'), ...spec }));
  const [bearer, pair] = await world.fetchAll(inputs);
  assert.equal(bearer.data.headers.authorization, 'Bearer abc');
  assert.equal(pair.data.headers.authorization, basic('ü:pä:ss'));
});

check('encodings in a chain and headers beyond the host\'s limit are tried once', async (_, world) => {
  const results = await world.fetchAll([world.at('/encodings?n=10'), world.at('/big-header?kb=20')]);
  for (const { ok, error, attempts } of results) assert.deepEqual([ok, error.code, error.retryable, attempts.length], [false, 'NETWORK', false, 1]);
});

check('no secret in headers, auth, body or JSON is shown by a failure', async (_, world) => {
  const spec = { method: 'POST', headers: SECRETS, json: { token: 'S3CR3T' }, auth: { bearer: 'S3CR3T' } };
  const paths = ['/status/500', '/reset', '/truncate', '/hang', '/bad-json', '/stall-body', '/reset-body', '/bad-chunk'];
  const results = await world.fetchAll(paths.map((path) => ({ url: world.at(path), ...spec })), { timeout: 150, retry: 1 });
  const texts = await world.fetchAll(paths.map((path) => ({ url: world.at(path), method: 'POST', body: 'S3CR3T' })),
    { ...spec, json: undefined, timeout: 150, retry: 1 });
  assert.ok([...results, ...texts].every(({ ok }) => !ok));
});

check('the message of the host is its own: it is kept as the cause and never copied', ARRIVES_ELSEWHERE, async (_, world) => {
  for (const failure of [new TypeError('Failed to fetch: host words'), Object.assign(new Error('host words'), { name: 'host words' })]) {
    const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(failure), retry: 0 });
    assert.equal(error.cause, failure);
    for (const text of [error.message, String(error), JSON.stringify(error), error.stack]) assert.ok(!text.includes('host words'), text);
  }
});

check('private addresses and localhost are not blocked', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = scripted(answer());
  const urls = ['http://169.254.169.254/latest/meta-data', 'http://10.0.0.1/', 'http://192.168.0.1/', 'http://[::1]/', 'http://localhost/'];
  const results = await world.fetchAll(urls, { fetch });
  assert.ok(results.every(({ ok }) => ok));
  assert.equal(fetch.calls.length, urls.length);
  const [local] = await world.fetchAll([world.at('/ok').replace('127.0.0.1', 'localhost')]);
  assert.equal(local.ok, true);
});

for (const [kind, makeBody] of Object.entries({
  'a stream': () => new Blob(['once']).stream(),
  'an async iterable': () => ({ async *[Symbol.asyncIterator]() { yield new TextEncoder().encode('once'); } }),
})) {
  check(`${kind} is not sent a second time by a redirect that keeps the body`, ARRIVES_ELSEWHERE, async (_, world) => {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      return new Response(null, { status: 307, headers: { location: '/next' } });
    };
    const [result] = await world.raw([world.at('/ok')], { method: 'POST', body: makeBody(), headers: { 'x-api-key': 'k' }, fetch });
    assert.deepEqual([result.error.code, result.error.retryable, calls], ['NETWORK', false, 1]);
  });
}
