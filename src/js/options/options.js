/** Options as users write them, layer over layer: of a client, of a call, of one request. `table.js` says what each may be. */

import { wrongOption } from '../output/errors.js';
import { NO_HOOKS, Plan } from './template.js';
import { Hosts } from '../input/source.js';
import {
  CALL, CLIENT, EACH, NUMBERS, OF_A_LAYER, OF_A_RESULT, REQUEST, RESPONSE_TYPES, SPEC, UNREAD, isRecord, isUnread, read,
} from './table.js';

/** The engine's default (`core/limits.rs`), for who asks before it is there. */
const DEFAULT_CONCURRENCY = 32;

let few = NaN;

/** Told by the entry of a host that has few connections to give: Cloudflare Workers has 6 for an invocation. */
export const setDefaultConcurrency = (count) => {
  few = count;
};

/** What may be said where; in this order names are suggested. */
const LEVELS = {
  client: [REQUEST, CALL, CLIENT],
  call: [REQUEST, CALL],
  each: [REQUEST, CALL, EACH],
  one: [REQUEST],
  raw: [REQUEST],
  request: [REQUEST, SPEC],
};

/** What all layers so far say together; never changed once it is made. */
export class Options {
  /** Nothing is said: the defaults hold, which the engine has. `fetch` is used where nobody gives another. */
  static base(fetch) {
    const base = new Options();
    base.level = undefined;
    /** By the places of `NUMBERS`; NaN where nobody said anything. */
    base.numbers = new Float64Array(NUMBERS.length).fill(NaN).fill(few, OF_A_LAYER, OF_A_LAYER + 1);
    base.methods = base.statusCodes = base.afterStatusCodes = undefined;
    /** Functions that are asked in place of a number. */
    base.asks = { throwHttpErrors: undefined, shouldRetry: undefined, delay: undefined, jitter: undefined };
    /** Those of clients and calls, which all end the call; and a request's own. */
    base.signals = [];
    base.signal = undefined;
    base.plan = new Plan(new Hosts()).seal();
    base.plan.fetch = fetch;
    base.hooks = NO_HOOKS;
    base.onProgress = base.progressInterval = base.schema = undefined;
    base.dedupe = base.ordered = base.each = false;
    /** What this layer was given, read once; without a prototype. */
    base.given = undefined;
    return base;
  }

  /**
   * These, and over them what is said at a level: 'client', 'call', 'each' (a call whose results are taken singly),
   * 'one' (the options of a call for one request), 'raw' (of one whose response is handed out) or 'request' (a request
   * among many).
   * Throws an `OptionError`, or what a getter threw.
   */
  over(given, level) {
    const next = Object.assign(new Options(), this);
    next.level = level;
    next.outermost = this.level === undefined;
    next.each = level === 'request' ? this.each : level !== 'call';
    next.numbers = this.numbers.slice();
    // Limits of a layer hold beside those around it, and not in their place; the defaults are those of the outermost.
    if (this.level !== undefined) next.numbers.fill(NaN, OF_A_LAYER)[OF_A_LAYER] = Infinity;
    if (given === undefined) return next.checked();
    if (!isRecord(given)) throw wrongOption('options', given, 'an object');
    next.asks = { ...this.asks };
    next.given = read(next, given, '', LEVELS[level]);
    next.plan = this.plan.with(next.given, level === 'one' || level === 'raw' || level === 'request');
    next.plan.hooks = next.hooks;
    next.plan.schema = next.schema;
    next.plan.dedupe = next.dedupe;
    next.plan.said = next;
    return next.checked();
  }

  /** What a client may say and not each of its calls can do. */
  checked() {
    const place = OF_A_RESULT[0];
    if (!this.each && isUnread(this.numbers[place])) throw wrongOption('responseType', RESPONSE_TYPES[this.numbers[place]], UNREAD);
    return this;
  }

  /** These for a call that shares no waiting with any other: no numbers of hosts, no question under way. */
  apart(hosts = new Hosts()) {
    const { plan } = this;
    const own = Object.assign(new Plan(hosts), plan, { hosts, keyring: plan.keyring?.apart() });
    return Object.assign(new Options(), this, { plan: own.seal() });
  }

  /** Most in flight by this layer's word, the outermost one's by default; undefined where that is another's to say. */
  get concurrency() {
    const own = this.numbers[OF_A_LAYER];
    return Number.isNaN(own) ? DEFAULT_CONCURRENCY : this.outermost || own < Infinity ? own : undefined;
  }

  /** What makes another result of the same response. */
  get manner() {
    return [[...this.numbers.subarray(...OF_A_RESULT)], this.asks.throwHttpErrors];
  }

  /** Whether the user is asked about retries. */
  get consults() {
    return this.asks.shouldRetry !== undefined;
  }

  /** The number at a place of `NUMBERS`. */
  number(place) {
    return this.numbers[place];
  }

  /** The status at a place of one of the two lists: 0 behind its end, -1 where nobody gave it. */
  status(after, place) {
    const list = after ? this.afterStatusCodes : this.statusCodes;
    return list === undefined ? -1 : list[place] ?? 0;
  }

  get hosts() {
    return this.plan.hosts;
  }

  get progresses() {
    return this.onProgress !== undefined && (this.level === 'call' || this.level === 'each');
  }

  /** Whether a signal may end the call. */
  get signalled() {
    return this.signals.length > 0;
  }
}
