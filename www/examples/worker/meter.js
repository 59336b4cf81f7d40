/** How long a page is kept from what else it has to do. */

/**
 * Measures until the function that it gives is called.
 * @returns {() => { longestTask: number | undefined, longestWait: number, took: number }} milliseconds; no `longestTask`
 *   where no task took 50 ms, or the browser does not tell
 */
export function startMeter() {
  const began = performance.now();
  let longestTask;
  const note = (list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask ?? 0, duration);
  };
  const observer = PerformanceObserver.supportedEntryTypes.includes('longtask') ? new PerformanceObserver(note) : undefined;
  observer?.observe({ type: 'longtask' });

  // A turn for each message: whatever else takes one is seen in the time between two of them.
  const { port1, port2 } = new MessageChannel();
  let [last, longestWait] = [began, 0];
  port1.onmessage = () => {
    const now = performance.now();
    longestWait = Math.max(longestWait, now - last);
    last = now;
    port2.postMessage(undefined);
  };
  port2.postMessage(undefined);

  return () => {
    port1.close();
    if (observer !== undefined) note({ getEntries: () => observer.takeRecords() });
    observer?.disconnect();
    return { longestTask, longestWait, took: performance.now() - began };
  };
}
