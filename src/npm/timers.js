/**
 * The host's timers for one instance of the wasm: looked up at each use, so that fake timers drive them, and cleared together
 * when the instance is given up, so that none keeps a process alive (`tests/panic`).
 */

import { breathe } from '../js/runtime/breath.js';

export const makeTimers = () => {
  const armed = new Set();
  const clear = (timer) => {
    armed.delete(timer);
    try {
      clearTimeout(timer.id);
    } catch {
      // A double that throws: the timer rings, and finds that it is not armed.
    }
  };
  return {
    set(act, delay) {
      const timer = { id: undefined };
      const ring = () => armed.delete(timer) && act();
      armed.add(timer);
      try {
        timer.id = setTimeout(ring, delay);
      } catch {
        // Likewise: better too early than never.
        breathe(ring);
      }
      return timer;
    },
    clear,
    clearAll: () => armed.forEach(clear),
  };
};
