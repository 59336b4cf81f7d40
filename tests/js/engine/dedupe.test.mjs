import assert from 'node:assert/strict';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

/** One request arrives for several that share it. */
const ARRIVES_ONCE = { attempts: 'off' };
const repeat = (count, value) => Array(count).fill(value);

check('identical requests in flight share one fetch, and each has a result of its own', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/delay/150');
  const results = await client.fetchAll(Array.from({ length: 10 }, (_, tag) => ({ url, tag })));
  assert.deepEqual(results.map(({ ok, index, request, data }) => [ok, index, request.tag, data.ok]), results.map((_, i) => [true, i, i, true]));
  await world.sent(url, 1);
  const { deduplicated, succeeded } = client.stats();
  assert.deepEqual([deduplicated, succeeded], [9, 10]);
});

check('a fragment makes no other request', ARRIVES_ONCE, async (_, world) => {
  const url = world.at('/delay/100');
  const results = await world.fetchAll([`${url}#a`, url, `${url}#b`], { dedupe: true });
  assert.deepEqual(results.map(({ ok, request }) => [ok, request.url]), [`${url}#a`, url, `${url}#b`].map((one) => [true, one]));
  await world.sent(url, 1);
});

check('sharing is off by default', async (_, world) => {
  const url = world.at('/delay/50');
  await world.fetchAll(repeat(5, url));
  await world.sent(url, 5);
  await world.createClient().fetchAll(repeat(5, url));
  await world.sent(url, 10);
});

check('a list without a client shares as well, and only within itself', ARRIVES_ONCE, async (_, world) => {
  const url = world.at('/delay/100');
  const lists = await Promise.all([1, 2].map(() => world.fetchAll(repeat(5, url), { dedupe: true })));
  assert.ok(lists.flat().every(({ ok }) => ok));
  await world.sent(url, 2);
});

check('all calls of a client share, lists and single ones', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/delay/200');
  const calls = [client.get(url), client.fetchAll([url, url]), client.fetch(new URL(url)), client.extend({}).get(url)];
  await Promise.all(calls);
  await world.sent(url, 1);
});

check('a fetch that has ended is made again', async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/ok');
  const first = await client.get(url);
  const second = await client.get(url);
  assert.deepEqual([first.data.attempt, second.data.attempt], [1, 2]);
});

check('only GET and HEAD are shared, and only where all that is sent is the same', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/delay/150');
  const twice = (spec) => [spec, spec];
  const sent = async (specs) => {
    await world.reset();
    const results = await client.fetchAll(specs);
    assert.ok(results.every(({ ok }) => ok));
    return (await world.log(url)).length;
  };
  assert.equal(await sent(twice({ url, method: 'POST', body: 'x' })), 2);
  assert.equal(await sent(twice({ url, method: 'PUT' })), 2);
  assert.equal(await sent(twice({ url, method: 'DELETE' })), 2);
  assert.equal(await sent(twice({ url, method: 'OPTIONS' })), 2);
  assert.equal(await sent(twice({ url, method: 'HEAD' })), 1);
  assert.equal(await sent([{ url, method: 'HEAD' }, { url }]), 2);
  assert.equal(await sent([{ url, method: 'get' }, { url }]), 1);
  assert.equal(await sent([{ url, headers: { 'X-A': '1' } }, { url, headers: [['x-a', '1']] }]), 1);
  assert.equal(await sent([{ url, headers: { 'x-a': '1' } }, { url, headers: { 'x-a': '2' } }, url]), 3);
  assert.equal(await sent([{ url, auth: { bearer: 'S3CR3T-1' } }, { url, auth: { bearer: 'S3CR3T-2' } }]), 2);
  assert.equal(await sent([{ url, searchParams: { q: 1 } }, { url, searchParams: { q: 2 } }]), 2);
});

check('how the body is read is each request\'s own affair', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/delay/100');
  const [json, text, bytes] = await client.fetchAll(['json', 'text', 'bytes'].map((responseType) => ({ url, responseType })));
  assert.equal(json.data.ok, true);
  assert.equal(JSON.parse(text.data).ok, true);
  assert.equal(JSON.parse(new TextDecoder().decode(bytes.data)).ok, true);
});

check('each waiter aborts alone, the first one as well', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/delay/300');
  const controllers = Array.from({ length: 3 }, () => new AbortController());
  const calls = controllers.map(({ signal }) => client.get(url, { signal }));
  await world.untilInFlight(1);
  const begun = performance.now();
  controllers[0].abort('first');
  controllers[2].abort('third');
  assert.equal(await world.assert.rejects(calls[0]), 'first');
  assert.equal(await world.assert.rejects(calls[2]), 'third');
  assert.ok(performance.now() - begun < 100);
  assert.equal((await calls[1]).ok, true);
  assert.equal((await world.sent(url, 1))[0].end, 'sent');
});

check('the fetch is aborted with the last that waits for it', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/hang');
  const controllers = Array.from({ length: 3 }, () => new AbortController());
  const specs = client.fetchAll(controllers.slice(0, 2).map(({ signal }) => ({ url, signal })));
  const single = client.get(url, { signal: controllers[2].signal });
  await world.untilInFlight(1);
  controllers[0].abort();
  controllers[2].abort('mine');
  assert.equal(await world.assert.rejects(single), 'mine');
  await world.sleep(100);
  assert.equal((await world.stats()).inflight, 1);
  controllers[1].abort();
  assert.deepEqual((await specs).map(({ error }) => error.code), ['ABORTED', 'ABORTED']);
  await world.sleep(100);
  assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  const again = client.fetchAll([url], { deadline: 100 });
  assert.equal((await again)[0].error.code, 'TIMEOUT');
  await world.sent(url, 2);
});

check('a failure is that of all, after its retries, which are shared as well', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true });
  const url = world.at('/status/503?wait=50');
  const results = await client.fetchAll(repeat(4, url));
  assert.deepEqual(results.map((result) => [...brief(result), result.error.status, result.error.url]), repeat(4, [false, 'HTTP', 3, 503, url]));
  await world.sent(url, 3);
  const flaky = world.at('/flaky?fail=2&wait=30');
  assert.ok((await client.fetchAll(repeat(4, flaky))).every(({ ok }) => ok));
  await world.sent(flaky, 3);
});

check('one that joins holds no slot of its own', ARRIVES_ONCE, async (_, world) => {
  const client = world.createClient({ dedupe: true, concurrency: 2 });
  const url = world.at('/delay/400');
  const shared = repeat(4, url).map((each) => client.get(each));
  await world.untilInFlight(1);
  const begun = performance.now();
  await client.get(world.at('/ok'));
  assert.ok(performance.now() - begun < 250);
  await Promise.all(shared);
  await world.sent(url, 1);
});

check('bodies that are handed out are each one\'s own', ARRIVES_ONCE, async (_, world) => {
  const fetch = world.createFetch({ dedupe: true });
  const url = world.at('/delay/100');
  const responses = await Promise.all([fetch(url), fetch(url)]);
  for (const response of responses) assert.equal((await response.json()).ok, true);
});
