import assert from 'node:assert/strict';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';

/** More than is read ahead of its reader. */
const LARGE = '/drip?bytes=300000&chunk=30000&every=2';

const many = (world, count, path) => Array.from({ length: count }, () => world.at(path));

/** Whether a promise is still pending after `ms`. */
const pending = (world, promise, ms = 100) => Promise.race([promise.then(() => false, () => false), world.sleep(ms).then(() => true)]);

/** Ways in which the reader is done with a body; each frees its slot. */
const ENDS = {
  'read to the end': (response) => response.text(),
  'read to the end by chunks': async ({ body }) => {
    const reader = body.getReader();
    while (!(await reader.read()).done);
  },
  cancelled: ({ body }) => body.cancel('enough'),
  'cancelled halfway': async ({ body }) => {
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
  },
  'left by break': async ({ body }) => {
    for await (const chunk of body) if (chunk) break;
  },
};

for (const [how, end] of Object.entries(ENDS)) {
  check(`an unread body holds its slot until it is ${how}`, async (_, world) => {
    const fetch = world.createFetch({ concurrency: 1 });
    const first = await fetch(world.at(LARGE));
    const second = fetch(world.at('/ok'));
    assert.equal(await pending(world, second), true);
    assert.deepEqual([fetch.client.inFlight, fetch.client.queued, (await world.stats()).requests], [1, 1, 1]);
    await end(first);
    assert.equal((await (await second).json()).ok, true);
    assert.deepEqual([fetch.client.inFlight, fetch.client.queued], [0, 0]);
  });
}

check('a body that breaks off frees its slot', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1 });
  for (const path of ['/truncate', '/reset-body']) {
    const broken = await fetch(world.at(path));
    assert.equal((await world.assert.rejects(broken.arrayBuffer())).constructor, TypeError);
    assert.equal((await (await fetch(world.at('/ok'))).json()).ok, true);
  }
});

check('an empty or small body that nobody reads holds nothing', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 2 });
  for (let i = 0; i < 30; i++) {
    const response = await fetch(world.at(i % 3 === 0 ? '/empty-json' : i % 3 === 1 ? '/status/404' : '/ok'), { method: i % 2 === 0 ? 'POST' : 'GET' });
    assert.ok(response.status > 0);
  }
  await fetch.client.onIdle();
  const kept = await fetch(world.at('/ok'));
  await fetch.client.onIdle();
  assert.equal((await kept.json()).ok, true, 'what was read ahead is there');
});

check('chunks before a break of the body are read before its error', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1, retry: 0 });
  const reader = (await fetch(world.at('/reset-body?after=1000'))).body.getReader();
  await world.sleep(60);
  let bytes = 0;
  const failed = await (async () => {
    for (;;) bytes += (await reader.read()).value.byteLength;
  })().catch((error) => error);
  assert.deepEqual([bytes, failed.constructor], [1000, TypeError]);
});

check('a Response without a body holds nothing', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1 });
  for (const [path, method] of [['/status/204', 'GET'], ['/ok', 'HEAD'], ['/empty-json', 'GET'], ['/status/304', 'GET']]) {
    const response = await fetch(world.at(path), { method });
    if (path === '/empty-json') await response.text();
  }
  await fetch.client.onIdle();
  assert.equal((await (await fetch(world.at('/ok'))).json()).ok, true);
});

check('a Response that nobody keeps is collected, and gives its slot back', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 2 });
  await (async () => {
    await fetch(world.at(LARGE));
    await fetch(world.at(LARGE));
  })();
  assert.equal(fetch.client.inFlight, 2);
  for (let i = 0; i < 200 && fetch.client.inFlight > 0; i++) {
    world.heapUsed();
    await world.sleep(20);
  }
  assert.equal(fetch.client.inFlight, 0);
  assert.equal((await (await fetch(world.at('/ok'))).json()).ok, true);
});

check('a Response whose body alone is kept is not collected', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 2 });
  const body = await (async () => (await fetch(world.at(LARGE))).body)();
  for (let i = 0; i < 15; i++) {
    world.heapUsed();
    await world.sleep(20);
  }
  assert.equal(fetch.client.inFlight, 1);
  assert.equal((await new Response(body).arrayBuffer()).byteLength, 300_000);
});

check('as many bodies are open at once as the concurrency allows', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 4 });
  const read = async (url) => (await fetch(url)).text();
  await Promise.all(many(world, 20, '/drip?bytes=30&chunk=10&every=10').map(read));
  assert.equal((await world.stats()).peak, 4);
});

check('an abort after the headers ends the body with its reason, and frees the slot', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1 });
  for (const reason of [undefined, null, new Error('mine')]) {
    const controller = new AbortController();
    const url = world.at('/stall-body');
    const response = await fetch(url, { signal: controller.signal });
    const reading = world.assert.rejects(response.text());
    await world.sleep(50);
    controller.abort(reason);
    assert.equal(await reading, controller.signal.reason);
    await world.sleep(80);
    assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
    assert.equal((await (await fetch(world.at('/ok'))).json()).ok, true);
  }
});

check('an abort before the body is read ends it as well', async (_, world) => {
  const fetch = world.createFetch();
  const controller = new AbortController();
  const response = await fetch(world.at('/stall-body'), { signal: controller.signal });
  controller.abort('enough');
  assert.equal(await world.assert.rejects(response.text()), 'enough');
  assert.equal(fetch.client.inFlight, 0);
});

