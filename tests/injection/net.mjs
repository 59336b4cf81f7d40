/** A scripted network: the path selects the answer, and waits run on the test's clock. */

const JSON_TYPE = { 'content-type': 'application/json' };
const encode = (text) => new TextEncoder().encode(text);
const json = (url) => JSON.stringify({ url, text: 'the body of this address and of no other' });

/**
 * @param {import('./clock.mjs').Clock} clock
 * @returns {{ fetch: typeof fetch, open: () => void, body: (url: string) => string, count: () => number }} `open` lets
 *   requests at the gate be answered, `body` gives the final body of an address
 */
export const createNet = (clock) => {
  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  const asked = new Map();
  let answered = 0;
  const sleep = (ms) => new Promise((resolve) => clock.set(resolve, ms));

  const routes = {
    json: (url) => new Response(json(url), { headers: JSON_TYPE }),
    text: (url) => new Response(json(url), { headers: { 'content-type': 'text/plain' } }),
    bytes: (url) => new Response(encode(json(url)), { headers: { 'content-type': 'application/octet-stream' } }),
    form: (url) => new Response(new URLSearchParams({ url }), {}),
    chunks: (url) => new Response(chunks(url), { headers: JSON_TYPE }),
    empty: () => new Response(null, { status: 204 }),
    missing: (url) => new Response(json(url), { status: 404, headers: JSON_TYPE }),
    busy: (url, count) => (count > 1 ? routes.json(url) : new Response('busy', { status: 503, headers: { 'retry-after': '1', date: 'Fri, 15 Jan 2027 08:00:01 GMT' } })),
    lost(url, count) {
      if (count > 1) return routes.json(url);
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
    },
    guarded: (url, _, headers) => (headers.get('authorization') === 'Bearer fresh' ? routes.json(url) : new Response('no', { status: 401 })),
    moved: (url, _, __, init) => (init?.redirect === 'manual' ? new Response(null, { status: 302, headers: { location: url.replace('/moved', '/json') } }) : routes.json(url.replace('/moved', '/json'))),
    async gate(url) {
      await gate;
      return routes.json(url);
    },
    async slow(url) {
      await sleep(20);
      return routes.json(url);
    },
  };

  /** Sends the bytes in three pieces with pauses. */
  function chunks(url) {
    const all = encode(json(url));
    const pieces = [all.slice(0, 10), all.slice(10, 30), all.slice(30)];
    return new ReadableStream({
      async pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) return controller.close();
        await sleep(5);
        try { controller.enqueue(piece); } catch { /* cancelled meanwhile */ }
      },
    }, { highWaterMark: 0 });
  }

  const fetch = (input, init) => new Promise((resolve, reject) => {
    const request = typeof input === 'object' && 'url' in input ? input : undefined;
    const url = request?.url ?? String(input);
    const signal = init?.signal ?? request?.signal;
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
    const count = (asked.get(url) ?? 0) + 1;
    asked.set(url, count);
    const headers = new Headers(init?.headers ?? request?.headers);
    const route = routes[new URL(url).pathname.split('/')[1]];
    new Promise((done) => done(route(url, count, headers, init))).then(resolve, reject).finally(() => { answered += 1; });
  });
  return { fetch, open, body: (url) => json(url.replace('/moved', '/json')), count: () => answered };
};
