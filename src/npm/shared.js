/** What a client and those derived from it share: the engine, which comes with the wasm, and what is asked of it before. */

import { makeStats } from '../js/output/stats.js';
import { engineOf, runOn } from './calls.js';
import { live } from './instance.js';
import { SWITCH_CONCURRENCY, SWITCH_SET_CONCURRENCY, SWITCH_SET_PAUSED } from '../js/protocol.js';

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
  /** The instance of the wasm that the engine is of. */
  #instance;
  /** Switches as they were turned last, for an engine to come. */
  #turned = new Map();

  constructor(options, outer) {
    this.#options = options;
    this.#outer = outer;
    this.calls = outer === undefined ? new Calls() : outer.calls;
    /** All that share an engine: a call nested in another's request may go on the slot of that. */
    this.family = outer === undefined ? this : outer.family;
  }

  run(...call) {
    runOn(this.#started(), ...call);
  }

  turn(what, value = 0) {
    // All that share an engine pause together.
    if (what === SWITCH_SET_PAUSED && this.#outer !== undefined) return this.#outer.turn(what, value);
    if (what === SWITCH_SET_CONCURRENCY || what === SWITCH_SET_PAUSED) this.#turned.set(what, value);
    if (this.#runs()) return this.#engine.turn(what, value);
    if (what !== SWITCH_CONCURRENCY) return 0;
    return this.#turned.get(SWITCH_SET_CONCURRENCY) ?? this.#options.concurrency ?? this.#outer.turn(what);
  }

  /** Tells the engine something of one call. */
  tell(sink, what) {
    sink.tell(what);
  }

  stats() {
    if (this.#runs()) return this.#engine.stats();
    return this.#outer?.stats() ?? makeStats();
  }

  /** Whether it has an engine, and that one was not lost in a trap. */
  #runs() {
    return this.#engine !== undefined && this.#instance === live;
  }

  #started() {
    if (!this.#runs()) {
      if (this.#outer === undefined) this.#options.hosts.clear();
      this.#engine = this.#outer === undefined ? engineOf(this.#options) : this.#outer.#started().inner(this.#options);
      this.#instance = live;
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
