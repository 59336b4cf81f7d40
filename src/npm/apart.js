/**
 * What the calls of a client share where nothing that waits may cross from one into another (Cloudflare Workers): plain
 * data alone. Each call has an engine of its own, with slots, queue and timers.
 */

import { Calls, engineOf, makeStats, switches } from './fanfetch.js';

const { IN_FLIGHT, QUEUED, CONCURRENCY, SET_CONCURRENCY, SET_PAUSED } = switches;

export class Apart {
  #options;
  #outer;
  /** Switches as they were turned last, for the calls to come. */
  #turned = new Map();
  /** Engines of the calls under way, of derived clients as well. */
  #live;
  #past;

  constructor(options, outer) {
    this.#options = options;
    this.#outer = outer;
    this.#live = outer === undefined ? new Set() : outer.#live;
    this.#past = outer === undefined ? makeStats(0, 0, 0, 0, 0, 0, 0, 0) : outer.#past;
    this.calls = outer === undefined ? new Calls() : outer.calls;
  }

  run(requests, options, sink, kind) {
    const own = options.apart();
    const engine = this.#engine(own.hosts);
    const { detached } = sink;
    this.#live.add(engine);
    sink.detached = () => {
      this.#live.delete(engine);
      gather(this.#past, engine.stats());
      engine.free();
      detached();
    };
    engine.run(requests, own, sink, kind);
  }

  turn(what, value = 0) {
    if (what === SET_CONCURRENCY || what === SET_PAUSED) this.#turned.set(what, value);
    if (what === CONCURRENCY) return this.#turned.get(SET_CONCURRENCY) ?? this.#options.concurrency ?? this.#outer.turn(what);
    let sum = 0;
    for (const engine of [...this.#live]) sum += engine.turn(what, value);
    return sum;
  }

  stats() {
    const all = structuredClone(this.#past);
    for (const engine of this.#live) gather(all, engine.stats());
    return Object.assign(all, { inFlight: this.turn(IN_FLIGHT), queued: this.turn(QUEUED) });
  }

  #engine(hosts) {
    const engine = this.#outer === undefined ? engineOf(this.#options.apart(hosts)) : this.#outer.#engine(hosts).inner(this.#options.apart(hosts));
    for (const [what, value] of this.#turned) engine.turn(what, value);
    return engine;
  }
}

/** Most hosts whose numbers are kept. */
const KEPT = 1000;

/** Adds what became of the requests of one call. */
const gather = (all, { hosts, ...totals }) => {
  add(all, totals);
  for (const [origin, host] of Object.entries(hosts)) {
    // The latest last, so that the first is the one to forget.
    const known = all.hosts[origin];
    delete all.hosts[origin];
    all.hosts[origin] = { ...host, ...(known && sumsOf(known, host)), inFlight: 0, queued: 0 };
  }
  for (const origin of Object.keys(all.hosts).slice(0, -KEPT)) delete all.hosts[origin];
};

const add = (all, more) => {
  for (const [name, value] of Object.entries(more)) if (name !== 'inFlight' && name !== 'queued') all[name] += value;
};

const sumsOf = (one, other) => ({
  succeeded: one.succeeded + other.succeeded, failed: one.failed + other.failed, retries: one.retries + other.retries,
});
