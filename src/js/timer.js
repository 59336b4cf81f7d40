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
    clearTimeout(this.#id);
    this.#id = setTimeout(this.#ring, delay, 0, 0, 0);
    wait(this);
  }

  disarm() {
    clearTimeout(this.#id);
    waitNoMore(this);
  }

  lose() {
    this.disarm();
  }
}
