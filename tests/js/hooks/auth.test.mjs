import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };
const many = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));
const ok = (results) => assert.deepEqual(results.filter(({ ok }) => !ok).map(({ error }) => error.message), []);

/** A store of tokens, of which the server takes those that begin with `token`; `calls` holds what each call was asked for. */
function tokens(world, { first = 'S3CR3T-stale', ms = 50, next = (n) => `token-S3CR3T-${n}` } = {}) {
  const calls = [];
  let current = first;
  let refreshed = 0;
  const auth = async ({ refresh }) => {
    calls.push(refresh);
    if (!refresh) return { bearer: current };
    refreshed++;
    await world.sleep(ms);
    current = next(refreshed);
    return { bearer: current };
  };
  return { auth, calls, refreshes: () => refreshed };
}

check('after a 401 one refresh serves all requests, each of which is tried once more', async (_, world) => {
  const { auth, refreshes } = tokens(world);
  const client = world.createClient({ auth, retry: 0, concurrency: 8 });
  const results = await client.fetchAll(many(world, 20, '/auth/bearer'));
  ok(results);
  assert.equal(refreshes(), 1);
  for (const { attempts } of results) assert.ok(attempts.length <= 2);
  const first = results[0].attempts.map(({ outcome, status, code }) => [outcome, status, code]);
  assert.deepEqual(first, [['http', 401, 'HTTP'], ['success', 200, undefined]]);
  const later = await client.get(world.at('/auth/bearer'));
  assert.deepEqual([later.attempts.length, refreshes()], [1, 1]);
});

check('a refreshed token is kept, though the function still gives the old one', async (_, world) => {
  const calls = [];
  const auth = ({ refresh }) => (calls.push(refresh), { bearer: refresh ? 'token-S3CR3T' : 'S3CR3T-stale' });
  const client = world.createClient({ auth, retry: 0, concurrency: 4 });
  ok(await client.fetchAll(many(world, 20, '/auth/bearer')));
  assert.equal(calls.filter(Boolean).length, 1);
  assert.equal(calls[0], false, 'asked without refresh first');
});

check('a token that dies again and again is refreshed as often, and no more', async (_, world) => {
  const { auth, refreshes } = tokens(world, { first: 'token-S3CR3T-0', ms: 5 });
  const client = world.createClient({ auth, retry: 0, concurrency: 1 });
  const url = world.at('/auth/bearer?uses=5');
  ok(await client.fetchAll(Array(20).fill(url)));
  assert.equal(refreshes(), 3);
  await world.sent(url, 23);
});

check('calls at once on one client, and on one extended from it, share the refresh', async (_, world) => {
  const { auth, refreshes } = tokens(world);
  const client = world.createClient({ auth, retry: 0 });
  const list = client.fetchAll(many(world, 5, '/auth/bearer'));
  const single = many(world, 5, '/auth/bearer').map((url) => client.get(url));
  const child = client.extend({ headers: { 'x-child': '1' } }).fetchAll(many(world, 5, '/auth/bearer'));
  ok(await list);
  await Promise.all(single);
  ok(await child);
  assert.equal(refreshes(), 1);
});

check('while a call of the function is pending it is called no second time', async (_, world) => {
  let pending = 0;
  let most = 0;
  const auth = async () => {
    most = Math.max(most, ++pending);
    await world.sleep(30);
    pending--;
    return { bearer: 'token-S3CR3T' };
  };
  const client = world.createClient({ auth });
  ok(await client.fetchAll(many(world, 20, '/auth/bearer')));
  assert.equal(most, 1);
});

for (const retry of [0, 2]) {
  check(`a POST is tried once more after a 401, with its body (retry.limit ${retry})`, async (_, world) => {
    const { auth, refreshes } = tokens(world);
    const client = world.createClient({ auth, retry });
    const url = world.at('/auth/bearer');
    const { attempts } = await client.post(url, { json: { some: 'body' } });
    assert.deepEqual([attempts.length, refreshes()], [2, 1]);
    const [first, second] = await world.sent(url, 2);
    assert.deepEqual([second.method, second.length, second.sha256], ['POST', first.length, first.sha256]);
  });
}

