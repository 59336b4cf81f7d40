/** Percentiles of any number of durations in a fixed, small memory. */

/** Each bucket is this much wider than the one before, so that a percentile is at most 2 % off. */
const STEP = Math.log(1.04);

export class Histogram {
  #buckets = new Uint32Array(512);
  #total = 0;

  /** @param {number} ms */
  add(ms) {
    const bucket = Math.round(Math.log(1 + Math.max(0, ms)) / STEP);
    this.#buckets[Math.min(bucket, this.#buckets.length - 1)] += 1;
    this.#total += 1;
  }

  /**
   * The duration that the given share of all did not exceed; `undefined` of none.
   * @param {number} share 0.95 is the 95th percentile
   * @returns {number | undefined}
   */
  percentile(share) {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return undefined;
    const bucket = this.#buckets.findIndex((count) => (left -= count) <= 0);
    return Math.exp(bucket * STEP) - 1;
  }
}
