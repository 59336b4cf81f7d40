/** What a client and those derived from it share: the engine, which comes with the wasm, and what is asked of it before. */

import { makeStats } from '../js/stats.js';
import { engineOf } from './calls.js';

/** Switches of an engine; the order is that of `exports.rs`. */
export const switches = { IN_FLIGHT: 0, QUEUED: 1, CONCURRENCY: 2, SET_CONCURRENCY: 3, SET_PAUSED: 4, CANCEL_QUEUED: 5 };

const { CONCURRENCY, SET_CONCURRENCY, SET_PAUSED } = switches;

let Kind;

/** Told by the entry of a host whose calls must not meet: what stands in the place of {@link Shared}. */
export const shareBy = (Other) => {
  Kind = Other;
};

/** For a client with such options, derived from another's or not. */
export const share = (options, outer) => (Kind === undefined ? new Shared(options, outer) : new Kind(options, outer));

class Shared {
  #options;
  #outer;
  #engine;
  /** Switches turned before the engine is there, as they were turned last. */
  #turned = new Map();

  constructor(options, outer) {
    this.#options = options;
    this.#outer = outer;
    this.calls = outer === undefined ? new Calls() : outer.calls;
  }

  run(requests, options, sink, kind) {
    this.#started().run(requests, options, sink, kind);
  }

  turn(what, value = 0) {
    if (this.#engine !== undefined) return this.#engine.turn(what, value);
    if (what === SET_CONCURRENCY || what === SET_PAUSED) this.#turned.set(what, value);
    if (what !== CONCURRENCY) return 0;
    return this.#turned.get(SET_CONCURRENCY) ?? this.#options.concurrency ?? this.#outer.turn(what);
  }

  /** Tells the engine something of one call. */
  tell(sink, what) {
    sink.tell(what);
  }

  stats() {
    return this.#engine?.stats() ?? this.#outer?.stats() ?? makeStats(0, 0, 0, 0, 0, 0, 0, 0);
  }

  #started() {
    if (this.#engine === undefined) {
      this.#engine = this.#outer === undefined ? engineOf(this.#options) : this.#outer.#started().inner(this.#options);
      for (const [what, value] of this.#turned) this.#engine.turn(what, value);
    }
    return this.#engine;
  }
}

/** Calls under way. */
class Calls {
  #count = 0;
  #waiting = [];

  /** A call begins; gives what is to be called at its end. */
  begin() {
    this.#count += 1;
    return () => {
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
  }

  /** When no call is under way. */
  idle() {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
