/**
 * The same work done in different ways: fetch every URL, at most `concurrency` at once, and read every body.
 * Each loads what it needs and returns `(urls, concurrency) => Promise<values>`. All call the global `fetch`, so that the
 * caller decides what a request is; `read` is how a body is read. Timers are as long as fanfetch's default timeout.
 * @typedef {{ entry: string, read: (response: Response) => Promise<unknown> }} Context `entry` is the module of fanfetch
 * @type {Record<string, (context: Context) => Promise<(urls: string[], concurrency: number) => Promise<unknown[]>>>}
 */
export const contenders = {
  'fanfetch': (context) => fanfetch(context, {}),
  'fanfetch, timeout: false': (context) => fanfetch(context, { timeout: false }),
  'loop': async ({ read }) => loop(async (url) => read(await fetch(url))),
  'loop + controller + timer': async ({ read }) => loop(withTimer(read)),
  'loop + AbortSignal.timeout': async ({ read }) =>
    loop(async (url) => read(await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }))),
  'p-limit': async ({ read }) => limited(async (url) => read(await fetch(url))),
  'p-limit + controller + timer': async ({ read }) => limited(withTimer(read)),
  'p-map': async ({ read }) => mapped(async (url) => read(await fetch(url))),
  'p-queue': async ({ read }) => queued(async (url) => read(await fetch(url))),
  'ky + p-map': async ({ read }) => {
    const { default: ky } = await import('ky');
    return mapped(async (url) => read(await ky(url)));
  },
};

const TIMEOUT = 10_000;

async function fanfetch({ entry }, options) {
  const { fetchAll } = await import(entry);
  return async (urls, concurrency) => fetchAll(urls, { concurrency, ...options });
}

/** As many workers as the concurrency, each taking the next URL: what one writes by hand. */
function loop(fetchOne) {
  return async (urls, concurrency) => {
    const values = new Array(urls.length);
    let next = 0;
    const work = async () => {
      while (next < urls.length) {
        const index = next++;
        values[index] = await fetchOne(urls[index]);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return values;
  };
}

async function limited(fetchOne) {
  const { default: pLimit } = await import('p-limit');
  return (urls, concurrency) => {
    const limit = pLimit(concurrency);
    return Promise.all(urls.map((url) => limit(() => fetchOne(url))));
  };
}

async function mapped(fetchOne) {
  const { default: pMap } = await import('p-map');
  return (urls, concurrency) => pMap(urls, fetchOne, { concurrency });
}

async function queued(fetchOne) {
  const { default: PQueue } = await import('p-queue');
  return (urls, concurrency) => {
    const queue = new PQueue({ concurrency });
    return Promise.all(urls.map((url) => queue.add(() => fetchOne(url))));
  };
}

const withTimer = (read) => async (url) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT);
  try {
    return await read(await fetch(url, { signal: controller.signal }));
  } finally {
    clearTimeout(timer);
  }
};
