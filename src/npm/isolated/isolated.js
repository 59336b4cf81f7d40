/**
 * What the calls of a client share where nothing that waits may cross from one into another (Cloudflare Workers): plain
 * data alone. Each call has an engine of its own, with slots, queue and timers, and is touched by nobody but itself: what
 * others want of it is written down, and it looks for that on a timer of its own, whose beat also tells that it lives. A
 * call whose invocation has ended is never heard of again: it is counted until its beat has failed for a while, and then
 * cleared away by the beat of another.
 */

import { engineOf, live, makeStats, runOn } from './fanfetch.js';
import {
  SWITCH_CANCEL_QUEUED, SWITCH_CONCURRENCY, SWITCH_IN_FLIGHT, SWITCH_QUEUED, SWITCH_SET_CONCURRENCY, SWITCH_SET_PAUSED,
} from '../../js/protocol.js';

/** Milliseconds between two beats, and from the last one until a call is given up for ended. */
const [BEAT, LEASE] = [100, 3000];
/** How often others notice that before it is cleared away: had something halted them all, its own beat would come between. */
const DOUBTS = 10;

export class Isolated {
  #options;
  #outer;
  #most;
  /** An engine that runs nothing: what has started under this client's own rate is counted in it, for all calls. */
  #pace;
  /** The instance of the wasm that it is of. */
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

/** A client and those derived from it. */
class Family {
  paused = 0;
  /** Calls under way, by their sinks. */
  #live = new Map();
  #past = makeStats();
  #swept = 0;

  add(call) {
    this.#live.set(call.sink, call);
  }

  has(call) {
    return this.#live.get(call.sink) === call;
  }

  remove(call, lost) {
    this.#live.delete(call.sink);
    if (!lost) gather(this.#past, call.engine.stats());
  }

  /** Told at each beat of a call; looks once for all that beat at about the same time. */
  sweep() {
    const now = performance.now();
    if (now - this.#swept < BEAT) return;
    this.#swept = now;
    for (const call of this.#live.values()) if (!call.isAlive()) call.doubt();
  }

  sum(what) {
    return this.#alive().reduce((sum, call) => sum + call.count(what), 0);
  }

  changed() {
    for (const call of this.#alive()) call.change();
  }

  cancel() {
    return this.#alive().reduce((sum, call) => sum + call.cancel(), 0);
  }

  tell(sink, what) {
    this.#alive().find((call) => call.sink === sink)?.tell(what);
  }

  stats() {
    const all = structuredClone(this.#past);
    for (const call of this.#live.values()) gather(all, call.engine.stats());
    return Object.assign(all, { inFlight: this.sum(SWITCH_IN_FLIGHT), queued: this.sum(SWITCH_QUEUED) });
  }

  /** When all calls that are under way now are over: nobody else may tell, so it looks, on a timer of whoever asks. */
  async idle() {
    const calls = this.#alive();
    while (calls.some((call) => this.has(call) && call.isAlive())) await new Promise((resolve) => setTimeout(resolve, BEAT / 10));
  }

  #alive() {
    return [...this.#live.values()].filter((call) => call.isAlive());
  }
}

/** A call, from its beginning until the last body that it handed out is read. */
class Call {
  #family;
  #engines = new Map();
  #detached;
  #seen;
  #doubts = 0;
  #timer;
  /** Written by others: a switch was turned, what waits is cancelled, what its sink is to tell. */
  #changed = false;
  #cancelled = false;
  #told = [];

  constructor(family, sink, hosts) {
    this.#family = family;
    this.sink = sink;
    this.hosts = hosts;
    hosts.finalizers = [];
  }

  add(client, engine) {
    this.#engines.set(client, engine);
    this.engine = engine;
  }

  begin() {
    this.#detached = this.sink.detached;
    this.sink.detached = (lost) => this.end(lost);
    this.#family.add(this);
    this.#changed = true;
    this.#beat();
  }

  end(lost, abandoned = false) {
    if (!this.#family.has(this)) return;
    this.#family.remove(this, lost);
    // In its turn it tells the sink, and that this: it is not heard any more.
    if (abandoned) this.engine.abandon();
    clearTimeout(this.#timer);
    for (const engine of this.#engines.values()) engine.free();
    this.#detached();
  }

  doubt() {
    this.#doubts += 1;
    if (this.#doubts >= DOUBTS) this.end(false, true);
  }

  isAlive() {
    return performance.now() - this.#seen < LEASE;
  }

  count(what) {
    return what === SWITCH_QUEUED && this.#cancelled ? 0 : this.engine.turn(what, 0);
  }

  change() {
    this.#changed = true;
    // To start nothing wakes nobody, and so need not wait.
    if (this.#family.paused) this.#stop();
  }

  cancel() {
    const count = this.count(SWITCH_QUEUED);
    this.#cancelled = this.#changed = true;
    this.#stop();
    return count;
  }

  tell(what) {
    this.#told.push(what);
    this.#stop();
  }

  #stop() {
    this.engine.turn(SWITCH_SET_PAUSED, 1);
  }

  #beat() {
    this.#seen = performance.now();
    this.#doubts = 0;
    this.#family.sweep();
    this.#timer = setTimeout(() => this.#family.has(this) && this.#beat(), BEAT);
    for (const end of this.hosts.finalizers.splice(0)) end();
    for (const what of this.#told.splice(0)) this.sink.tell(what);
    if (!this.#changed || !this.#family.has(this)) return;
    this.#changed = false;
    if (this.#cancelled) this.engine.turn(SWITCH_CANCEL_QUEUED, 0);
    this.#cancelled = false;
    [...this.#engines.keys()].at(-1).limit(this.#engines);
    this.engine.turn(SWITCH_SET_PAUSED, this.#family.paused);
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
