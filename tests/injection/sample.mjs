/** Chooses the part of all injections that one test run tries: the same for the same build, another for another. */

const hash = (text) => {
  let value = 2_166_136_261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
  // Mixes the last letters into all bits.
  value = Math.imul(value ^ (value >>> 15), 2_246_822_519);
  return (value ^ (value >>> 13)) >>> 0;
};

/**
 * @param {string} round Names the part; `all` is everything.
 * @param {number} share One of this many keys is chosen.
 * @returns {(key: string, all: any[]) => any[]} one of `all`, or none, or everything
 */
export const sample = (round, share) => (key, all) => {
  if (round === 'all') return all;
  const drawn = hash(`${round} ${key}`);
  return all.length > 0 && drawn % share === 0 ? [all[Math.floor(drawn / share) % all.length]] : [];
};
