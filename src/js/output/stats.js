/** Result of `client.stats()`: plain data. */

/** Stats of the numbers that `next` gives, in the order in which the engine tells them; of a client that has done nothing by default. */
export const makeStats = (next = () => 0) => ({
  started: next(), succeeded: next(), failed: next(), retries: next(), hedges: 0, deduplicated: next(), inFlight: next(), queued: next(), bytes: next(),
  hosts: {},
});

const ofHost = (next) => ({
  inFlight: next(), queued: next(), succeeded: next(), failed: next(), retries: next(), failureRate: next(), breaker: 'closed', cooldown: next(),
  concurrency: unbounded(next()), latency: { p50: next(), p95: next(), p99: next() },
});

/** Stats on their way from the engine, number by number: those of all, and for each host its own number and its stats. */
export class StatsBuilder {
  #origins;
  #numbers = [];

  constructor({ origins }) {
    this.#origins = origins;
  }

  put(number) {
    this.#numbers.push(number);
  }

  get stats() {
    let place = 0;
    const next = () => this.#numbers[place++];
    const stats = makeStats(next);
    while (place < this.#numbers.length) stats.hosts[this.#origins[next()]] = ofHost(next);
    return stats;
  }
}

/** A limit, which the engine counts in 32 bits. */
export const unbounded = (limit) => (limit === 0xffff_ffff ? Infinity : limit);
