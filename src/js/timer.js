/** The one timer of a scope. The host's functions are looked up at each use, so that fake timers drive it. */

import { wait, waitNoMore } from './trap.js';

export class Timer {
  #ring;
  #id;

  constructor(ring) {
    this.#ring = ring;
  }

  /** Sets it, in place of the one that runs. The closure takes three numbers, as all that Rust gives to JavaScript. */
  arm(delay) {
    this.disarm();
    try {
      this.#id = setTimeout(this.#ring, delay, 0, 0, 0);
      wait(this);
    } catch {
      // A double that throws: nothing will ring until the next is set.
    }
  }

  disarm() {
    waitNoMore(this);
    try {
      clearTimeout(this.#id);
    } catch {
      // Likewise: it rings, and finds nothing due.
    }
  }

  lose() {
    this.disarm();
  }
}
