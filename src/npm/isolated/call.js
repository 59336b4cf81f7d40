/** A call with an engine of its own, from its beginning until the last body that it handed out is read. */

import { SWITCH_CANCEL_QUEUED, SWITCH_QUEUED, SWITCH_SET_PAUSED } from '../../js/protocol.js';

/** Milliseconds between two beats. */
export const BEAT = 100;
/** Milliseconds from the last beat until a call counts as ended. */
const LEASE = 3000;
/** Doubts of other calls before a call is cleared away: had something halted them all, its own beat would come between. */
const DOUBTS = 10;

export class Call {
  #family;
  #engines = new Map();
  #detached;
  #seen;
  #doubts = 0;
  #timer;
  /** Written by other calls: a switch was turned, waiting requests are cancelled, news for the sink. */
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
