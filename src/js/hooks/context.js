/**
 * The asynchronous context of a call (what `AsyncLocalStorage` tells by), where the host has such a thing: what runs for a
 * call runs in its context, whoever's turn it is. Asked for at the first call, since an import would cost every start.
 */

let hooks;

/** Node's module, which Deno, Bun and Workers with `nodejs_compat` have as well; null where there is none. */
export const asyncHooks = () => {
  if (hooks === undefined) hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks') ?? null;
  return hooks;
};

/** The context of whoever calls; undefined where the host has none. */
export const captured = () => (asyncHooks()?.AsyncResource ? made() : undefined);

const made = () => new hooks.AsyncResource('fanfetch', { requireManualDestroy: true });

/** The context that the present turn is known to run in: to enter it anew would cost and change nothing. */
let present;

/** Calls `act` on `self` in a context, with up to three arguments. */
export const within = (context, act, self, one, two, three) => {
  if (context === undefined || context === present) return act.call(self, one, two, three);
  const before = present;
  present = context;
  try {
    // Not in the context itself: what `run` of a storage is given in Node 20, it keeps in the resource that it runs in.
    return context.runInAsyncScope(made).runInAsyncScope(act, self, one, two, three);
  } finally {
    present = before;
  }
};

/** Calls `act` where the turn runs in that context already, as code after an `await` does. */
export const known = (context, act, one, two, three) => {
  const before = present;
  present = context;
  try {
    act(one, two, three);
  } finally {
    present = before;
  }
};
