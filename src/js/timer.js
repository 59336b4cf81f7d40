/** The one timer of a scope. The host's functions are looked up at each use, so that fake timers drive it. */

import { breathe } from './runtime/breath.js';
import { wait, waitNoMore } from './runtime/trap.js';

export class Timer {
  #ring;
  #id;
  #early;

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
      // A double that throws: better too early than never.
      const early = (this.#early = {});
      breathe(() => this.#early === early && this.#ring(0, 0, 0));
    }
  }

  disarm() {
    waitNoMore(this);
    this.#early = undefined;
    try {
      clearTimeout(this.#id);
    } catch {
      // Likewise: it rings, and finds nothing due.
    }
  }

  onTrap() {
    this.disarm();
  }
}
