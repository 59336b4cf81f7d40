/** Clients that share their calls: one, and those derived from it. */

import { makeStats } from './fanfetch.js';
import { BEAT } from './call.js';
import { gather } from './totals.js';
import { SWITCH_IN_FLIGHT, SWITCH_QUEUED } from '../../js/protocol.js';

export class Family {
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

  /** Called at each beat of a call; looks for ended calls once for all that beat at about the same time. */
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

  /** Resolves when all calls that are under way now are over: it polls, since no call may wake the one that asks. */
  async idle() {
    const calls = this.#alive();
    while (calls.some((call) => this.has(call) && call.isAlive())) await new Promise((resolve) => setTimeout(resolve, BEAT / 10));
  }

  #alive() {
    return [...this.#live.values()].filter((call) => call.isAlive());
  }
}
