/** Objects that wait for the wasm. If the wasm traps, their `onTrap` ends what would hang. */

let waiting = new Set();

export const wait = (one) => {
  waiting.add(one);
};

export const waitNoMore = (one) => {
  waiting.delete(one);
};

/** All who wait; whoever comes after them waits for another instance. */
export const takeWaiting = () => {
  const all = waiting;
  waiting = new Set();
  return all;
};