check('a body that can be sent once is not sent again; one made by a function is', async (_, world) => {
  const client = world.createClient({ auth: tokens(world).auth });
  const stream = () => new Blob(['some body']).stream();
  const error = await world.assert.rejects(client.put(world.at('/auth/bearer'), { body: stream(), duplex: 'half' }));
  assert.deepEqual([error.code, error.status, error.attempts], ['HTTP', 401, 1]);
  const other = world.createClient({ auth: tokens(world).auth });
  assert.equal((await other.put(world.at('/auth/bearer'), { body: stream, duplex: 'half' })).attempts.length, 2);
});

check('a second 401 fails with HTTP 401, after one refresh', async (_, world) => {
  const { auth, refreshes } = tokens(world, { next: (n) => `S3CR3T-bad-${n}` });
  const client = world.createClient({ auth });
  const error = await world.assert.rejects(client.get(world.at('/auth/bearer')));
  assert.deepEqual([error.name, error.code, error.status, error.attempts, refreshes()], ['HttpError', 'HTTP', 401, 2, 1]);
  const fine = world.createClient({ auth: tokens(world).auth });
  assert.equal((await fine.get(world.at('/auth/bearer'))).ok, true);
});

check('the attempt after a 401 does not count against retry.limit', ARRIVES_ELSEWHERE, async (_, world) => {
  const { auth } = tokens(world);
  const fetch = scripted(answer(401), answer(503), answer(503), answer());
  const [result] = await world.fetchAll([world.at('/ok')], { auth, fetch, retry: 2 });
  assert.deepEqual([result.ok, result.attempts.map(({ status }) => status)], [true, [401, 503, 503, 200]]);
  const [failed] = await world.fetchAll([world.at('/ok')], { auth: tokens(world).auth, fetch: scripted(answer(401), answer(503)), retry: 1 });
  assert.deepEqual([failed.ok, failed.attempts.map(({ status }) => status)], [false, [401, 503, 503]]);
});

check('a fixed auth is not tried again', async (_, world) => {
  for (const auth of [{ bearer: 'S3CR3T' }, { username: 'u', password: 'S3CR3T' }]) {
    const [{ error, attempts }] = await world.fetchAll([world.at('/auth/bearer')], { auth });
    assert.deepEqual([error.code, error.status, attempts.length], ['HTTP', 401, 1]);
  }
});

check('the function may give a user name and a password', async (_, world) => {
  const calls = [];
  const auth = ({ refresh }) => (calls.push(refresh), { username: 'u', password: refresh ? 'fresh' : 'stale' });
  const client = world.createClient({ auth });
  const { attempts } = await client.get(world.at('/auth/basic?user=u&pass=fresh'));
  assert.deepEqual([attempts.length, calls], [2, [false, true]]);
});

check('a function that throws fails its requests as HOOK, and is asked again', async (_, world) => {
  for (const fail of [(boom) => { throw boom; }, async (boom) => { throw boom; }]) {
    const boom = new Error('boom');
    let broken = true;
    const client = world.createClient({ auth: () => (broken ? fail(boom) : { bearer: 'token-S3CR3T' }) });
    const results = await client.fetchAll(many(world, 3, '/auth/bearer'));
    for (const { error, attempts } of results) assert.deepEqual([error?.code, error?.cause, attempts.length, error?.retryable], ['HOOK', boom, 0, false]);
    broken = false;
    assert.equal((await client.get(world.at('/auth/bearer'))).ok, true);
  }
});

check('a refresh that throws fails all that wait for it as HOOK', async (_, world) => {
  const boom = new Error('boom');
  let refreshed = 0;
  const auth = async ({ refresh }) => {
    if (!refresh) return { bearer: 'S3CR3T-stale' };
    refreshed++;
    await world.sleep(100);
    throw boom;
  };
  const client = world.createClient({ auth });
  const results = await client.fetchAll(many(world, 4, '/auth/bearer'));
  for (const { error, attempts } of results) assert.deepEqual([error?.code, error?.cause, attempts.length], ['HOOK', boom, 1]);
  assert.equal(refreshed, 1);
});

