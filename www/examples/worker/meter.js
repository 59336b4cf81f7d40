/** How long a page is kept from what else it has to do. */

/** Milliseconds; browsers ring no more often. */
const EVERY = 4;

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

  // A timer that is always due again: what it has to wait for is whatever else the page is kept by.
  let [due, longestWait] = [began, 0];
  let timer;
  const tick = () => {
    const now = performance.now();
    longestWait = Math.max(longestWait, now - due);
    due = now + EVERY;
    timer = setTimeout(tick, EVERY);
  };
  tick();

  return () => {
    clearTimeout(timer);
    if (observer !== undefined) note({ getEntries: () => observer.takeRecords() });
    observer?.disconnect();
    return { longestTask, longestWait, took: performance.now() - began };
  };
}
