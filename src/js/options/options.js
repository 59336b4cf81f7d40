/** Options as users write them, layer over layer: of a client, of a call, of one request. `table.js` says what each may be. */

import { wrongOption } from '../output/errors.js';
import { NO_HOOKS, RequestTemplate } from './template.js';
import { Hosts } from '../input/hosts.js';
import {
  CALL, CLIENT, EACH, REQUEST, SPEC, UNREAD, isRecord, isUnread, read,
} from './table.js';
import { CONCURRENCY, DEFAULT_CONCURRENCY, OPTION_NUMBERS, PRIORITY, RESPONSE_TYPE, RESPONSE_TYPES, STATUSES_RETRIED } from '../protocol.js';

let few = NaN;

/** Told by the entry of a host that has few connections to give: Cloudflare Workers has 6 for an invocation. */
export const setDefaultConcurrency = (count) => {
  few = count;
};

/** Tables of each level, in the order in which names are suggested. */
const LEVELS = {
  client: [REQUEST, CALL, CLIENT],
  call: [REQUEST, CALL],
  each: [REQUEST, CALL, EACH],
  one: [REQUEST],
  raw: [REQUEST],
  request: [REQUEST, SPEC],
};

/** Options of all layers so far; never changed once made. */
export class Options {
  /** Returns options without any given, so that the engine's defaults hold. `fetch` is used unless another is given. */
  static base(fetch) {
    const base = new Options();
    base.level = undefined;
    /** By the places of `OPTION_NUMBERS`; NaN where nobody said anything. */
    base.numbers = new Float64Array(OPTION_NUMBERS.length).fill(NaN).fill(few, CONCURRENCY, CONCURRENCY + 1);
    base.methods = base.statusCodes = base.afterStatusCodes = undefined;
    /** Functions that are asked in place of a number. */
    base.functions = { throwHttpErrors: undefined, shouldRetry: undefined, delay: undefined, jitter: undefined };
    /** Signals of clients and calls, which all end the call; and a request's own. */
    base.signals = [];
    base.signal = undefined;
    base.template = new RequestTemplate(new Hosts()).seal();
    base.template.fetch = fetch;
    base.hooks = NO_HOOKS;
    base.onProgress = base.progressInterval = base.schema = undefined;
    base.dedupe = base.ordered = base.each = false;
    /** Options given to this layer, read once; without a prototype. */
    base.given = undefined;
    return base;
  }

  /**
   * Returns these with the options given at a level over them: 'client', 'call', 'each' (a call whose results are taken singly),
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
    if (this.level !== undefined) next.numbers.fill(NaN, CONCURRENCY)[CONCURRENCY] = Infinity;
    if (given === undefined) return next.checked();
    if (!isRecord(given)) throw wrongOption('options', given, 'an object');
    next.functions = { ...this.functions };
    next.given = read(next, given, '', LEVELS[level]);
    next.template = this.template.with(next.given, level === 'one' || level === 'raw' || level === 'request');
    next.template.hooks = next.hooks;
    next.template.schema = next.schema;
    next.template.dedupe = next.dedupe;
    next.template.said = next;
    return next.checked();
  }

  /** Refuses an option that a client may have, and not this call. */
  checked() {
    const type = this.numbers[RESPONSE_TYPE];
    if (!this.each && isUnread(type)) throw wrongOption('responseType', RESPONSE_TYPES[type], UNREAD);
    return this;
  }

  /** Returns a copy for a call that shares no waiting with any other: no numbers of hosts, no question under way. */
  isolated(hosts = new Hosts()) {
    const { template } = this;
    const own = Object.assign(new RequestTemplate(hosts), template, { hosts, authCache: template.authCache?.isolated() });
    return Object.assign(new Options(), this, { template: own.seal() });
  }

  /** Most in flight by this layer's word, the outermost one's by default; undefined where that is another's to say. */
  get concurrency() {
    const own = this.numbers[CONCURRENCY];
    return Number.isNaN(own) ? DEFAULT_CONCURRENCY : this.outermost || own < Infinity ? own : undefined;
  }

  /** Options by which the same response becomes another result. */
  get manner() {
    return [[...this.numbers.subarray(RESPONSE_TYPE, PRIORITY)], this.functions.throwHttpErrors];
  }

  /** True if `shouldRetry` is given. */
  get asksShouldRetry() {
    return this.functions.shouldRetry !== undefined;
  }

  /** The number at a place of `OPTION_NUMBERS`. */
  number(place) {
    return this.numbers[place];
  }

  /** The status at a place of one of the two lists: 0 behind its end, -1 where nobody gave it. */
  status(which, place) {
    const list = which === STATUSES_RETRIED ? this.statusCodes : this.afterStatusCodes;
    return list === undefined ? -1 : list[place] ?? 0;
  }

  get hosts() {
    return this.template.hosts;
  }

  get progresses() {
    return this.onProgress !== undefined && (this.level === 'call' || this.level === 'each');
  }

  /** True if a signal may end the call. */
  get signalled() {
    return this.signals.length > 0;
  }
}
