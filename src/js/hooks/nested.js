/**
 * Calls made by the user's code while a request of the same client holds a slot for it: they must not wait for that slot.
 * They are told from others by the asynchronous context, where the host has one, or by the client that a hook is given.
 */

import { asyncHooks } from './context.js';

let storage;

/**
 * For the user's code that runs on the slot of `exchange`, for as long as that hears the answer to the question; undefined where
 * nothing can be nested in it. `outer` is the holder that its own call was made inside of.
 */
export const holderFor = (exchange, question) => exchange.call.family && { exchange, question, outer: storage?.getStore() };

/** Runs the user's code inside of a holder, if there is one. */
export const inside = (holder, act) => {
  if (holder === undefined) return act();
  storage ??= made();
  return storage === null ? act() : storage.run(holder, act);
};

const made = () => {
  const hooks = asyncHooks();
  return hooks?.AsyncLocalStorage ? new hooks.AsyncLocalStorage() : null;
};

/**
 * The exchange on whose slot a call that is made now, by a client of that family, may go: `said` is the holder that the call
 * names.
 */
export const heldBy = (family, said) => {
  if (family === undefined) return undefined;
  for (let holder = said ?? storage?.getStore(); holder !== undefined; holder = holder.outer) {
    const { exchange, question } = holder;
    if (exchange.hears(question) && exchange.call.family === family) return exchange;
  }
  return undefined;
};
