/**
 * Notices that the worker is gone, of which no event tells: it holds a lock, which is free then. Only while it has been busy
 * for some time, for a page with a lock is not kept for the user's way back. Where there are no locks (a page that is not
 * secure), what was asked of a dead worker runs into its timeout.
 */

import { HOLD, RELEASE } from './words.js';

/** Milliseconds of work after which it is watched. */
const PATIENCE = 500;

export class Pulse {
  #worker;
  #gone;
  #timer;
  /** Ends the wait for the lock. */
  #watch;

  constructor(worker, gone) {
    this.#worker = worker;
    this.#gone = gone;
  }

  busy() {
    if (globalThis.navigator?.locks === undefined) return;
    this.#timer ??= setTimeout(() => this.#worker.postMessage([HOLD, `fanfetch ${Math.random()}`]), PATIENCE);
  }

  /** It holds the lock of this name. */
  held(name) {
    if (this.#timer === undefined) return;
    this.#watch = new AbortController();
    navigator.locks.request(name, { signal: this.#watch.signal }, this.#gone).catch(() => {});
  }

  idle() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#watch === undefined) return;
    this.#watch.abort();
    this.#watch = undefined;
    this.#worker.postMessage([RELEASE]);
  }
}
