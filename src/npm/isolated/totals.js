/** Statistics of calls that have ended, added up. */

/** Most hosts whose numbers are kept. */
const KEPT = 1000;

/** Adds the statistics of one call. */
export const gather = (all, { hosts, ...totals }) => {
  add(all, totals);
  for (const [origin, host] of Object.entries(hosts)) {
    // The latest last, so that the first is the one to forget.
    const known = all.hosts[origin];
    delete all.hosts[origin];
    all.hosts[origin] = { ...host, ...(known && sumsOf(known, host)), inFlight: 0, queued: 0 };
  }
  for (const origin of Object.keys(all.hosts).slice(0, -KEPT)) delete all.hosts[origin];
};

const add = (all, more) => {
  for (const [name, value] of Object.entries(more)) if (name !== 'inFlight' && name !== 'queued') all[name] += value;
};

const sumsOf = (one, other) => ({
  succeeded: one.succeeded + other.succeeded, failed: one.failed + other.failed, retries: one.retries + other.retries,
});
