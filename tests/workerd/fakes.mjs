/** Limits of Workers that the local runtime does not have: those of one invocation, as a `fetch`. */

/** No more than `most` fetches altogether: the next throws, as it does there. */
export const counted = (most, answer) => {
  let count = 0;
  const fetcher = async (input) => {
    count += 1;
    if (count > most) throw new Error('Too many subrequests.');
    return answer(String(input), count);
  };
  return { fetcher, count: () => count };
};

/** No more than `most` connections: the next waits until a body is read to its end or cancelled, perhaps for ever. */
export const connected = (most, answer) => {
  let free = most;
  let peak = 0;
  const waiting = [];
  const release = () => {
    free += 1;
    waiting.shift()?.();
  };
  const fetcher = async (input, { signal } = {}) => {
    while (free === 0) await new Promise((resolve) => waiting.push(resolve));
    free -= 1;
    peak = Math.max(peak, most - free);
    const { status, headers, chunks = 3 } = answer(String(input));
    let over = false;
    const once = () => {
      if (!over) release();
      over = true;
    };
    signal?.addEventListener('abort', once);
    let left = chunks;
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        left -= 1;
        if (left >= 0) return controller.enqueue(new TextEncoder().encode('part '));
        once();
        controller.close();
      },
      cancel: once,
    }, { highWaterMark: 0 });
    return new Response(body, { status, headers: { 'content-type': 'text/plain', ...headers } });
  };
  return { fetcher, free: () => free, peak: () => peak };
};
