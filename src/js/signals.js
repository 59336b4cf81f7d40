/**
 * Listening to the user's signals: one listener a signal, whatever the number of calls and requests that look at it,
 * and none when the last of them is over.
 */

const watched = new WeakMap();

/** Calls `heard` when the signal aborts; at once, where it has. */
export const listen = (signal, heard) => {
  if (signal.aborted) return heard();
  let entry = watched.get(signal);
  if (entry === undefined) {
    const all = new Set();
    entry = { all, listener: () => [...all].forEach((each) => each()) };
    watched.set(signal, entry);
    signal.addEventListener('abort', entry.listener);
  }
  entry.all.add(heard);
};

/** Takes it back. */
export const unlisten = (signal, heard) => {
  const entry = watched.get(signal);
  if (!entry?.all.delete(heard) || entry.all.size > 0) return;
  signal.removeEventListener('abort', entry.listener);
  watched.delete(signal);
};
