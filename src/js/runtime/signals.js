/**
 * Listening to the user's signals: one listener a signal, whatever the number of calls and requests that look at it,
 * and none when the last of them is over.
 */

import { quietly } from '../exchange/body.js';

const watched = new WeakMap();

/** Calls `heard` when the signal aborts; at once, where it has. Throws what the signal throws. */
export const listen = (signal, heard) => {
  if (signal.aborted) return heard();
  let entry = watched.get(signal);
  if (entry === undefined) {
    const all = new Set();
    entry = { all, listener: () => [...all].forEach((each) => each()) };
    signal.addEventListener('abort', entry.listener);
    watched.set(signal, entry);
  }
  entry.all.add(heard);
};

/** Takes it back. */
export const unlisten = (signal, heard) => {
  const entry = watched.get(signal);
  if (!entry?.all.delete(heard) || entry.all.size > 0) return;
  watched.delete(signal);
  quietly(() => signal.removeEventListener('abort', entry.listener));
};

/** Why a signal aborted, in an object; undefined where it has not. What it throws when it is asked is a reason as well. */
export const reasonOf = (signal) => {
  try {
    return signal?.aborted ? { value: signal.reason } : undefined;
  } catch (value) {
    return { value };
  }
};
