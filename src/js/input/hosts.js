/** Hosts and identical requests by number: no text goes into the wasm. */

import { signature } from '../options/signature.js';
import { RequestInfo } from './request-info.js';

const SLASH = 47;
/** Begins no address. */
const NOWHERE = '\n';

/** The hosts of one scope by number. The parser's own spelling of an origin finds its number without parsing again. */
export class Hosts {
  constructor() {
    this.clear();
  }

  /** Forgets all: an engine begins to count. */
  clear() {
    this.ids = new Map();
    this.origins = [];
    this.free = [];
    /** The one asked for last: inputs come host by host, or from one host alone, more often than not. */
    this.last = NOWHERE;
    this.lastId = 0;
    /** Identical requests by number, see {@link keyOf}. */
    this.keys = new Map();
    this.texts = [];
    this.freeKeys = [];
    /** Ends of lost bodies, for an isolated call to run by itself; undefined elsewhere. */
    this.finalizers = undefined;
  }

  /** A number by which all scopes know the host: 53 bits of its origin's hash, since no text goes into the wasm. */
  name(id) {
    let [low, high] = [0, 1];
    for (const letter of this.origins[id]) {
      low = Math.imul(low ^ letter.charCodeAt(0), 2_654_435_761);
      high = Math.imul(high ^ letter.charCodeAt(0), 1_597_334_677);
    }
    return (high >>> 11) * 2 ** 32 + (low >>> 0);
  }

  /** Returns the number of a known host for a URL that begins with its origin and a slash, else undefined. */
  find(url) {
    if (url.startsWith(this.last) && url.charCodeAt(this.last.length) === SLASH) return this.lastId;
    const slash = url.indexOf('/', 8);
    if (slash < 0) return undefined;
    const origin = url.slice(0, slash);
    const id = this.ids.get(origin);
    if (id !== undefined) {
      this.last = origin;
      this.lastId = id;
    }
    return id;
  }

  intern(origin) {
    let id = this.ids.get(origin);
    if (id === undefined) {
      id = this.free.pop() ?? this.origins.length;
      this.origins[id] = origin;
      this.ids.set(origin, id);
    }
    return id;
  }

  /** The number of a request among those that are under way; the same for one that is identical, -1 where nobody can tell. */
  keyOf({ info }) {
    const { template, headers } = RequestInfo.sendOptions(info);
    let text;
    try {
      text = `${info.method} ${info.url.split('#', 1)}\n${JSON.stringify(headers)}\n${signature(template)}`;
    } catch {
      // JSON cannot say what an option holds.
      return -1;
    }
    let key = this.keys.get(text);
    if (key === undefined) {
      key = this.freeKeys.pop() ?? this.texts.length;
      this.texts[key] = text;
      this.keys.set(text, key);
    }
    return key;
  }

  /** Forgets a number whose requests are all over. */
  forgetKey(key) {
    this.keys.delete(this.texts[key]);
    this.texts[key] = undefined;
    this.freeKeys.push(key);
  }

  forget(id) {
    if (this.lastId === id) this.last = NOWHERE;
    this.ids.delete(this.origins[id]);
    this.free.push(id);
  }
}
