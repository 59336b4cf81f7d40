/**
 * The instance of the wasm that runs. After a trap, nobody knows what state it is in: whatever waits for it is told so, it
 * is never entered again, and the next call has another. Each has a glue of its own, so that what comes late (a promise
 * settles, an object is collected) finds its own instance, which is no more.
 */

import { START, UNHEARD } from 'fanfetch:glue';
import { internalError } from '../js/output/errors.js';
import { takeWaiting } from '../js/runtime/trap.js';

/** What calls run by: `run` and `Engine`. Undefined before there is an instance, and after it trapped. */
export let live;

/** Begins to use an instance, by the glue that has made its imports. */
export const start = (glue, { exports }) => {
  glue.use(Object.fromEntries(Object.entries(exports).map(([name, made]) => [name, typeof made === 'function' ? guarded(glue, name, made) : made])));
  exports[START]();
  live = glue;
};

/**
 * A function of the wasm. What it throws is a trap, or was thrown by what it called and has gone through it, which leaves
 * things as undone; the user's own code is caught before. Where the host is the caller, nobody would hear of it.
 */
const guarded = (glue, name, act) => (...args) => {
  try {
    return act(...args);
  } catch (cause) {
    // Below a function of the user's, a frame of the instance may end later than the instance.
    if (!glue.over) end(glue, cause);
    if (!UNHEARD.includes(name)) throw lost(cause);
    // The glue may look for an error in it.
    return 0;
  }
};

const end = (glue, cause) => {
  if (live === glue) live = undefined;
  const waiting = takeWaiting();
  const tell = () => {
    for (const one of waiting) {
      try {
        one.onTrap(lost(cause));
        waiting.delete(one);
      } catch {
        // At the end of the user's stack there is none to tell anything by; whoever comes late has another.
      }
    }
    return 0;
  };
  const refuse = () => {
    throw lost(cause);
  };
  glue.timers.clearAll();
  glue.use(new Proxy({}, { get: (_, name) => (UNHEARD.includes(name) ? tell : refuse) }));
  glue.over = true;
  tell();
};

const lost = (cause) => {
  const error = internalError('its WebAssembly trapped, which is a fault of the library; what was waiting is rejected, and the next call starts afresh', cause);
  try {
    // Whoever keeps an error keeps the frames of its stack, and with them the instance, until their text is asked for.
    // Not by `?.`, which a minifier takes for nothing.
    void [error.stack, (cause ?? error).stack];
  } catch {
    // A revoked proxy was thrown, or another thing that throws when it is asked.
  }
  return error;
};
