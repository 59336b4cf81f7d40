/**
 * The middle of the samples; of an even number, the mean of the two in the middle.
 * @param {number[]} samples
 */
export function median(samples) {
  if (samples.length === 0) return NaN;
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * How a contender compares with a baseline: the median of the ratios of each round. Both were measured within the same
 * round, seconds apart, so a machine that slows down between rounds does not move it.
 * @param {number[]} samples
 * @param {number[]} baseline
 */
export function ratio(samples, baseline) {
  return median(samples.map((sample, round) => sample / baseline[round]));
}

/**
 * How far the ratios of the rounds lie apart: half the distance between their quartiles, as a share of their median.
 * Differences smaller than this mean nothing.
 * @param {number[]} samples
 * @param {number[]} baseline
 */
export function spread(samples, baseline) {
  const sorted = samples.map((sample, round) => sample / baseline[round]).sort((a, b) => a - b);
  const quartile = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return (quartile(0.75) - quartile(0.25)) / 2 / median(sorted);
}
