/** Who waits for the wasm: what it has under way would hang should the wasm trap, and is told to `lose` it then. */

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
