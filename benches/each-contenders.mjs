/**
 * Results as they complete, in bounded memory, over inputs that are made as they are asked for. Each loads what it needs
 * and returns `(urls, concurrency) => AsyncIterable<values>`; `undefined` where the library has no such thing (yet).
 * @type {Record<string, (entry: string) => Promise<((urls: Iterable<string>, concurrency: number) => AsyncIterable<unknown>) | undefined>>}
 */
export const eachContenders = {
  'fanfetch fetchEach': async (entry) => {
    const { fetchEach } = await import(entry);
    return fetchEach && ((urls, concurrency) => fetchEach(urls, { concurrency }));
  },
  'p-map pMapIterable': async () => {
    const { pMapIterable } = await import('p-map');
    return (urls, concurrency) => pMapIterable(urls, fetchText, { concurrency, preserveOrder: false });
  },
  'p-queue': async () => {
    const { default: PQueue } = await import('p-queue');
    return (urls, concurrency) => fromQueue(new PQueue({ concurrency }), urls);
  },
};

/** What one writes around p-queue: a producer that keeps the queue short, and a list of what is done. */
async function* fromQueue(queue, urls) {
  let done = [];
  let finished = false;
  let wake = () => {};
  const produce = async () => {
    for (const url of urls) {
      await queue.onSizeLessThan(1);
      queue.add(async () => {
        done.push(await fetchText(url));
        wake();
      });
    }
    await queue.onIdle();
    finished = true;
    wake();
  };
  produce();
  while (!finished || done.length) {
    if (!done.length) await new Promise((resolve) => (wake = resolve));
    const ready = done;
    done = [];
    yield* ready;
  }
}

const fetchText = async (url) => (await fetch(url)).text();