check('the value that the function gives is checked, and never shown', async (_, world) => {
  for (const bad of [undefined, null, 'S3CR3T', {}, { token: 'S3CR3T' }, { bearer: 5 }, { bearer: 'S3CR3T\r\nx-injected: 1' }]) {
    const client = world.createClient({ auth: () => bad });
    const error = await world.assert.rejects(client.get(world.at('/auth/bearer')));
    assert.match(error.code, /^(HOOK|INPUT|OPTION)$/);
    assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes('S3CR3T'));
  }
  assert.equal((await world.stats()).requests, 0);
});

check('the function serves no other host than that of baseUrl', ARRIVES_ELSEWHERE, async (_, world) => {
  const { auth, calls } = tokens(world, { first: 'token-S3CR3T' });
  const [base, other] = world.origins;
  const client = world.createClient({ baseUrl: base, auth, retry: 0 });
  assert.equal((await client.get(`${other}/echo`)).data.headers.authorization, undefined);
  const error = await world.assert.rejects(client.get(`${other}/auth/bearer`));
  assert.deepEqual([error.status, error.attempts, calls], [401, 1, []]);
  assert.equal((await client.get('/auth/bearer')).ok, true);
  assert.equal((await client.get('/redirect-cross?to=1')).data.headers.authorization, undefined);
});

check('a request of its own authorization does without the function', async (_, world) => {
  const { auth, calls } = tokens(world);
  const client = world.createClient({ auth });
  const own = [{ headers: { Authorization: 'Bearer own' } }, { auth: { bearer: 'own' } }];
  for (const options of own) assert.equal((await client.get(world.at('/echo'), options)).data.headers.authorization, 'Bearer own');
  assert.deepEqual(calls, []);
});

check('one that leaves does not end the refresh for the others', async (_, world) => {
  const { auth, refreshes } = tokens(world, { ms: 200 });
  const client = world.createClient({ auth });
  const controller = new AbortController();
  const leaving = client.get(world.at('/auth/bearer'), { signal: controller.signal });
  const staying = client.get(world.at('/auth/bearer'));
  await world.untilInFlight(0, 2);
  controller.abort('enough');
  assert.equal(await world.assert.rejects(leaving), 'enough');
  assert.deepEqual([(await staying).attempts.length, refreshes()], [2, 1]);
});

check('a function that never resolves is ended by timeout.total', async (_, world) => {
  const client = world.createClient({ auth: () => new Promise(() => {}), timeout: { total: 200 } });
  const error = await world.assert.rejects(client.get(world.at('/auth/bearer')));
  assert.equal(error.code, 'TIMEOUT');
});

check('the function may call its own client, at a concurrency of 1', async (_, world) => {
  const login = world.at('/ok', 1);
  const auth = async ({ refresh }) => {
    if (!refresh) return { bearer: 'S3CR3T-stale' };
    await client.get(login, { auth: { bearer: 'login-S3CR3T' } });
    return { bearer: 'token-S3CR3T' };
  };
  const client = world.createClient({ auth, concurrency: 1, timeout: { total: 3000 } });
  ok(await client.fetchAll(many(world, 3, '/auth/bearer')));
  await world.sent(login, 1);
});

check('a drop-in fetch is authorised the same way, and hands out a last 401 as it is', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = world.createFetch({ auth: tokens(world).auth, retry: 0 });
  const responses = await Promise.all(many(world, 5, '/auth/bearer').map((url) => fetch(url)));
  assert.deepEqual(responses.map(({ status }) => status), Array(5).fill(200));
  await Promise.all(responses.map((response) => response.text()));
  const bad = world.createFetch({ auth: () => ({ bearer: 'S3CR3T' }), retry: 0 });
  const refused = await bad(world.at('/auth/bearer'));
  assert.equal(refused.status, 401);
  await refused.text();
});

check('auth in a list without a client, and in a spec, works as well', async (_, world) => {
  const { auth, refreshes } = tokens(world);
  ok(await world.fetchAll(many(world, 6, '/auth/bearer'), { auth, retry: 0 }));
  assert.equal(refreshes(), 1);
  const own = tokens(world);
  const [spec, without] = await world.fetchAll([{ url: world.at('/auth/bearer'), auth: own.auth }, world.at('/auth/bearer')], { retry: 0 });
  assert.deepEqual([...brief(spec), own.refreshes()], [true, undefined, 2, 1]);
  assert.deepEqual(brief(without), [false, 'HTTP', 1]);
});
