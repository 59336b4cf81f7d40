/** Counts timers of all clocks: an engine that is collected late clears its timer by a number, which must not be another's. */
let last = 0;

/** A virtual clock: time passes only while nothing else happens. */
export class Clock {
  #now = 1000;
  #timers = new Map();

  now() {
    return this.#now;
  }

  /** Milliseconds to the next timer. */
  get next() {
    return Math.min(...[...this.#timers.values()].map(({ at }) => at)) - this.#now;
  }

  set(act, delay = 0, ...args) {
    last += 1;
    // As in a host, a delay that is no number counts as none, and one that cannot be converted throws.
    const wait = Number(delay);
    this.#timers.set(last, { at: this.#now + (wait > 0 ? Math.min(wait, 2 ** 31 - 1) : 1), act, args });
    return last;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** Fires the next timer up to `end`; false if there is none. */
  advance(end) {
    const [next] = [...this.#timers].sort(([one, { at }], [other, { at: then }]) => at - then || one - other);
    if (next === undefined || next[1].at > end) return false;
    const [id, { at, act, args }] = next;
    this.#timers.delete(id);
    this.#now = at;
    act(...args);
    return true;
  }
}
