/**
 * Notices that the worker died, which has no event: it holds a Web Lock, which is free then. It does so only after it has been
 * busy for some time, since a page with a lock does not enter the back/forward cache. Without locks (a page that is not
 * secure) the fetches of a dead worker run into their timeouts.
 */

import { HOLD, RELEASE } from './messages.js';

/** Milliseconds of work after which the worker is watched. */
const PATIENCE = 500;

export class Watchdog {
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

  /** Waits for the lock of this name, which the worker holds. */
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
