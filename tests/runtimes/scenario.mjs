/**
 * What every runtime must show: the same checks, through the package as it is installed there. Runs in Node, in a page
 * and in a Worker, so it knows nothing but the platform's own names; hands back plain data.
 */

/**
 * @param {Record<string, any>} fanfetch The package's exports.
 * @param {{ origins: string[] }} site The fault server's hosts.
 * @returns {Promise<{ name: string, error?: string }[]>} One line a check; `error` where it failed.
 */
export async function scenario(fanfetch, site) {
  const lines = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await check(fanfetch, urlsOf(site, `${name} ${Math.random()}`));
      lines.push({ name });
    } catch (error) {
      // Not every host has the message in the stack.
      lines.push({ name, error: `${error}\n${error?.stack ?? ''}` });
    }
  }
  return lines;
}

const CHECKS = {
  'results come in input order': async ({ fetchAll }, { at }) => {
    const urls = Array.from({ length: 20 }, (_, i) => at(`/delay/${(20 - i) * 5}`, { host: i, mark: i }));
    const results = await fetchAll(urls, { concurrency: 6 });
    equal(results.map(({ index }) => index), urls.map((_, i) => i));
    equal(results.map(({ ok, data }) => ok && urls.find((url) => url.endsWith(data.url))), urls);
  },

  'no more requests are in flight than allowed, and as many': async ({ fetchAll }, { at, json }) => {
    const urls = Array.from({ length: 40 }, (_, i) => at('/delay/40', { host: i, mark: i }));
    await json('/concurrency', { reset: 1 });
    await fetchAll(urls, { concurrency: 4 });
    equal((await json('/concurrency', { reset: 1 })).peak, 4);
    await fetchAll(urls, { concurrency: 6, concurrencyPerHost: 1 });
    const { perHost } = await json('/concurrency', { reset: 1 });
    equal([...new Set(Object.values(perHost).map(({ peak }) => peak))], [1]);
  },

  'a failed request is tried again': async ({ fetchAll }, { at, log }) => {
    const [result] = await fetchAll([at('/flaky', { fail: 2 })], { retry: { limit: 2, delay: 10 } });
    equal([result.ok, result.attempts.map(({ outcome }) => outcome)], [true, ['http', 'http', 'success']]);
    equal(result.attempts.slice(0, 2).map(({ delayedBy }) => delayedBy), ['backoff', 'backoff']);
    equal((await log()).length, 3);
  },

  'a reset connection is tried again': async ({ fetchAll }, { at }) => {
    const [result] = await fetchAll([at('/flaky', { mode: 'reset', fail: 1 })], { retry: { limit: 2, delay: 10 } });
    equal(result.ok, true);
    // Browsers may repeat the request by themselves, and then nothing is seen of the reset.
    equal(result.attempts.slice(0, -1).every(({ code }) => code === 'NETWORK'), true);
  },

  'Retry-After is obeyed': async ({ fetchAll }, { at, log }) => {
    const [result] = await fetchAll([at('/retry-after', { seconds: 1 })]);
    const [first] = result.attempts;
    equal([result.ok, result.attempts.length, first.delayedBy], [true, 2, 'retry-after']);
    within(first.delay, 1000, 1100);
    within((await log())[1].gap, 970, 3000);
  },

  'a hanging attempt is given up': async ({ fetchAll, TimeoutError }, { at, log }) => {
    const [{ error, timings }] = await fetchAll([at('/hang')], { timeout: 200, retry: 0 });
    equal([error instanceof TimeoutError, error.code, error.phase, error.limit], [true, 'TIMEOUT', 'attempt', 200]);
    within(timings.total, 190, 2000);
    await until(async () => (await log())[0].end === 'client-closed');
  },

  'an abort rejects with its reason and ends what is in flight': async ({ fetchAll }, { at, log }) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    // Two addresses: a browser’s cache lets requests of one and the same wait for each other.
    const call = caught(fetchAll([at('/hang', { mark: 1 }), at('/hang', { mark: 2 })], { signal: controller.signal }));
    await until(async () => (await log()).length === 2);
    controller.abort(reason);
    equal(await call === reason, true);
    await until(async () => (await log()).every(({ end }) => end === 'client-closed'));
  },

  'an abort before the call starts nothing': async ({ fetchAll }, { at, log }) => {
    const reason = { any: 'value' };
    let pulled = 0;
    const inputs = { [Symbol.iterator]: () => ({ next: () => ({ done: pulled++ > 0, value: at('/ok') }) }) };
    equal(await caught(fetchAll(inputs, { signal: AbortSignal.abort(reason) })) === reason, true);
    equal([pulled, await log()], [0, []]);
  },

  'failures are results, with errors to tell them apart': async (fanfetch, { at }) => {
    const { fetchAll, isFanFetchError, FanFetchError, HttpError, NetworkError, InputError } = fanfetch;
    const results = await fetchAll([at('/status/404'), at('/reset'), 'ftp://a.example/', at('/ok', { mark: 1 })], { retry: 0 });
    equal(results.map(({ ok }) => ok), [false, false, false, true]);
    const errors = results.slice(0, 3).map(({ error }) => error);
    equal(errors.map(({ code }) => code), ['HTTP', 'NETWORK', 'INPUT']);
    equal(errors.map((error) => isFanFetchError(error) && error instanceof FanFetchError && error instanceof Error), [true, true, true]);
    equal([HttpError, NetworkError, InputError].map((type, i) => errors[i] instanceof type), [true, true, true]);
    equal([results[0].status, errors[0].status, errors[0].data.status, errors[0].retryable], [404, 404, 404, false]);
    equal(errors.map((error) => error.name), ['HttpError', 'NetworkError', 'InputError']);
    equal(JSON.parse(JSON.stringify(errors[0])).code, 'HTTP');
    equal([isFanFetchError(new Error('other')), isFanFetchError(null)], [false, false]);
  },

  'stopOnError rejects with the first failure': async ({ fetchAll }, { at, log }) => {
    const error = await caught(fetchAll([at('/hang'), at('/status/418')], { stopOnError: true }));
    equal([error.code, error.status], ['HTTP', 418]);
    await until(async () => (await log()).every(({ end }) => end !== null));
  },

  'a wrong option rejects and is named': async ({ fetchAll, OptionError, isFanFetchError }, { at, log }) => {
    const misspelt = await caught(fetchAll([at('/ok')], { timout: 100 }));
    equal([misspelt instanceof OptionError, misspelt instanceof TypeError, isFanFetchError(misspelt)], [true, true, false]);
    equal([misspelt.name, misspelt.code, misspelt.option, /\btimeout\b/.test(misspelt.message)], ['OptionError', 'OPTION', 'timout', true]);
    equal((await caught(fetchAll([at('/ok')], { timeout: { attempt: '1s' } }))).option, 'timeout.attempt');
    equal((await caught(fetchAll(at('/ok')))).name, 'OptionError');
    equal(await log(), []);
  },

  'bodies are read as asked': async ({ fetchAll }, { at }) => {
    const read = async (responseType, path = '/ok') => (await fetchAll([at(path, { mark: responseType })], { responseType }))[0];
    equal((await read('auto')).data.ok, true);
    equal((await read('json')).data.ok, true);
    equal(JSON.parse((await read('text')).data).ok, true);
    const { data, bytes } = await read('bytes', '/huge?bytes=100000');
    equal([Object.prototype.toString.call(data), data.length, bytes], ['[object Uint8Array]', 100_000, 100_000]);
    equal((await read('arrayBuffer')).data.byteLength > 0, true);
    equal(await (await read('blob')).data.text().then(JSON.parse).then(({ ok }) => ok), true);
    equal((await read('none')).data, undefined);
    equal((await read('auto', '/empty-json')).data, undefined);
    equal((await read('json', '/bad-json')).error.code, 'BODY_PARSE');
    const [large] = await fetchAll([at('/huge?bytes=inf', { mark: 'large' })], { maxBytes: 100_000 });
    equal(large.error.code, 'BODY_TOO_LARGE');
  },

  'a spec has its own method, headers, query, body and tag': async ({ fetchAll }, { at }) => {
    const tag = { mine: true };
    const spec = { url: at('/echo'), tag, method: 'post', json: { a: 1 }, headers: { 'x-own': 'yes' }, searchParams: { q: 'ä b', no: undefined } };
    const [{ data, request }] = await fetchAll([spec], { headers: { 'x-all': 'yes' }, method: 'PUT' });
    equal([data.method, data.body, data.headers['content-type']], ['POST', '{"a":1}', 'application/json']);
    equal([data.headers['x-own'], data.headers['x-all']], ['yes', 'yes']);
    equal(new URL(data.url, 'http://a').searchParams.get('q'), 'ä b');
    equal([request.tag === tag, request.input === spec, request.method], [true, true, 'POST']);
  },

  'results are handed out as they complete, or in order': async ({ fetchEach }, { at }) => {
    const urls = [900, 10, 400].map((ms, mark) => at(`/delay/${ms}`, { mark }));
    const indexes = async (options) => {
      const seen = [];
      for await (const { index } of fetchEach(urls, options)) seen.push(index);
      return seen;
    };
    equal([await indexes(), await indexes({ ordered: true })], [[1, 2, 0], [0, 1, 2]]);
  },

  'a loop that is left aborts what is in flight': async ({ fetchEach }, { at, log }) => {
    for await (const { ok } of fetchEach([at('/ok', { mark: 1 }), at('/hang', { mark: 2 })])) {
      equal(ok, true);
      break;
    }
    await until(async () => (await log()).every(({ end }) => end !== null));
  },

  'a client shares its options and counts what it did': async ({ createClient }, { at }) => {
    const client = createClient({ baseUrl: at('/'), headers: { 'x-all': 'yes' }, retry: 0, concurrency: 2 });
    const { data, ok, status } = await client.post(at('/echo'), { json: { a: 1 }, headers: { 'x-own': 'yes' } });
    equal([ok, status, data.method, data.body, data.headers['x-all'], data.headers['x-own']], [true, 200, 'POST', '{"a":1}', 'yes', 'yes']);
    const results = await client.fetchAll(Array.from({ length: 6 }, (_, mark) => at('/delay/20', { mark })));
    equal([results.every((result) => result.ok), client.inFlight, client.queued, client.concurrency], [true, 0, 0, 2]);
    equal((await caught(client.get(at('/status/404')))).code, 'HTTP');
    const { started, succeeded, failed, hosts } = client.stats();
    equal([started, succeeded, failed, Object.keys(hosts).length], [8, 7, 1, 1]);
    await client.onIdle();
    client.close();
  },

  'a closed client ends what it does and does no more': async ({ createClient }, { at, log }) => {
    const client = createClient();
    const calls = [client.get(at('/hang', { mark: 1 })), client.get(at('/hang', { mark: 2 }))].map(caught);
    await until(async () => (await log()).length === 2);
    client.close();
    equal((await Promise.all(calls)).map(({ code }) => code), ['CLOSED', 'CLOSED']);
    equal((await caught(client.get(at('/ok')))).code, 'CLOSED');
    await until(async () => (await log()).every(({ end }) => end === 'client-closed'));
  },

  'queued requests can be cancelled, and limits hold inside limits': async ({ createClient }, { at, json }) => {
    const client = createClient({ concurrency: 4 });
    await json('/concurrency', { reset: 1 });
    await client.fetchAll(Array.from({ length: 8 }, (_, mark) => at('/delay/30', { mark })), { concurrency: 2 });
    equal((await json('/concurrency', { reset: 1 })).peak, 2);
    const call = client.fetchAll(Array.from({ length: 6 }, (_, mark) => at('/delay/100', { mark: `c${mark}` })));
    await until(() => client.inFlight === 4);
    equal([client.queued, client.cancelQueued(), client.queued], [2, 2, 0]);
    equal((await call).map(({ error }) => error?.code ?? 'ok'), ['ok', 'ok', 'ok', 'ok', 'ABORTED', 'ABORTED']);
    client.close();
  },

  'hooks see requests and results, and may ask for more': async ({ createClient }, { at }) => {
    const seen = [];
    const client = createClient({
      concurrency: 1,
      hooks: {
        beforeRequest: [({ request, attempt }) => { request.headers.set('x-attempt', String(attempt)); }],
        afterResponse: [async ({ request, client }) => { if (request.method === 'GET') seen.push((await client.head(at('/ok', { mark: 'inner' }))).status); }],
        onResult: [({ ok }) => { seen.push(ok); }],
      },
    });
    const { data } = await client.get(at('/echo'));
    equal([data.headers['x-attempt'], seen], ['1', [true, 200, true]]);
    client.close();
  },

  'identical requests share one fetch': async ({ fetchAll }, { at, log }) => {
    const results = await fetchAll(Array(5).fill(at('/delay/50')), { dedupe: true });
    equal([results.every(({ ok }) => ok), (await log()).length], [true, 1]);
  },

  'a made fetch is one, under limits': async ({ createFetch }, { at }) => {
    const fetch = createFetch({ concurrency: 1, retry: { delay: 5 } });
    const response = await fetch(at('/flaky', { fail: 1 }));
    equal([response instanceof Response, response.status, response.ok, fetch.client.inFlight], [true, 200, true, 1]);
    equal([(await response.json()).ok, response.bodyUsed], [true, true]);
    await until(() => fetch.client.inFlight === 0);
    const refused = await fetch(at('/status/404'), { method: 'POST', body: 'x' });
    equal([refused.status, typeof (await refused.text())], [404, 'string']);
    equal((await caught(fetch(at('/hang'), { signal: AbortSignal.abort('enough') }))), 'enough');
    fetch.client.close();
  },

  'progress is told, and data are held against a schema': async ({ fetchAll }, { at }) => {
    let last;
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => (value.ok ? { value: 'good' } : { issues: [{ message: 'bad' }] }) } };
    const results = await fetchAll([at('/ok')], { schema, onProgress: (progress) => { last = progress; } });
    equal([results[0].data, last.succeeded, last.total], ['good', 1, 1]);
  },

  'a rate limit holds in every window': async ({ fetchAll }, { at, log }) => {
    const started = performance.now();
    const results = await fetchAll(Array.from({ length: 7 }, (_, mark) => at('/ok', { mark })), { rateLimit: { limit: 3, interval: 300 } });
    // The third batch of starts, whatever the way to the server adds.
    within(performance.now() - started, 590, 3000);
    equal([results.filter(({ ok }) => ok).length, (await log()).length], [7, 7]);
  },

  'time for the whole request and for the whole call runs out': async ({ fetchAll }, { at }) => {
    const [total] = await fetchAll([at('/status/503', { mark: 1 })], { timeout: { total: 300 }, retry: { limit: 50, delay: 40, factor: 1, jitter: 'none' } });
    equal([total.ok, total.timings.total <= 1500], [false, true]);
    const late = await fetchAll([at('/ok', { mark: 2 }), at('/hang', { mark: 3 }), at('/hang', { mark: 4 })], { deadline: 500, concurrency: 2, retry: 0 });
    equal(late.map(({ error }) => error?.code ?? 'ok'), ['ok', 'TIMEOUT', 'TIMEOUT']);
    equal(late[1].error.phase, 'deadline');
  },

  'a budget of fetches is kept, and what is left over says so': async ({ fetchAll }, { at, log }) => {
    const results = await fetchAll(Array.from({ length: 5 }, (_, mark) => at('/ok', { mark })), { maxFetches: 3 });
    equal(results.map(({ error }) => error?.code ?? 'ok').sort(), ['BUDGET_EXHAUSTED', 'BUDGET_EXHAUSTED', 'ok', 'ok', 'ok']);
    equal((await log()).length, 3);
  },

  'inputs are text, URL, Request and spec, in lists, sets and generators': async ({ fetchAll }, { at }) => {
    const inputs = [at('/ok', { mark: 1 }), new URL(at('/ok', { mark: 2 })), new Request(at('/ok', { mark: 3 })), { url: at('/ok', { mark: 4 }) }];
    async function* later() {
      for (const input of inputs) yield await input;
    }
    for (const requests of [inputs, new Set(inputs), inputs.values(), later()]) {
      equal((await fetchAll(requests)).map(({ ok, index }) => [ok, index]), [[true, 0], [true, 1], [true, 2], [true, 3]]);
    }
  },

  'a body is sent again with each attempt': async ({ fetchAll }, { at, log }) => {
    const form = new FormData();
    form.set('field', 'value');
    const bodies = ['text', new TextEncoder().encode('bytes'), new Blob(['blob']), new URLSearchParams({ a: 'b' }), form, () => 'made'];
    const specs = bodies.map((body, i) => ({ url: at('/flaky', { key: `body ${i}`, fail: 1 }), method: 'PUT', body }));
    const results = await fetchAll(specs, { retry: { delay: 5 } });
    equal(results.map(({ ok, attempts }) => [ok, attempts.length]), bodies.map(() => [true, 2]));
    const [{ data }] = await fetchAll([{ url: at('/echo'), method: 'POST', body: form }]);
    equal([/^multipart\/form-data/.test(data.headers['content-type']), /name="field"\r\n\r\nvalue/.test(data.body)], [true, true]);
    equal((await log()).length, 1);
  },

  'a body that breaks off is fetched anew': async ({ fetchAll }, { at, log }) => {
    const [{ ok, error, attempts }] = await fetchAll([at('/reset-body')], { retry: { limit: 1, delay: 5 } });
    equal([ok, error.code, error.retryable, attempts.length], [false, 'BODY_TRUNCATED', true, 2]);
    equal((await log()).length >= 2, true);
  },

  'a redirect is followed, and tells where it led': async ({ fetchAll }, { at }) => {
    const [{ ok, url, request }] = await fetchAll([at('/redirect/2')], { auth: { bearer: 'token' } });
    equal([ok, new URL(url).pathname, new URL(request.url).pathname], [true, '/redirect/0', '/redirect/2']);
  },

  'a token that was refused is asked for once more, for all': async ({ createClient }, { at }) => {
    const asked = [];
    const client = createClient({
      retry: 0,
      auth: async ({ refresh }) => {
        asked.push(refresh);
        return { bearer: refresh || asked.includes(true) ? 'token' : 'stale' };
      },
    });
    const results = await client.fetchAll(Array.from({ length: 4 }, (_, mark) => at('/auth/bearer', { mark })));
    equal([results.every(({ ok }) => ok), asked.filter((refresh) => refresh).length], [true, 1]);
    client.close();
  },

  'a client can be paused, and given more room': async ({ createClient }, { at, log }) => {
    const client = createClient({ concurrency: 1 });
    client.pause();
    const call = client.fetchAll(Array.from({ length: 4 }, (_, mark) => at('/delay/100', { mark })));
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    equal(await log(), []);
    client.concurrency = 4;
    client.resume();
    await until(() => client.inFlight === 4);
    equal((await call).every(({ ok }) => ok), true);
    const inner = client.extend({ headers: { 'x-more': 'yes' } });
    equal((await inner.get(at('/echo'))).data.headers['x-more'], 'yes');
    client.close();
  },

  'a body handed out as a stream holds its slot until it is read': async ({ fetchEach }, { at }) => {
    const sizes = [];
    for await (const { data } of fetchEach([1, 2, 3].map((mark) => at('/huge?bytes=200000', { mark })), { responseType: 'stream', concurrency: 1 })) {
      let size = 0;
      const reader = data.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) size += read.value.length;
      sizes.push(size);
    }
    equal(sizes, [200_000, 200_000, 200_000]);
  },

  'a hundred URLs, some of them unwilling at first': async ({ fetchAll }, { at }) => {
    function* urls() {
      for (let i = 0; i < 100; i++) yield i % 10 === 0 ? at('/flaky', { host: i, key: `${i} of 100` }) : at(`/delay/${i % 7}`, { host: i, mark: i });
    }
    const results = await fetchAll(urls(), { retry: { delay: 5 } });
    equal(results.filter(({ ok }) => ok).length, 100);
    equal(results.filter(({ attempts }) => attempts.length === 2).length, 10);
  },
};

/** Addresses on the fault server for one check, which has a log of its own. */
function urlsOf({ origins }, check) {
  const at = (path, { host = 0, ...query } = {}) => {
    const url = new URL(path, origins[host % origins.length]);
    url.searchParams.set('key', check);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, name === 'key' ? `${check} ${value}` : value);
    return url.href;
  };
  const json = async (path, query) => {
    const url = new URL(path, origins[0]);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    return (await fetch(url, { headers: { accept: 'application/json' } })).json();
  };
  return { at, json, log: () => json('/log', { key: check }) };
}

function equal(actual, expected) {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== wanted) throw new Error(`${is} is not ${wanted}`);
}

function within(value, least, most) {
  if (!(value >= least && value <= most)) throw new Error(`${value} is not within ${least}..${most}`);
}

function caught(promise) {
  return promise.then(() => new Error('it did not reject'), (error) => error);
}

/** Waits for what the server sees a moment later. */
async function until(holds) {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  throw new Error('it did not come about within 2 s');
}