check('timeout.idle ends a handed-out body that falls silent', async (_, world) => {
  const fetch = world.createFetch({ timeout: { idle: 150 } });
  const url = world.at('/stall-body?after=10');
  const begun = performance.now();
  const error = await world.assert.rejects((await fetch(url)).text());
  const total = performance.now() - begun;
  assert.ok(total >= 150 && total <= 500, `${total} ms`);
  assert.deepEqual([error.name, error.code, error.phase, error.limit], ['TimeoutError', 'TIMEOUT', 'idle', 150]);
  await world.sleep(50);
  assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
  assert.equal(fetch.client.inFlight, 0);
  const steady = await fetch(world.at('/drip?bytes=20&chunk=1&every=30'));
  assert.equal((await steady.arrayBuffer()).byteLength, 20, 'progress restarts the clock');
});

check('timeout.attempt covers a handed-out body to its last byte', async (_, world) => {
  const fetch = world.createFetch({ timeout: { attempt: 300 } });
  const url = world.at('/drip?bytes=1000&chunk=1&every=20');
  const begun = performance.now();
  const error = await world.assert.rejects((await fetch(url)).text());
  const total = performance.now() - begun;
  assert.ok(total >= 300 && total <= 600, `${total} ms`);
  assert.deepEqual([error.code, error.phase, error.limit], ['TIMEOUT', 'attempt', 300]);
  await world.sent(url, 1);
});

check('maxBytes holds for a handed-out body', async (_, world) => {
  const fetch = world.createFetch({ maxBytes: 100_000 });
  const url = world.at('/huge?bytes=inf');
  const error = await world.assert.rejects((await fetch(url)).arrayBuffer());
  assert.deepEqual([error.name, error.code], ['BodyError', 'BODY_TOO_LARGE']);
  await world.sleep(80);
  assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
});

check('close ends handed-out bodies, whose readers get CLOSED', async (_, world) => {
  const fetch = world.createFetch();
  const responses = await Promise.all(many(world, 3, '/stall-body').map((url) => fetch(url)));
  const reading = world.assert.rejects(responses[0].text());
  await world.sleep(30);
  fetch.client.close();
  assert.equal((await reading).code, 'CLOSED');
  assert.equal((await world.assert.rejects(responses[1].text())).code, 'CLOSED');
  assert.equal(fetch.client.inFlight, 0);
});

for (const [responseType, body] of [['stream', (data) => data], ['response', (data) => data.body]]) {
  check(`fetchEach hands out ${responseType} bodies, each of which holds its slot`, async (_, world) => {
    const client = world.createClient({ concurrency: 2 });
    const results = client.fetchEach(many(world, 3, LARGE), { responseType });
    const [first, second] = [(await results.next()).value, (await results.next()).value];
    for (const { ok, data, status, bytes, response } of [first, second]) {
      assert.deepEqual([ok, status, bytes], [true, 200, undefined]);
      assert.ok(body(data) instanceof ReadableStream);
      if (responseType === 'response') assert.ok(data instanceof Response && data === response);
    }
    const third = results.next();
    assert.equal(await pending(world, third), true);
    assert.deepEqual([client.inFlight, (await world.stats()).requests], [2, 2]);
    const read = async (data) => (await new Response(body(data)).arrayBuffer()).byteLength;
    assert.equal(await read(first.data), 300_000);
    assert.equal(await read((await third).value.data), 300_000);
    await body(second.data).cancel();
    assert.deepEqual([(await results.next()).done, client.inFlight], [true, 0]);
  });

  check(`a loop over ${responseType} bodies that ends by itself leaves them to be read`, async (_, world) => {
    const bodies = [];
    for await (const { data } of world.fetchEach(many(world, 4, '/drip?bytes=20&chunk=10&every=50'), { responseType })) bodies.push(body(data));
    assert.equal(bodies.length, 4);
    await world.sleep(30);
    const sizes = await Promise.all(bodies.map(async (each) => (await new Response(each).arrayBuffer()).byteLength));
    assert.deepEqual(sizes, [20, 20, 20, 20]);
  });

  check(`a loop over ${responseType} bodies that is left aborts them`, async (_, world) => {
    const urls = many(world, 6, '/stall-body');
    const client = world.createClient({ concurrency: 3 });
    const kept = [];
    for await (const { data } of client.fetchEach(urls, { responseType })) if (kept.push(body(data)) === 2) break;
    await world.sleep(250);
    assert.deepEqual([(await world.stats()).inflight, client.inFlight, client.queued], [0, 0, 0]);
    for (const each of kept) await world.assert.rejects(new Response(each).text());
    for (const url of urls) for (const { end } of await world.log(url)) assert.equal(end, 'client-closed');
  });

  check(`a failing status fails ${responseType} bodies, too, after its retries`, async (_, world) => {
    const results = [];
    const urls = [world.at('/status/404'), world.at('/flaky?fail=1')];
    for await (const result of world.fetchEach(urls, { responseType, ordered: true })) results.push(result);
    assert.deepEqual([results[0].error.code, results[0].error.data.status, results[1].attempts.length], ['HTTP', 404, 2]);
    assert.equal((await new Response(body(results[1].data)).json()).ok, true);
  });

  check(`client.fetch hands out a ${responseType} body; fetchAll refuses to`, async (_, world) => {
    const client = world.createClient();
    const { data } = await client.get(world.at('/ok'), { responseType });
    assert.equal(client.inFlight, 1);
    assert.equal((await new Response(body(data)).json()).ok, true);
    assert.equal(client.inFlight, 0);
    for (const fetchAll of [world.fetchAll, client.fetchAll, client.extend({ responseType }).fetchAll]) {
      const error = await world.assert.rejects(fetchAll([world.at('/ok')], { responseType }));
      assert.ok(error instanceof fanfetch.OptionError && error.option === 'responseType', String(error));
    }
  });
}
