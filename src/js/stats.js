/** What `client.stats()` gives: plain data. */

export const makeStats = (started, succeeded, failed, retries, deduplicated, inFlight, queued, bytes) => ({
  started, succeeded, failed, retries, hedges: 0, deduplicated, inFlight, queued, bytes, hosts: {},
});

/** Adds what is known of one host. */
export const addHost = (stats, hosts, host, inFlight, queued, succeeded, failed, retries, failureRate, cooldown, concurrency, p50, p95, p99) => {
  stats.hosts[hosts.origins[host]] = {
    inFlight, queued, succeeded, failed, retries, failureRate, breaker: 'closed', cooldown, concurrency: unbounded(concurrency), latency: { p50, p95, p99 },
  };
};

/** A limit, which the engine counts in 32 bits. */
export const unbounded = (limit) => (limit === 0xffff_ffff ? Infinity : limit);
