/** What one request must not leave to the next, nor one origin to another; and responses that no host would make. */
import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };

check('the host of baseUrl is told from others however many are forgotten', ARRIVES_ELSEWHERE, async (_, world) => {
  const sent = [];
  const fetch = async (url, init) => { sent.push([new URL(url).host, init.headers?.authorization]); return new Response('{}'); };
  const client = world.createClient({ baseUrl: 'https://home.test/', auth: { bearer: 'S3CR3T' }, fetch });
  await client.fetch('/a');
  await client.fetchAll(Array.from({ length: 2500 }, (_, i) => `https://h${i}.test/`));
  await client.fetch('/b');
  assert.deepEqual(sent.filter(([, authorization]) => authorization), [['home.test', 'Bearer S3CR3T'], ['home.test', 'Bearer S3CR3T']]);
});

check('a renewed authorization is that of its own request alone', ARRIVES_ELSEWHERE, async (_, world) => {
  const sent = [];
  const fetch = async (url, { headers }) => {
    sent.push([new URL(url).host, headers.authorization]);
    if (url.endsWith('/slow')) await world.sleep(30);
    return new Response('{}', { status: headers.authorization === 'Bearer old' && url.endsWith('/1') ? 401 : 200 });
  };
  const client = world.createClient({ fetch, retry: 0 });
  const auth = async ({ refresh }) => { await world.sleep(20); return { bearer: refresh ? 'S3CR3T' : 'old' }; };
  await client.extend({ auth }).fetchAll(['https://a.test/1', 'https://a.test/slow'], { maxFetches: 2 });
  await client.extend({ auth: () => ({ bearer: 'other' }) }).fetchAll([1, 2, 3].map((n) => `https://b.test/${n}`));
  assert.deepEqual(new Set(sent.filter(([host]) => host === 'b.test').map(([, header]) => header)), new Set(['Bearer other']));
});

check('responses that no host makes settle the call and free the slot', ARRIVES_ELSEWHERE, async (_, world) => {
  const locked = new Response('x');
  locked.body.getReader();
  const strange = [{ status: 302 }, locked, { status: 200, headers: new Headers(), body: { pipe() {} }, arrayBuffer: async () => new ArrayBuffer(0) }];
  for (const response of strange) {
    const fetch = world.createFetch({ fetch: async () => response, headers: { 'x-a': '1' }, retry: 0 });
    assert.equal((await fetch('https://a.test/')).status, response.status);
    await fetch.client.onIdle();
    assert.equal(fetch.client.inFlight, 0);
  }
});

check('a Request keeps its headers under those of a client, at other origins too', async (_, world) => {
  const request = (path) => new Request(world.at(path), { headers: { accept: 'a/b', 'x-own': 'yes' } });
  const said = ({ headers }) => [headers.accept, headers['x-own'], headers['x-client']];
  const asking = world.createClient({ auth: async () => ({ bearer: 'S3CR3T' }) });
  assert.deepEqual(said((await asking.fetch(request('/echo'))).data), ['a/b', 'yes', undefined]);
  const client = world.createClient({ headers: { 'x-client': 'S3CR3T' } });
  assert.deepEqual(said((await client.fetch(request('/redirect-cross?to=1'))).data), ['a/b', 'yes', undefined]);
});

check('json says what it is wherever it goes', ARRIVES_ELSEWHERE, async (_, world) => {
  const sent = [];
  const fetch = async (url, { headers }) => { sent.push(headers['content-type']); return new Response('{}'); };
  await world.fetchAll(['https://home.test/', 'https://other.test/'], { baseUrl: 'https://home.test/', method: 'POST', json: {}, fetch });
  assert.deepEqual(sent, ['application/json', 'application/json']);
});

check('a Response that a hook gives is no redirect of the request before', ARRIVES_ELSEWHERE, async (_, world) => {
  const given = [undefined, new Response(null, { status: 302, headers: { location: '/stolen' } })];
  const client = world.createClient({ headers: { 'x-a': '1' }, throwHttpErrors: false, concurrency: 1, hooks: { beforeRequest: [() => given.shift()] } });
  const results = await client.fetchAll([world.at('/ok'), world.at('/ok', 1)]);
  assert.deepEqual(results.map(({ status }) => status), [200, 302]);
});
