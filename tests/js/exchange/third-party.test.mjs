import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import ky from 'ky';
import { createFetch as createOfetch } from 'ofetch';
import OpenAI from 'openai';
import createOpenapiClient from 'openapi-fetch';
import { check } from '../../helpers/harness.mjs';

const many = (world, count, path) => Array.from({ length: count }, () => world.at(path));

/**
 * Clients of others on a fetch of ours, their own retries and time limits off: each gets an address as JSON, or throws as
 * it does for a status that is a failure.
 */
const LIBRARIES = {
  ky: (fetch) => {
    const client = ky.create({ fetch, retry: 0, timeout: false });
    return {
      get: (url, signal) => client.get(url, { signal }).json(),
      post: (url, json) => client.post(url, { json }).json(),
    };
  },
  ofetch: (fetch) => {
    const client = createOfetch({ fetch, defaults: { retry: 0 } });
    return {
      get: (url, signal) => client(url, { signal }),
      post: (url, body) => client(url, { method: 'POST', body }),
    };
  },
  'openapi-fetch': (fetch) => {
    const client = createOpenapiClient({ fetch });
    const unwrap = async (call) => {
      const { data, error } = await call;
      if (error !== undefined) throw Object.assign(new Error('refused'), { error });
      return data;
    };
    return {
      get: (url, signal) => unwrap(client.GET(url, { signal })),
      post: (url, body) => unwrap(client.POST(url, { body })),
    };
  },
};

for (const [name, make] of Object.entries(LIBRARIES)) {
  check(`${name}: gets, posts, and sees a status that is a failure`, async (_, world) => {
    const { get, post } = make(world.createFetch());
    assert.equal((await get(world.at('/ok'))).ok, true);
    const echo = await post(world.at('/echo'), { some: 'json' });
    assert.deepEqual([echo.method, echo.body, echo.headers['content-type'].split(';')[0]], ['POST', '{"some":"json"}', 'application/json']);
    const url = world.at('/status/404');
    await world.assert.rejects(get(url));
    await world.sent(url, 1);
  });

  check(`${name}: it is us who retry`, async (_, world) => {
    const { get, post } = make(world.createFetch({ retry: { limit: 2, delay: 20 } }));
    for (const path of ['/flaky?fail=2', '/flaky?fail=2&mode=reset', '/retry-after?seconds=0']) {
      const url = world.at(path);
      assert.equal((await get(url)).ok, true);
      await world.sent(url, path.startsWith('/flaky') ? 3 : 2);
    }
    const posted = world.at('/flaky?fail=1');
    await world.assert.rejects(post(posted, {}));
    await world.sent(posted, 1);
    const again = make(world.createFetch({ retry: { limit: 2, delay: 20, methods: ['POST'] } }));
    const url = world.at('/flaky?fail=1');
    assert.equal((await again.post(url, { some: 'json' })).ok, true);
    const [first, second] = await world.sent(url, 2);
    assert.deepEqual([second.length, second.sha256], [first.length, first.sha256]);
  });

  check(`${name}: our concurrency holds, and every slot comes back`, async (_, world) => {
    const fetch = world.createFetch({ concurrency: 3 });
    const { get } = make(fetch);
    const results = await Promise.all(many(world, 15, '/delay/40').map((url) => get(url)));
    assert.ok(results.every(({ ok }) => ok));
    await Promise.allSettled(many(world, 6, '/status/404').map((url) => get(url)));
    assert.equal((await world.stats()).peak, 3);
    await fetch.client.onIdle();
    assert.equal(fetch.client.inFlight, 0);
  });

  check(`${name}: an abort reaches the host, before the headers and in the body`, async (_, world) => {
    const fetch = world.createFetch();
    const { get } = make(fetch);
    for (const path of ['/hang', '/stall-body']) {
      const controller = new AbortController();
      const url = world.at(path);
      const call = world.assert.rejects(get(url, controller.signal));
      await world.sleep(100);
      assert.equal((await world.stats()).inflight, 1);
      const begun = performance.now();
      controller.abort();
      const error = await call;
      assert.ok([error, error.cause].some((each) => each?.name === 'AbortError'), String(error));
      assert.ok(performance.now() - begun < 200);
      await world.sleep(80);
      assert.equal((await world.sent(url, 1))[0].end, 'client-closed');
    }
    await fetch.client.onIdle();
  });

  check(`${name}: our time limit ends a request`, async (_, world) => {
    const { get } = make(world.createFetch({ timeout: { attempt: 100 }, retry: 0 }));
    const error = await world.assert.rejects(get(world.at('/hang')));
    assert.ok([error, error.cause].some((each) => each?.code === 'TIMEOUT'), String(error));
  });
}

