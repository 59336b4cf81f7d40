import { createClient } from 'fanfetch';

export { Crawl } from './crawl.js';

/** Milliseconds that a batch waits for hosts that others are asking, and between two looks. */
const [PATIENCE, LOOK] = [60_000, 200];

/** A lease is one slot of a host, and the queue tries again: it can wait for longer than an invocation. */
const client = createClient({ concurrencyPerHost: 1, retry: false, responseType: 'bytes', maxBytes: 10_000_000 });

export default {
  /** Producer: `POST` as many lines of URLs as there are, `GET` how far it is. */
  async fetch(request, env) {
    if (request.method !== 'POST') return Response.json(await env.CRAWL.getByName('crawl').progress());
    let queued = 0;
    for await (const urls of listsOf(100, linesOf(request.body))) {
      await env.URLS.sendBatch(urls.map((url) => ({ body: { url } })));
      queued += urls.length;
    }
    return Response.json({ queued });
  },

  /** Consumer: each message ends as acknowledged, its result in R2, or goes back to the queue. */
  async queue({ messages }, env) {
    const crawl = env.CRAWL.getByName('crawl');
    const begun = Date.now();
    const waiting = Map.groupBy(messages, ({ body }) => hostOf(body.url));
    while (waiting.size > 0 && Date.now() - begun < PATIENCE) {
      const { id, hosts, milliseconds } = await crawl.lease([...waiting.keys()]);
      if (hosts.length === 0) {
        await scheduler.wait(LOOK);
        continue;
      }
      const { done, failed, pauses } = await fetchThem(hosts.map((host) => [host, waiting.get(host)]), milliseconds, env.RESULTS);
      const counts = await crawl.release(id, done.map(({ key, ok }) => [key, ok]), failed.map(({ key }) => key), [...pauses]);
      await Promise.all(failed.map(async ({ message, key, host, result }, i) => {
        const wait = pauses.get(host) ?? Math.min(60_000, 1000 * 2 ** (counts[i] - 1));
        if (counts[i] < env.TRIES) return message.retry({ delaySeconds: secondsOf(wait) });
        await save(env.RESULTS, key, result);
        message.ack();
      }));
      // The last step: whatever comes before may be done once more.
      for (const { message } of done) message.ack();
      for (const host of hosts) waiting.delete(host);
    }
    for (const message of [...waiting.values()].flat()) message.retry({ delaySeconds: 10 });
  },
};

/** Fetches the messages of hosts of which a slot is leased for so long: what is done, what failed for now, who wants a pause. */
async function fetchThem(hosts, milliseconds, bucket) {
  const [done, failed, pauses, saving] = [[], [], new Map(), []];
  const requests = hosts.flatMap(([host, messages]) => {
    const stop = new AbortController();
    return messages.map((message) => ({ url: message.body.url, tag: { message, host, stop }, signal: stop.signal }));
  });

  const settle = async (result) => {
    const { message, host } = result.request.tag;
    const { ok, error } = result;
    if (isUntried(error)) return message.retry({ delaySeconds: secondsOf(pauses.get(host) ?? 1000) });
    const key = await keyOf(message.body.url);
    if (error?.retryable) return failed.push({ message, key, host, result });
    await save(bucket, key, result);
    done.push({ message, key, ok });
  };

  // It ends before the lease does, which would be another's then.
  for await (const result of client.fetchEach(requests, { deadline: milliseconds * 0.8 })) {
    const { host, stop } = result.request.tag;
    if (result.error?.retryAfter > 0) {
      // The server wants to be left alone: so do the other requests to it.
      pauses.set(host, Math.max(result.error.retryAfter, pauses.get(host) ?? 0));
      stop.abort();
    }
    saving.push(settle(result));
  }
  await Promise.all(saving);
  return { done, failed, pauses };
}

/** Requests that were stopped, or not begun in time, have not failed. */
const isUntried = (error) => error?.code === 'ABORTED' || error?.phase === 'deadline';

/** A queue waits for half a day at most. */
const secondsOf = (wait) => Math.min(43_200, Math.ceil(wait / 1000));

/** One object for each URL, however often it is delivered. */
const save = (bucket, key, { ok, data, status, headers, error, request: { url } }) =>
  bucket.put(key, ok ? data : JSON.stringify(error), {
    httpMetadata: { contentType: ok ? headers.get('content-type') ?? undefined : 'application/json' },
    customMetadata: { url, ok: String(ok), status: String(status ?? '') },
  });

const keyOf = async (url) =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url))), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** URLs that are none have no host; the client tells what is wrong with them. */
const hostOf = (url) => (URL.canParse(url) ? new URL(url).origin : '');

async function* linesOf(body) {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    yield* lines;
  }
  yield rest;
}

async function* listsOf(length, lines) {
  let list = [];
  for await (const line of lines) {
    if (line.trim() !== '') list.push(line.trim());
    if (list.length === length) {
      yield list;
      list = [];
    }
  }
  if (list.length > 0) yield list;
}
