/** Clock, chance and microtasks of the host. Looked up at each use, so that doubles of the tests drive everything. */

/** Milliseconds, monotonic; NaN where the clock fails. */
export const now = () => {
  try {
    const time = performance.now();
    return typeof time === 'number' ? time : NaN;
  } catch {
    return NaN;
  }
};

/** A number from 0 to below 1, likewise. */
export const chance = () => number(() => Math.random());

/** Epoch milliseconds, likewise. */
export const today = () => number(() => Date.now());

const number = (read) => {
  try {
    const given = read();
    return typeof given === 'number' ? given : NaN;
  } catch {
    return NaN;
  }
};

/** Calls `act` in a microtask: by a promise, since `queueMicrotask` may be a fake that nobody drives. */
export const soon = (act) => {
  Promise.resolve().then(act);
};
