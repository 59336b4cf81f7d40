import assert from 'node:assert/strict';

/** What `brief` gives of an input that cannot be sent. */
export const INPUT = [false, 'INPUT', 0];

/** A result in three values. */
export const brief = ({ ok, error, attempts }) => [ok, error?.code, attempts.length];

/**
 * Sends bad inputs among good ones: only their own results fail, and nothing of them is sent.
 *
 * @param {object} world
 * @param {unknown[]} inputs
 * @returns {Promise<object[]>} The results of the bad ones.
 */
export async function assertRefused(world, inputs) {
  const good = [world.at('/ok'), world.at('/ok')];
  const results = await world.fetchAll([good[0], ...inputs, good[1]]);
  assert.deepEqual(brief(results[0]), [true, undefined, 1]);
  assert.deepEqual(brief(results.at(-1)), [true, undefined, 1]);
  inputs.forEach((input, i) => {
    assert.deepEqual(brief(results[i + 1]), INPUT, `input ${i}`);
    assert.equal(results[i + 1].error.retryable, false);
  });
  assert.equal((await world.stats()).requests, 2);
  return results.slice(1, -1);
}
