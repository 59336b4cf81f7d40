import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };

check('a client\'s fetch resolves with the success itself', async (_, world) => {
  const client = world.createClient();
  const url = world.at('/ok');
  const result = await client.fetch({ url, tag: 'mine' });
  assert.deepEqual([result.ok, result.status, result.url, result.request.url, result.request.method, result.request.tag, result.index],
    [true, 200, url, url, 'GET', 'mine', 0]);
  assert.deepEqual([result.data.ok, result.headers.get('content-type'), result.statusText, result.redirected, result.attempts.length], [true, 'application/json', 'OK', false, 1]);
  assert.equal(result.bytes, JSON.stringify(result.data).length);
});

check('a client\'s fetch rejects with the error of its failure', async (_, world) => {
  const client = world.createClient({ timeout: 200 });
  const cases = [['/status/404', 'HTTP', 1], ['/status/503', 'HTTP', 3], ['/reset', 'NETWORK', 3], ['/bad-json', 'BODY_PARSE', 1], ['/hang', 'TIMEOUT', 3]];
  for (const [path, code, attempts] of cases) {
    const url = world.at(path);
    const error = await world.assert.rejects(client.fetch(url));
    assert.ok(fanfetch.isFanFetchError(error));
    assert.deepEqual([error.code, error.attempts, error.url, error.method], [code, attempts, url, 'GET']);
  }
  const error = await world.assert.rejects(client.fetch('not a url'));
  assert.deepEqual([error.code, error.attempts], ['INPUT', 0]);
});

check('every shortcut sends its own method, with the options given to it', async (_, world) => {
  const client = world.createClient();
  for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
    const body = method === 'get' ? {} : { json: { by: method } };
    const { data, request, ok } = await client[method](world.at('/echo'), { searchParams: { q: 1 }, headers: { 'x-own': method }, ...body });
    assert.deepEqual([ok, request.method, data.method, data.headers['x-own']], [true, method.toUpperCase(), method.toUpperCase(), method]);
    assert.match(data.url, /&q=1$/);
    assert.equal(data.body, method === 'get' ? '' : `{"by":"${method}"}`);
  }
  const url = world.at('/ok');
  const head = await client.head(new URL(url));
  assert.deepEqual([head.status, head.data], [200, undefined]);
  assert.equal((await world.sent(url, 1))[0].method, 'HEAD');
});

check('a client takes every kind of input', async (_, world) => {
  const client = world.createClient();
  const url = world.at('/echo');
  for (const input of [url, new URL(url), new Request(url), { url }, { url: new URL(url) }]) {
    assert.equal((await client.fetch(input)).data.method, 'GET');
  }
  assert.equal((await client.fetch({ url, method: 'PUT', body: 'spec' })).data.body, 'spec');
  assert.equal((await client.fetch(new Request(url, { method: 'POST', body: 'request' }))).data.body, 'request');
});

check('lists at a client: all at once, as completed, in order', async (_, world) => {
  const client = world.createClient();
  const urls = [world.at('/delay/150'), world.at('/status/404'), world.at('/ok')];
  assert.deepEqual((await client.fetchAll(urls)).map(brief), [[true, undefined, 1], [false, 'HTTP', 1], [true, undefined, 1]]);
  const order = async (options) => {
    const indexes = [];
    for await (const { index } of client.fetchEach(urls, options)) indexes.push(index);
    return indexes;
  };
  assert.equal((await order()).at(-1), 0);
  assert.deepEqual(await order({ ordered: true }), [0, 1, 2]);
});

check('headers of the request win over the call\'s, these over the client\'s', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ headers: { 'x-a': 'client', 'X-B': 'client', 'x-c': 'client', 'x-d': 'client' } });
  const seen = ({ data: { headers } }) => ['x-a', 'x-b', 'x-c', 'x-d', 'x-e'].map((name) => headers[name]);
  const spec = { url: world.at('/echo'), headers: { 'x-c': 'spec', 'x-d': 'spec', 'x-e': undefined } };
  const [of, own] = await client.fetchAll([world.at('/echo'), spec], { headers: { 'x-b': 'call', 'X-D': undefined, 'x-e': 'call' } });
  assert.deepEqual(seen(of), ['client', 'call', 'client', undefined, 'call']);
  assert.deepEqual(seen(own), ['client', 'call', 'spec', 'spec', undefined]);
  assert.deepEqual(seen(await client.get(world.at('/echo'), { headers: { 'x-a': undefined, 'x-b': 'get' } })), [undefined, 'get', 'client', 'client', undefined]);
  assert.deepEqual(seen(await client.get(world.at('/echo'))), ['client', 'client', 'client', 'client', undefined]);
});

