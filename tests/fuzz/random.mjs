/**
 * Chance by a seed. `pure-rand` is the generator that fast-check is built on. fast-check itself was left out: what fails is
 * kept as data (a scenario is JSON), which outlives every change of the generator, where a seed and a path of fast-check's
 * would not; its shrinking runs each candidate once, where a race has to be tried several times; and the shrinking that a
 * scenario needs (fewer calls, inputs, options, faults) is that of JSON, whoever wrote it (`shrink.mjs`).
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { skipN } from 'pure-rand/utils/skipN';

/** @param {number} seed */
export function createRandom(seed) {
  const generator = xoroshiro128plus(seed);
  // The first numbers of seeds that are near each other are alike.
  skipN(generator, 16);
  const random = {
    /** A whole number within both, included. */
    int: (from, to) => uniformInt(generator, from, to),
    unit: () => uniformInt(generator, 0, 0x3fff_ffff) / 0x4000_0000,
    chance: (share) => random.unit() < share,
    pick: (list) => list[random.int(0, list.length - 1)],
    /** One of `[weight, value]`. */
    weighted(pairs) {
      let at = random.unit() * pairs.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of pairs) if ((at -= weight) < 0) return value;
      return pairs.at(-1)[1];
    },
    list: (length, make) => Array.from({ length }, (_, i) => make(i)),
    /** What `make` gives, or undefined most of the time. */
    maybe: (share, make) => (random.chance(share) ? make() : undefined),
  };
  return random;
}

/** Leaves out what is undefined, so that a scenario is the same before and after JSON. */
export const compact = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
