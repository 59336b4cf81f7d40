/** `fanfetch/worker` as a page gets it: the same checks as everywhere, and what only a worker can do, or fail to do. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { executablePath, openBrowser } from './chromium.mjs';
import { install, report, startFaultServer, write } from './fixture.mjs';

const MAIN = `
  import * as fanfetch from 'fanfetch/worker';
  import { scenario } from './scenario.mjs';
  Object.assign(globalThis, { fanfetch, run: (site) => scenario(fanfetch, site) });`;

/** Before all else: counts what a page does that it should leave to the worker, and keeps the workers that it starts. */
const WATCH = `
  globalThis.seen = { fetch: 0, parse: 0, workers: [] };
  const { fetch: own, Worker: Own } = globalThis;
  globalThis.fetch = (...args) => { seen.fetch += 1; return own(...args); };
  const { parse } = JSON;
  JSON.parse = (...args) => { seen.parse += 1; return parse(...args); };
  globalThis.Worker = class extends Own {
    constructor(url, options) { super(url, options); seen.workers.push(this); this.from = new URL(url, location).protocol; }
    terminate() { this.ended = true; super.terminate(); }
  };`;

describe('the work in a worker of Chromium', { skip: !executablePath && 'no Chromium is installed' }, () => {
  let user;
  let server;
  let browser;
  let policy;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
    const importMap = JSON.stringify({ imports: { 'fanfetch/worker': `/node_modules/fanfetch/${user.manifest.exports['./worker'].default}` } });
    const hash = createHash('sha256').update(importMap).digest('base64');
    policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; connect-src http://127.0.0.1:*;`;
    const html = (scripts) => `<!doctype html><meta charset="utf-8"><title>fanfetch</title><script src="/watch.js"></script>${scripts}`;
    write(user.dir, {
      'main.js': MAIN,
      'watch.js': WATCH,
      'index.html': html(`<script type="importmap">${importMap}</script><script type="module" src="/main.js"></script>`),
      'bundled.html': html('<script src="/bundled.js"></script>'),
    });
    await build({ entryPoints: [join(user.dir, 'main.js')], bundle: true, platform: 'browser', format: 'iife', outfile: join(user.dir, 'bundled.js'), logLevel: 'error' });
    const kill = (tab) => tab.exposeFunction('kill', () => Promise.all(tab.workers().map((worker) => worker.evaluate(() => globalThis.close()))));
    browser = await openBrowser(user.dir, `${policy} worker-src blob:`, { prepare: kill });
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    user?.remove();
  });

  const run = (site) => globalThis.run(site);
  const page = (work) => browser.page('/index.html', work, { origin: server.site.origins[0], key: `worker${Math.random()}` });

  for (const path of ['/index.html', '/bundled.html']) {
    test(`the scenario passes: ${path}`, async (t) => {
      await report(t, await browser.page(path, run, server.site));
    });
  }

  test('bodies are fetched and parsed there, and large ones come over in parts', async () => {
    const made = await page(async ({ origin, key }) => {
      const { fetchAll } = globalThis.fanfetch;
      const heard = [];
      const watch = (event) => heard.push(event.data);
      await fetchAll([`${origin}/ok?key=${key}`]);
      seen.workers[0].addEventListener('message', watch);
      seen.parse = seen.fetch = 0;
      const url = `${origin}/records?bytes=1000000&key=${key}`;
      const [{ data, bytes, response, headers, statusText, redirected }] = await fetchAll([url]);
      const [counts, parts] = [[seen.fetch, seen.parse], heard.filter(({ step }) => step?.fill).map(({ step }) => JSON.stringify(step.fill).length)];
      const same = JSON.stringify(data) === await (await fetch(url)).text();
      return { counts, same, bytes, parts: parts.length, largest: Math.max(...parts), said: [headers.get('content-type'), statusText, redirected, response === undefined], workers: seen.workers.length };
    });
    assert.deepEqual([made.counts, made.same, made.said, made.workers], [[0, 0], true, ['application/json', 'OK', false, true], 1]);
    assert.ok(made.bytes >= 1e6 && made.parts >= 10 && made.largest < 200_000, JSON.stringify(made));
  });

  test('whatever JSON can be comes over as it is', async () => {
    const text = 'x'.repeat(70_000);
    const texts = [
      { list: Array.from({ length: 5000 }, (_, i) => ({ i, text: `row ${i}`, none: null, deep: { yes: [true, [i]] } })), text, nested: { a: { text, b: [text, [text, 1]] } }, last: 1 },
      [[], {}, [[]], [text, [text]], null, 0, -0.5, '', [[[text]], { [text]: text }]],
    ].map((value) => JSON.stringify(value));
    texts.push(`{"0":2,"1":"${text}","__proto__":{"a":"${text}"},"b":{"__proto__":"${text}","constructor":1}}`);
    write(user.dir, Object.fromEntries(texts.map((json, i) => [`${i}.json`, json])));
    const [all, deep] = await page(async ({ origin, key }) => {
      const { fetchAll } = globalThis.fanfetch;
      const results = await fetchAll([0, 1, 2].map((i) => new URL(`/${i}.json`, location)), { responseType: 'json' });
      const [{ data }] = await fetchAll([`${origin}/deep-json?key=${key}`]);
      let depth = 0;
      for (let at = data; at !== undefined; at = at[0]) depth += 1;
      return [results.map((result) => result.error?.message ?? JSON.stringify(result.data)), depth];
    });
    assert.deepEqual(all.map((json, i) => json === texts[i]), [true, true, true]);
    assert.equal(deep, 100_000);
  });

  test('bytes are transferred, not copied, and what the user sends stays his', async () => {
    const made = await page(async ({ origin, key }) => {
      const { fetchAll } = globalThis.fanfetch;
      const posted = [];
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message, transfer) {
        const before = transfer?.map(({ byteLength }) => byteLength);
        postMessage.call(this, message, transfer);
        if (transfer?.length > 0) posted.push([before, transfer.map(({ byteLength }) => byteLength)]);
      };
      const body = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
      const bodies = [body, body.slice().buffer, new Blob(['blob']), new URLSearchParams({ a: 'ä' }), Object.assign(new FormData()), 'text'];
      bodies[4].append('field', new File(['content'], 'name.txt', { type: 'text/plain' }));
      bodies[4].append('other', 'value');
      const sent = await fetchAll(bodies.map((each, i) => ({ url: `${origin}/echo?key=${key}${i}`, method: 'POST', body: each })));
      const read = async (responseType) => {
        const [{ data, bytes }] = await fetchAll([`${origin}/huge?bytes=300000&key=${key}`], { responseType });
        return [Object.prototype.toString.call(data), data.byteLength ?? data.size, bytes];
      };
      return {
        posted, kept: [body.byteLength, bodies[1].byteLength],
        sent: sent.map(({ data }) => [data.headers['content-type']?.replace(/boundary=.*/, ''), data.body.length, /name\.txt|blob|a=%C3%A4|text/.test(data.body)]),
        read: [await read('bytes'), await read('arrayBuffer'), await read('blob')],
      };
    });
    assert.deepEqual(made.posted, [[[2], [0]], [[2], [0]]], 'the copies that were made of them are gone from here');
    assert.deepEqual(made.kept, [2, 2]);
    assert.deepEqual(made.sent.map(([type]) => type), [undefined, undefined, undefined, 'application/x-www-form-urlencoded;charset=UTF-8', 'multipart/form-data; ', 'text/plain;charset=UTF-8']);
    assert.deepEqual(made.sent.slice(2).map(([, , good]) => good), [true, true, true, true]);
    assert.deepEqual(made.read, [['[object Uint8Array]', 300_000, 300_000], ['[object ArrayBuffer]', 300_000, 300_000], ['[object Blob]', 300_000, 300_000]]);
  });

  test('a stream comes over chunk by chunk, as it is read', async () => {
    const made = await page(async ({ origin, key }) => {
      const fetch = globalThis.fanfetch.createFetch();
      const count = { chunks: 0, bytes: 0 };
      const response = await fetch(`${origin}/huge?bytes=20000000&key=${key}`);
      seen.workers[0].addEventListener('message', ({ data }) => {
        if (data.chunk) Object.assign(count, { chunks: count.chunks + 1, bytes: count.bytes + data.chunk.byteLength });
      });
      await new Promise((resolve) => { setTimeout(resolve, 200); });
      const before = count.chunks;
      let bytes = 0;
      let ahead = 0;
      const reader = response.body.getReader();
      for (let step = await reader.read(); !step.done && bytes < 5e6; step = await reader.read()) {
        bytes += step.value.byteLength;
        ahead = Math.max(ahead, count.bytes - bytes);
      }
      await reader.cancel();
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      const { inFlight } = fetch.client;
      fetch.client.close();
      return { before, ahead, whole: count.bytes === 20_000_000, inFlight, read: bytes };
    });
    assert.deepEqual([made.whole, made.inFlight], [false, 0]);
    // The first chunk, of whatever size, is read ahead of the reader.
    assert.ok(made.before <= 1, `${made.before} chunks came unread`);
    assert.ok(made.read >= 5e6 && made.ahead < 1e6, JSON.stringify(made));
  });

  test('functions of the user, and a `fetch` of his own, are called where he is', async () => {
    const made = await page(async ({ origin, key }) => {
      const { createClient, fetchAll } = globalThis.fanfetch;
      const said = [];
      const client = createClient({
        auth: ({ refresh }) => ({ bearer: `token ${refresh}` }),
        retry: { limit: 2, delay: (n) => { said.push(`delay ${n}`); return 5; }, jitter: (delay) => delay, shouldRetry: ({ response }) => { said.push(`retry ${response.status}`); } },
        throwHttpErrors: (status) => { said.push(`throw ${status}`); return status >= 400; },
        hooks: {
          beforeRequest: [({ request }) => new Request(request, { headers: { ...Object.fromEntries(request.headers), 'x-hook': 'yes' } })],
          afterResponse: [async ({ response }) => { said.push(`after ${response.status}`, (await response.clone().text()).length > 0); }],
        },
      });
      await client.get(`${origin}/flaky?fail=1&key=${key}1`);
      const { data } = await client.post(`${origin}/echo?key=${key}2`, { body: () => 'made' });
      client.close();
      const own = [];
      const [mine] = await fetchAll([`${origin}/ok?key=${key}3`], { fetch: (...args) => { own.push(args.length); return fetch(...args); } });
      const request = new Request(`${origin}/echo?key=${key}4`, { method: 'PUT', body: 'of a Request', headers: { 'x-own': '1' } });
      const [whole] = await fetchAll([request]);
      return { said, sent: [data.headers['x-hook'], data.headers.authorization, data.body], own, ok: mine.ok, whole: [whole.data.method, whole.data.body, whole.data.headers['x-own']] };
    });
    for (const word of ['after 503', 'throw 503', 'retry 503', 'delay 1', 'after 200']) assert.ok(made.said.includes(word), `${word}: ${made.said}`);
    assert.deepEqual(made.sent, ['yes', 'Bearer token false', 'made']);
    assert.deepEqual([made.own.length, made.ok], [1, true]);
    assert.deepEqual(made.whole, ['PUT', 'of a Request', '1']);
  });

  test('a request says what one of the page itself would say', async () => {
    const [ours, its, address] = await page(async ({ origin, key }) => {
      const init = { referrerPolicy: 'unsafe-url', headers: { 'x-own': 'yes' } };
      const [{ data }] = await globalThis.fanfetch.fetchAll([{ url: `${origin}/echo?key=${key}1`, ...init }]);
      const its = await (await fetch(`${origin}/echo?key=${key}2`, init)).json();
      return [data.headers, its.headers, location.href];
    });
    // Chromium adds client hints to what a page asks for, and not to a worker's.
    const told = (headers) => Object.entries(headers).filter(([name]) => !name.startsWith('sec-ch-ua')).sort();
    assert.deepEqual(told(ours), told(its));
    assert.equal(ours.referer, address);
  });

  test('a worker that dies fails what it had in hand, and the next request has another', async () => {
    const made = await page(async ({ origin, key }) => {
      const { createClient } = globalThis.fanfetch;
      const client = createClient();
      const calls = client.fetchAll([`${origin}/hang?key=${key}1`, `${origin}/delay/10?key=${key}2`], { timeout: false });
      const single = client.get(`${origin}/hang?key=${key}3`, { timeout: false }).catch((error) => error);
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      // From inside, and with no word to anybody.
      await globalThis.kill();
      const begun = performance.now();
      const [hung, done] = await calls;
      const error = await single;
      const took = performance.now() - begun;
      const after = await client.get(`${origin}/ok?key=${key}4`);
      client.close();
      return { codes: [hung.error?.code, error.code], message: hung.error?.message, of: [hung.error?.constructor.name, hung.error?.retryable], done: done.ok, after: after.ok, took, workers: seen.workers.length, ended: seen.workers.map(({ ended }) => ended) };
    });
    assert.deepEqual([made.codes, made.of, made.done, made.after, made.workers, made.ended], [['INTERNAL', 'INTERNAL'], ['FanFetchError', true], true, true, 2, [true, true]]);
    assert.match(made.message, /^GET http.*: the worker died$/);
    assert.ok(made.took < 1000, `${made.took} ms`);
  });

  test('the worker ends with the last client, and not before what is in hand', async () => {
    const made = await page(async ({ origin, key }) => {
      const { createClient, fetchAll } = globalThis.fanfetch;
      const started = seen.workers.length;
      const [one, other] = [createClient(), createClient()];
      await one.get(`${origin}/ok?key=${key}1`);
      one.close();
      one.close();
      const stays = !seen.workers[0].ended;
      const call = fetchAll([`${origin}/delay/100?key=${key}2`]);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      other.close();
      const works = !seen.workers[0].ended;
      const [{ ok }] = await call;
      return { started, stays, works, ok, ended: seen.workers[0].ended, workers: seen.workers.length };
    });
    assert.deepEqual(made, { started: 0, stays: true, works: true, ok: true, ended: true, workers: 1 });
  });

  test('where a policy forbids scripts made here, the worker comes from its file', async () => {
    const strict = await openBrowser(user.dir, policy, { forgive: /Creating a worker from 'blob:/ });
    try {
      const made = await strict.page('/index.html', async (site) => {
        const { ok } = (await globalThis.fanfetch.fetchAll([`${site.origins[0]}/ok`]))[0];
        return [ok, seen.fetch, seen.workers.map(({ from }) => from)];
      }, server.site);
      assert.deepEqual(made, [true, 0, ['blob:', 'http:']]);
    } finally {
      await strict.close();
    }
  });

  test('where none may be started, the call says so, and the next tries again', async () => {
    const strict = await openBrowser(user.dir, `${policy} worker-src 'none'`, { forgive: /Creating a worker from/ });
    try {
      const made = await strict.page('/index.html', async (site) => {
        const call = () => globalThis.fanfetch.fetchAll([`${site.origins[0]}/ok`]).catch(({ code, message }) => [code, message]);
        return [await call(), (await call())[0], seen.workers.length];
      }, server.site);
      assert.equal(made[0][0], 'INTERNAL');
      assert.match(made[0][1], /worker could not be started.*worker-src blob:/);
      assert.deepEqual(made.slice(1), ['INTERNAL', 4]);
    } finally {
      await strict.close();
    }
  });
});