check('headers and auth of a client stay at the host of its baseUrl', ARRIVES_ELSEWHERE, async (_, world) => {
  const [base, other] = world.origins;
  for (const auth of [{ bearer: 'S3CR3T' }, () => ({ bearer: 'S3CR3T' })]) {
    const client = world.createClient({ baseUrl: base, auth, headers: { 'x-api-key': 'S3CR3T' } });
    const secrets = ({ data }) => [data.headers.authorization, data.headers['x-api-key']];
    const there = other.slice('http:'.length);
    for (const input of [`${other}/echo`, `${there}/echo`, there.replaceAll('/', '\\') + '\\echo', new URL(`${other}/echo`), new Request(`${other}/echo`)]) {
      assert.deepEqual(secrets(await client.fetch(input)), [undefined, undefined]);
      assert.deepEqual(secrets((await client.fetchAll([input]))[0]), [undefined, undefined]);
    }
    for (const input of ['/echo', 'echo', '/../echo', `${base}/echo`]) assert.deepEqual(secrets(await client.fetch(input)), ['Bearer S3CR3T', 'S3CR3T']);
    const own = await client.get(`${other}/echo`, { headers: { 'x-api-key': 'own' }, auth: { bearer: 'own' } });
    assert.deepEqual(secrets(own), [undefined, 'own'], 'auth goes to the host of baseUrl alone, whoever says it');
    assert.deepEqual(secrets(await client.fetch('/redirect-cross?to=1&status=307', { method: 'POST', body: 'x' })), [undefined, undefined]);
    assert.deepEqual(secrets(await client.extend({}).fetch(`${other}/echo`)), [undefined, undefined]);
  }
});

check('other options layer the same way, and undefined overrides nothing', async (_, world) => {
  const client = world.createClient({ responseType: 'text', retry: { limit: 1 }, throwHttpErrors: false });
  assert.equal(typeof (await client.get(world.at('/ok'))).data, 'string');
  assert.equal(typeof (await client.get(world.at('/ok'), { responseType: undefined })).data, 'string');
  assert.equal(typeof (await client.get(world.at('/ok'), { responseType: 'json' })).data, 'object');
  assert.equal(typeof (await client.fetch({ url: world.at('/ok'), responseType: 'json' }, { responseType: 'bytes' })).data, 'object');
  assert.equal((await client.get(world.at('/status/404'))).status, 404);
  assert.equal((await world.assert.rejects(client.get(world.at('/status/404'), { throwHttpErrors: true }))).code, 'HTTP');
  const attempts = async (options) => (await client.fetchAll([world.at('/reset')], options))[0].attempts.length;
  assert.deepEqual([await attempts(), await attempts({ retry: 0 }), await attempts({ retry: { limit: 2 } })], [2, 1, 3]);
});

check('an extended client has options over those of its parent, who keeps its own', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ baseUrl: world.origins[0], headers: { 'x-a': 'parent', 'x-b': 'parent' } });
  const child = client.extend({ headers: { 'x-b': 'child', 'x-c': 'child' }, responseType: 'text' });
  const grandchild = child.extend({ headers: { 'x-a': undefined }, responseType: 'json' });
  const seen = ({ data }) => {
    const { headers } = typeof data === 'string' ? JSON.parse(data) : data;
    return [typeof data, headers['x-a'], headers['x-b'], headers['x-c']];
  };
  assert.deepEqual(seen(await child.get('/echo')), ['string', 'parent', 'child', 'child']);
  assert.deepEqual(seen(await grandchild.get('/echo')), ['object', undefined, 'child', 'child']);
  assert.deepEqual(seen(await client.get('/echo')), ['object', 'parent', 'parent', undefined]);
});

check('bad options are refused at once, name the option, and leave the client usable', ARRIVES_ELSEWHERE, async (_, world) => {
  for (const [option, options] of [['timout', { timout: 1 }], ['concurrency', { concurrency: 0 }], ['baseUrl', { baseUrl: '/relative' }], ['hooks', { hooks: 5 }]]) {
    const refused = (error) => error instanceof fanfetch.OptionError && error.code === 'OPTION' && error.option.startsWith(option);
    assert.throws(() => fanfetch.createClient(options), refused);
    assert.throws(() => fanfetch.createFetch(options), refused);
    assert.throws(() => fanfetch.createClient().extend(options), refused);
  }
  const client = world.createClient();
  for (const [option, options] of [['timout', { timout: 1 }], ['retry', { retry: -1 }], ['method', { method: 5 }]]) {
    const error = await world.assert.rejects(client.fetch(world.at('/ok'), options));
    assert.ok(error instanceof fanfetch.OptionError && error.option.startsWith(option), String(error));
    assert.ok(await world.assert.rejects(client.fetchAll([world.at('/ok')], options)) instanceof fanfetch.OptionError);
    assert.ok(await world.assert.rejects(client.fetchEach([world.at('/ok')], options).next()) instanceof fanfetch.OptionError);
  }
  assert.ok(await world.assert.rejects(client.fetchAll('a string')) instanceof fanfetch.OptionError);
  assert.equal((await world.stats()).requests, 0);
  assert.equal((await client.get(world.at('/ok'))).ok, true);
});

