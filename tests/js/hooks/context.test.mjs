import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createClient, createFetch, fetchAll, fetchEach } from '../../helpers/fanfetch.mjs';

const store = new AsyncLocalStorage();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const CALLERS = ['A', 'B', 'C', 'D'];

/** Runs `call` for each caller in a store of its own, all at once; gives who was seen by what ran for whom. */
async function seenBy(call) {
  const seen = [];
  const note = (what, whose) => {
    seen.push(`${what} of ${whose} saw ${store.getStore()}`);
  };
  await Promise.all(CALLERS.map((caller) => store.run(caller, () => call(caller, note))));
  return [...new Set(seen)].sort();
}

const right = (...whats) => whats.flatMap((what) => CALLERS.map((caller) => `${what} of ${caller} saw ${caller}`)).sort();
const whose = (request) => new URL(request.url ?? request).pathname[1];

/** A fetch that fails at first, so that there are retries and waits. */
function flaky(note) {
  const failed = new Set();
  return async (input) => {
    const caller = whose(input);
    note()('fetch', caller);
    await sleep(3);
    note()('fetch, later', caller);
    if (failed.has(caller)) return Response.json({ caller });
    failed.add(caller);
    return new Response(null, { status: caller === 'B' ? 401 : 503 });
  };
}

test('everything that runs for a caller runs in its context, on a shared client', async () => {
  let note;
  const client = createClient({
    concurrency: 1, fetch: flaky(() => note),
    retry: { delay: (attempt) => (note('delay', 'C'), attempt), limit: 1 },
    hooks: {
      beforeRequest: [({ request }) => note('beforeRequest', whose(request))],
      afterResponse: [({ request }) => note('afterResponse', whose(request))],
      beforeRetry: [({ request }) => note('beforeRetry', whose(request))],
      onResult: [({ request }) => note('onResult', whose(request))],
    },
    schema: { '~standard': { version: 1, vendor: 'test', validate: (value) => { note('schema', value.caller); return { value }; } } },
  });
  const seen = await seenBy((caller, given) => {
    note = given;
    return client.fetch({
      url: `https://a.example/${caller}`, method: 'PUT',
      body: () => { given('body', caller); return caller; },
      auth: () => { given('auth', caller); return { bearer: caller }; },
      throwHttpErrors: (status) => { given('throwHttpErrors', caller); return status !== 200; },
      retry: { limit: 1, statusCodes: [401, 503], shouldRetry: () => { given('shouldRetry', caller); return true; } },
    });
  });
  const wrong = seen.filter((line) => !line.startsWith('delay') && !/of (\w) saw \1$/.test(line));
  assert.deepEqual(wrong, []);
  assert.deepEqual(right('fetch', 'fetch, later', 'beforeRequest', 'afterResponse', 'onResult', 'schema', 'body', 'auth', 'throwHttpErrors').filter((line) => !seen.includes(line)), []);
});

test('lists, inputs and progress run in the context of their call', async () => {
  let note;
  const client = createClient({ concurrency: 2, fetch: async (input) => { note('fetch', whose(input)); await sleep(2); return Response.json({}); } });
  const seen = await seenBy(async (caller, given) => {
    note = given;
    const urls = Array.from({ length: 4 }, () => `https://a.example/${caller}`);
    function* sync() { for (const url of urls) { given('generator', caller); yield url; } }
    async function* async() { for (const url of urls) { await sleep(1); given('async generator', caller); yield url; } }
    const onProgress = () => given('progress', caller);
    await client.fetchAll(sync(), { onProgress, progressInterval: 0 });
    await client.fetchAll(async(), { onProgress, progressInterval: 0 });
    for await (const _ of client.fetchEach(urls)) given('loop', caller);
  });
  assert.deepEqual(seen, right('fetch', 'generator', 'async generator', 'progress', 'loop'));
});

test('calls without a client keep to their contexts as well', async () => {
  const seen = await seenBy(async (caller, note) => {
    const fetch = async () => { note('fetch', caller); await sleep(1); return Response.json({}); };
    await fetchAll(Array.from({ length: 5 }, () => `https://a.example/${caller}`), { fetch, concurrency: 1 });
    for await (const _ of fetchEach([`https://a.example/${caller}`], { fetch }));
  });
  assert.deepEqual(seen, right('fetch'));
});

test('a call without a store sees that of no other call', async () => {
  const seen = [];
  const client = createClient({ concurrency: 1, fetch: async () => { seen.push(store.getStore()); await sleep(2); return Response.json({}); } });
  const others = store.run('A', () => client.fetchAll(Array.from({ length: 3 }, (_, i) => `https://a.example/${i}`)));
  await client.get('https://a.example/mine');
  await others;
  assert.deepEqual(seen.sort(), ['A', 'A', 'A', undefined]);
});

test('a request’s span has its caller’s as parent, on a shared client with retries', async () => {
  const { context, trace } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { UndiciInstrumentation } = await import('@opentelemetry/instrumentation-undici');
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const instrumentation = new UndiciInstrumentation();
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();

  const counts = {};
  const server = createServer((request, response) => {
    counts[request.url] = (counts[request.url] ?? 0) + 1;
    setTimeout(() => response.writeHead(counts[request.url] > 1 ? 200 : 503).end('{}'), 5);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const tracer = trace.getTracer('test');
    const origin = `http://127.0.0.1:${server.address().port}`;
    const client = createClient({ concurrency: 1, retry: { delay: 5 } });
    const fetch = createFetch({ concurrency: 1, retry: { delay: 5 } });
    const ask = (caller, call) => tracer.startActiveSpan(caller, async (span) => {
      await call(`${origin}/${caller}`);
      span.end();
    });
    const calls = CALLERS.flatMap((caller) => [
      ask(caller, (url) => client.get(url)),
      ask(`${caller}-list`, (url) => client.fetchAll([url])),
      ask(`${caller}-fetch`, async (url) => (await fetch(url)).text()),
    ]);
    await Promise.all(calls);
    const spans = exporter.getFinishedSpans();
    const callers = new Map(spans.filter(({ name }) => /^[A-D]/.test(name)).map((span) => [span.spanContext().spanId, span.name]));
    const requests = spans.filter(({ name }) => name === 'GET');
    assert.equal(requests.length, 2 * calls.length, 'a span for each attempt');
    const pairs = requests.map(({ attributes, parentSpanContext }) => [new URL(attributes['url.full']).pathname.slice(1), callers.get(parentSpanContext?.spanId)]);
    assert.deepEqual(pairs.filter(([asked, parent]) => asked !== parent), []);
  } finally {
    instrumentation.disable();
    context.disable();
    trace.disable();
    server.close();
  }
});
