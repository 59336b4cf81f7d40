/**
 * Engines of a client where nothing that waits may cross from one call into another (Cloudflare Workers): the calls share
 * plain data alone. Each has an engine of its own, with slots, queue and timers. Other calls write down what they want of it,
 * and it reads that on a timer of its own, whose beat also shows that it is alive. A call whose invocation has ended gives no
 * sign: it is counted until its beat has failed for a while, and cleared away by the beat of another.
 */

import { engineOf, live, runOn } from './fanfetch.js';
import { Call } from './call.js';
import { Family } from './family.js';
import {
  SWITCH_CANCEL_QUEUED, SWITCH_CONCURRENCY, SWITCH_IN_FLIGHT, SWITCH_QUEUED, SWITCH_SET_CONCURRENCY, SWITCH_SET_PAUSED,
} from '../../js/protocol.js';

export class Isolated {
  #options;
  #outer;
  #most;
  /** An engine that runs nothing: it counts starts under this client's own rate, for all calls. */
  #pace;
  /** The instance of the wasm that has that engine. */
  #instance;
  #family;

  constructor(options, outer) {
    this.#options = options;
    this.#outer = outer;
    this.#family = outer === undefined ? new Family() : outer.#family;
    this.calls = { begin: () => () => {}, idle: () => this.#family.idle() };
  }

  run(requests, options, sink, kind, about) {
    const own = options.isolated();
    const call = new Call(this.#family, sink, own.hosts);
    this.#build(call);
    call.begin();
    runOn(call.engine, requests, own, sink, kind, about);
  }

  turn(what, value = 0) {
    switch (what) {
      case SWITCH_IN_FLIGHT:
      case SWITCH_QUEUED:
        return this.#family.sum(what);
      case SWITCH_CONCURRENCY:
        return this.#most ?? this.#options.concurrency ?? this.#outer.turn(what);
      case SWITCH_SET_CONCURRENCY:
        this.#most = value;
        break;
      case SWITCH_SET_PAUSED:
        this.#family.paused = value;
        break;
      case SWITCH_CANCEL_QUEUED:
        return this.#family.cancel();
    }
    this.#family.changed();
    return 0;
  }

  tell(sink, what) {
    this.#family.tell(sink, what);
  }

  stats() {
    return this.#family.stats();
  }

  /** Limits as this client and those around it have them now. */
  limit(engines) {
    this.#outer?.limit(engines);
    if (this.#most !== undefined) engines.get(this).turn(SWITCH_SET_CONCURRENCY, this.#most);
  }

  #build(call) {
    const outer = this.#outer === undefined ? undefined : this.#outer.#build(call);
    const own = this.#options.isolated(call.hosts);
    const engine = outer === undefined ? engineOf(own) : outer.inner(own);
    if (this.#instance !== live) {
      this.#pace = engineOf(this.#options);
      this.#instance = live;
    }
    engine.keepPace(this.#pace);
    call.add(this, engine);
    return engine;
  }
}