check('an error of the input, and stopOnError, reject a client\'s fetchAll', async (_, world) => {
  const client = world.createClient();
  const boom = { thrown: true };
  function* inputs() {
    yield world.at('/hang');
    throw boom;
  }
  assert.equal(await world.assert.rejects(client.fetchAll(inputs())), boom);
  const error = await world.assert.rejects(client.fetchAll([world.at('/hang'), world.at('/status/404?wait=50')], { stopOnError: true }));
  assert.deepEqual([error.code, error.status], ['HTTP', 404]);
  await world.sleep(100);
  assert.deepEqual([client.inFlight, client.queued, (await world.stats()).inflight], [0, 0, 0]);
});

check('stats count what was done, in all and for each host', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ concurrency: 4 });
  assert.deepEqual([client.stats().started, Object.keys(client.stats().hosts)], [0, []]);
  const results = await client.fetchAll([world.at('/delay/100'), world.at('/flaky?fail=2'), world.at('/status/404'), world.at('/ok', 1)]);
  const stats = client.stats();
  assert.deepEqual([stats.started, stats.succeeded, stats.failed, stats.retries, stats.hedges, stats.deduplicated, stats.inFlight, stats.queued],
    [4, 3, 1, 2, 0, 0, 0, 0]);
  assert.ok(stats.bytes >= results.reduce((sum, { bytes = 0 }) => sum + bytes, 0), `${stats.bytes} bytes`);
  assert.deepEqual(Object.keys(stats.hosts).sort(), world.origins.slice(0, 2).sort());
  const [first, second] = world.origins.map((origin) => stats.hosts[origin]);
  assert.deepEqual([first.succeeded, first.failed, first.retries, first.inFlight, first.queued, first.breaker, first.cooldown], [2, 1, 2, 0, 0, 'closed', 0]);
  assert.deepEqual([second.succeeded, second.failed, second.retries], [1, 0, 0]);
  assert.ok(first.latency.p99 >= 85 && first.latency.p99 <= 250, JSON.stringify(first.latency));
  assert.ok(first.latency.p50 <= first.latency.p95 && first.latency.p95 <= first.latency.p99, JSON.stringify(first.latency));
  assert.ok(first.failureRate >= 0 && first.failureRate <= 1 && first.concurrency >= 1);
  assert.ok(!JSON.stringify(stats).includes('S3CR3T'));
  assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
});

check('stats tell what is in flight and what is queued', async (_, world) => {
  const client = world.createClient({ concurrencyPerHost: 1 });
  const call = client.fetchAll([world.at('/delay/200'), world.at('/ok'), world.at('/ok'), world.at('/delay/200', 1)]);
  await world.untilInFlight(2);
  const stats = client.stats();
  assert.deepEqual([stats.inFlight, stats.queued, client.inFlight, client.queued], [2, 2, 2, 2]);
  assert.deepEqual(world.origins.slice(0, 2).map((origin) => [stats.hosts[origin].inFlight, stats.hosts[origin].queued]), [[1, 2], [1, 0]]);
  await call;
});

check('at most 1,000 hosts are kept in mind', ARRIVES_ELSEWHERE, async (_, world) => {
  const client = world.createClient({ fetch: scripted(answer()) });
  const results = await client.fetchAll(Array.from({ length: 1500 }, (_, i) => `http://host-${i}.test/`));
  assert.ok(results.every(({ ok }) => ok));
  const { hosts, succeeded } = client.stats();
  assert.equal(succeeded, 1500);
  assert.ok(Object.keys(hosts).length <= 1000, `${Object.keys(hosts).length} hosts`);
  assert.ok(Object.hasOwn(hosts, 'http://host-1499.test'), 'the last one is known');
});

check('an idle client keeps nothing of the requests that are over', async (_, world) => {
  // Not of the world's making, which remembers results.
  const client = fanfetch.createClient();
  const inputs = await (async () => {
    const specs = Array.from({ length: 5 }, (_, i) => ({ url: world.at(i < 3 ? '/ok' : '/status/404'), tag: i }));
    await client.fetchAll(specs);
    return specs.map((spec) => new WeakRef(spec));
  })();
  for (let turns = 0; turns < 50 && inputs.some((input) => input.deref()); turns++) {
    await world.sleep(2);
    world.heapUsed();
  }
  assert.equal(inputs.filter((input) => input.deref()).length, 0);
  client.close();
});
