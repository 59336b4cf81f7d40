/** A worker of many invocations at once, whose clients are made once for all of them. */
import { called, memory } from './spied.mjs';
import * as fanfetch from '../../pkg/entry.workerd.js';
import { connected, counted } from './fakes.mjs';

const { createClient, createFetch, fetchAll } = fanfetch;

/** When which client's requests were sent, by the clock that all invocations have. */
const sent = { paced: [], hosted: [] };
const noting = (name) => (input, init) => {
  sent[name].push([new URL(input).origin, performance.now()]);
  return fetch(input, init);
};
const told = { before: 0, after: 0, results: 0, refreshed: 0 };
let token = 'old';

const clients = {
  plain: createClient(),
  paced: createClient({ rateLimit: { limit: 40, interval: 200 }, fetch: noting('paced') }),
  hosted: createClient({ rateLimit: { limit: 5, interval: 200, per: 'host' }, fetch: noting('hosted'), concurrency: 12 }),
  hooked: createClient({
    dedupe: true,
    hooks: {
      beforeRequest: [async ({ request }) => { await sleep(1); told.before += 1; request.headers.set('x-hooked', 'yes'); }],
      afterResponse: [async () => { await sleep(1); told.after += 1; }],
      onResult: [() => { told.results += 1; }],
    },
  }),
  retrying: createClient({ retry: { limit: 3, delay: 20, factor: 1 } }),
  guarded: createClient({
    auth: async ({ refresh }) => {
      await sleep(5);
      if (refresh) {
        told.refreshed += 1;
        token = 'token';
      }
      return { bearer: token };
    },
  }),
  switched: createClient({ concurrency: 2 }),
};
clients.derived = clients.paced.extend({ headers: { 'x-derived': 'yes' } });
const dropIn = createFetch({ concurrency: 2 });
const atLoad = [...called];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const brief = ({ ok, data, error }) => (ok ? data?.url ?? data : `${error.code}: ${error.message}`);
const outcome = (promise) => promise.then((value) => ['fulfilled', value], (error) => ['rejected', error?.code ?? String(error)]);

const acts = {
  atLoad: () => atLoad,
  memory,
  told: () => told,
  sent: ({ name }) => sent[name],

  async all({ client, urls, options }) {
    return (await clients[client].fetchAll(urls, options)).map(brief);
  },
  async once({ urls }) {
    return (await fetchAll(urls)).map(brief);
  },
  async dropIn({ urls }) {
    return Promise.all(urls.map(async (url) => (await (await dropIn(url)).json()).url));
  },
  /** Aborts its own call after a while. */
  async aborted({ client, urls, after }) {
    const controller = new AbortController();
    const call = outcome(clients[client].fetchAll(urls, { signal: controller.signal }));
    await sleep(after);
    controller.abort(new Error('enough'));
    return call;
  },
  /** Answers before its call is over; with `wait`, the runtime is told to let it go on. */
  async early({ client, urls, wait, after = 30 }, ctx) {
    const call = clients[client].fetchAll(urls);
    if (wait) ctx.waitUntil(call);
    await Promise.race([call, sleep(after)]);
    const { inFlight, queued } = clients[client];
    return { inFlight, queued };
  },
  /** Leaves the work to `onIdle`. */
  async detached({ client, urls }, ctx) {
    clients[client].fetchAll(urls);
    ctx.waitUntil(clients[client].onIdle());
    return 'begun';
  },
  async idle({ client }) {
    const begun = performance.now();
    await clients[client].onIdle();
    return performance.now() - begun;
  },
  counts({ client }) {
    const { inFlight, queued, concurrency } = clients[client];
    return { inFlight, queued, concurrency, stats: clients[client].stats() };
  },
  turn({ client, pause, resume, cancel, concurrency }) {
    const turned = clients[client];
    if (pause) turned.pause();
    if (resume) turned.resume();
    if (concurrency) turned.concurrency = concurrency;
    return cancel ? turned.cancelQueued() : null;
  },
  async closing({ urls }) {
    clients.closed ??= createClient();
    return outcome(clients.closed.fetchAll(urls).then((results) => results.map(({ error }) => error?.code)));
  },
  close() {
    clients.closed.close();
    return null;
  },
  /** Under a limit of subrequests, with a server that fails every fifth time. */
  async subrequests({ most, count, maxFetches }) {
    const { fetcher, count: made } = counted(most, (_, nth) => new Response('{}', { status: nth % 5 === 0 ? 503 : 200 }));
    const urls = Array.from({ length: count }, (_, i) => `http://a.test/${i}`);
    const results = await fetchAll(urls, { fetch: fetcher, maxFetches, retry: { delay: 1 } });
    const codes = {};
    for (const { ok, error } of results) codes[ok ? 'ok' : error.code] = (codes[ok ? 'ok' : error.code] ?? 0) + 1;
    return { codes, made: made() };
  },
  /** Under a limit of connections, with every way in which a body may be left. */
  async connections({ most, count }) {
    const statuses = [200, 404, 503, 200, 429, 500];
    const { fetcher, free, peak } = connected(most, (url) => ({ status: statuses[Number(new URL(url).pathname.slice(1)) % 6], chunks: 5 }));
    const kinds = [{}, { responseType: 'none' }, { maxBytes: 7 }, { throwHttpErrors: false }, { expectedBytes: 3 }, { timeout: { attempt: 2 } }];
    const specs = Array.from({ length: count }, (_, i) => ({ url: `http://a.test/${i}`, ...kinds[Math.floor(i / 6) % 6] }));
    const hooks = { afterResponse: [({ response }) => (response.status === 500 ? new Response('other') : undefined)] };
    const results = await fetchAll(specs, { fetch: fetcher, hooks, retry: { limit: 1, delay: 1 } });
    await sleep(20);
    return { results: results.length, free: free(), peak: peak() };
  },
  /** Bodies that are handed out and lost. */
  async lost({ urls }) {
    const client = createClient({ concurrency: 1, timeout: false });
    const made = [];
    const responses = urls.map((url) => client.fetch(url, { responseType: 'response' }).then(({ status }) => made.push(status)));
    void responses;
    for (let turn = 0; turn < 150 && made.length < urls.length; turn += 1) {
      for (let i = 0; i < 100; i += 1) new Array(1e4).fill(i);
      await sleep(20);
    }
    return made;
  },
  async leftovers({ urls, maxFetches, contentType }, _, env) {
    const results = await fetchAll(urls.map((url, i) => ({ url, method: 'GET', tag: { i } })), { maxFetches });
    const left = results.filter(({ error }) => error?.code === 'BUDGET_EXHAUSTED');
    await env.LEFTOVERS.sendBatch(left.map((body) => ({ body, contentType })));
    return { done: results.length - left.length, left: left.length };
  },
  collected: () => collected,
};

const collected = [];

export default {
  async fetch(request, env, ctx) {
    const { act, ...more } = await request.json();
    return Response.json((await acts[act](more, ctx, env)) ?? null);
  },
  async queue({ messages }) {
    const results = await fetchAll(messages.map(({ body }) => body.request));
    results.forEach((result, i) => {
      const { body } = messages[i];
      collected.push({ ok: result.ok, url: result.data?.url, tag: result.request.tag, code: body.error.code, attempts: body.attempts.length });
    });
  },
};