/** The little of OpenAI's API that the SDK is asked for here. `fail` answers of each prompt are a 503. */
const api = { seen: new Map(), open: 0, most: 0, closed: 0 };
const server = createServer(async (request, response) => {
  api.most = Math.max(api.most, ++api.open);
  response.once('close', () => {
    api.open--;
    if (!response.writableFinished) api.closed++;
  });
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { stream, messages: [{ content }] } = JSON.parse(Buffer.concat(chunks).toString());
  const [action, count] = content.split(' ');
  api.seen.set(content, (api.seen.get(content) ?? 0) + 1);
  if (action === 'hang') return;
  await new Promise((resolve) => setTimeout(resolve, 30));
  const json = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (action === 'fail' && api.seen.get(content) <= Number(count)) return json(503, { error: { message: 'overloaded' } });
  if (!stream) return json(200, { id: '1', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }] });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const word of ['hel', 'lo']) {
    response.write(`data: ${JSON.stringify({ id: '1', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: word } }] })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (action === 'endless') return;
  response.end('data: [DONE]\n\n');
});
before(() => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(() => {
  server.closeAllConnections();
  server.close();
});

function sdk(fetch) {
  Object.assign(api, { seen: new Map(), most: api.open, closed: 0 });
  const client = new OpenAI({ apiKey: 'S3CR3T', baseURL: `http://127.0.0.1:${server.address().port}/v1`, maxRetries: 0, fetch });
  const create = (content, more, options) => client.chat.completions.create({ model: 'any', messages: [{ role: 'user', content }], ...more }, options);
  return { create, ask: async (...args) => (await create(...args)).choices[0].message.content };
}

check('openai: an answer, a stream, and a refusal', async (_, world) => {
  const fetch = world.createFetch();
  const { create, ask } = sdk(fetch);
  assert.equal(await ask('ok'), 'hello');
  let text = '';
  for await (const { choices: [{ delta }] } of await create('stream', { stream: true })) text += delta.content;
  assert.equal(text, 'hello');
  const error = await world.assert.rejects(ask('fail 5'));
  assert.deepEqual([error.status, api.seen.get('fail 5')], [503, 1]);
  await fetch.client.onIdle();
});

check('openai: it is us who retry, once we are told that a POST may be', async (_, world) => {
  const { ask } = sdk(world.createFetch({ retry: { limit: 2, delay: 20, methods: ['POST'] } }));
  assert.equal(await ask('fail 2'), 'hello');
  assert.equal(api.seen.get('fail 2'), 3);
});

check('openai: our concurrency holds, streams included', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 3 });
  const { create, ask } = sdk(fetch);
  const streamed = async (content) => {
    let text = '';
    for await (const { choices: [{ delta }] } of await create(content, { stream: true })) text += delta.content;
    return text;
  };
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? ask(`ok ${i}`) : streamed(`ok ${i}`))));
  assert.deepEqual(new Set(answers), new Set(['hello']));
  assert.equal(api.most, 3);
  assert.equal(fetch.client.inFlight, 0);
});

check('openai: an abort reaches the host, and leaving a stream frees its slot', async (_, world) => {
  const fetch = world.createFetch({ concurrency: 1 });
  const { create, ask } = sdk(fetch);
  const controller = new AbortController();
  const call = world.assert.rejects(ask('hang', {}, { signal: controller.signal }));
  await world.sleep(100);
  controller.abort();
  assert.equal((await call).constructor, OpenAI.APIUserAbortError);
  for await (const { choices } of await create('endless', { stream: true })) {
    assert.equal(choices[0].delta.content, 'hel');
    break;
  }
  assert.equal(await ask('ok'), 'hello');
  await world.sleep(100);
  assert.equal(api.closed, 2);
});
