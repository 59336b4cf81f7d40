/**
 * A wire carries one attempt at a time: it calls fetch, moves the promises of the host, and keeps what they gave until
 * the next attempt. It decides nothing. One pair of functions serves all its attempts; after an abort they are made
 * anew, so that what comes late finds nobody.
 */

import { cancelBody, decode, excerpt, ignore, join } from './body.js';
import { classify } from './faults.js';
import { bodyKind as kindOfBody } from './plan.js';
import { RequestInfo } from './request.js';
import { listen, unlisten } from './signals.js';

/** What a wire tells the engine. */
const [SETTLED, ABORTED] = [1, 2];
const [HEAD, READ, FAULT] = [1, 2, 3];
/** Kinds of fault; the order is that of `wire.rs`, which adds those of the user's own promises. */
const [HOPELESS, LOST, TRUNCATED, UNPARSABLE] = [0, 1, 2, 3];

/** Of the kinds of body in `plan.js`, the one that is sent once. */
const STREAM = 2;

// Each attempt leaves a listener on its signal until it is collected; never renewing would cost more than always.
const USES_OF_A_CONTROLLER = 64;
const MOST_REDIRECTS = 20;

let followsRedirects = false;
/** Told by the entry of a host that shows where a redirect leads (all but browsers). */
export const showsRedirects = () => {
  followsRedirects = true;
};

export class Wire {
  constructor(notify) {
    this.notify = notify;
    this.controller = undefined;
    this.uses = 0;
    /** Where a request is that we follow ourselves, and the step to be taken by the next `send`. */
    this.route = undefined;
    this.hop = undefined;
    this.prepared = undefined;
    this.watched = undefined;
    this.heard = () => this.notify(ABORTED, 0, 0);
    this.clear();
    this.renew();
  }

  /** Forgets the last attempt. */
  clear() {
    this.status = 0;
    this.amount = 0;
    this.response = undefined;
    this.data = undefined;
    this.error = undefined;
    this.reader = undefined;
    this.chunks = undefined;
    this.hop = undefined;
  }

  renew() {
    const line = (this.line = {});
    const on = (act) => (value) => {
      if (this.line === line) act(value);
      else if (value?.body) cancelBody(value);
    };
    this.onResponse = on((response) => this.headed(response));
    this.onFault = on((error) => this.failed(this.response === undefined ? undefined : TRUNCATED, error));
    this.onBytes = on((buffer) => this.got(buffer));
    this.onData = on((data) => {
      this.data = data;
      this.tell(READ);
    });
  }

  /** A function that settles the wait under way with a number, unless the wire was aborted meanwhile. */
  settler() {
    const { line } = this;
    return (amount) => {
      if (this.line === line) this.tell(READ, amount);
    };
  }

  /** Calls fetch. A 2xx whose type is given by `read` (-1: none) is read on at once. */
  send(info, read, abortable) {
    const { hop } = this;
    this.clear();
    this.read = read;
    try {
      const { plan, request, headers, body, bodyKind, guarded } = RequestInfo.parcel(info);
      const init = plan.extra === undefined ? {} : { ...plan.extra };
      if (abortable) init.signal = this.signal();
      if (hop !== undefined) {
        Object.assign(init, hop.init);
      } else {
        if (info.method !== 'GET' && (request === undefined || typeof request === 'string')) init.method = info.method;
        if (headers !== undefined) init.headers = headers;
        if (bodyKind > 0 && request === undefined) {
          init.body = bodyKind === 3 ? this.prepared : body;
          if (kindOfBody(init.body) === STREAM) init.duplex = 'half';
        }
      }
      this.route = undefined;
      if (guarded && followsRedirects && (init.redirect ?? request?.redirect ?? 'follow') === 'follow') {
        init.redirect = 'manual';
        this.route = hop ?? { url: info.url, method: info.method, headers, body: init.body, crossed: false, init: undefined };
      }
      const fetcher = plan.fetch ?? globalThis.fetch;
      Promise.resolve(fetcher(hop?.url ?? request ?? info.url, init)).then(this.onResponse, this.onFault);
    } catch (error) {
      this.onFault(error);
    }
  }

  headed(response) {
    if (typeof response !== 'object' || response === null || typeof response.status !== 'number') {
      return this.failed(HOPELESS, new TypeError('fetch gave something that is no Response'));
    }
    this.response = response;
    this.status = response.status;
    if (this.read >= 0 && this.status >= 200 && this.status < 300) this.readAll(this.read);
    else this.tell(HEAD);
  }

  /** Reads the body at once. */
  readAll(read) {
    this.read = read;
    try {
      this.response.arrayBuffer().then(this.onBytes, this.onFault);
    } catch (error) {
      this.failed(HOPELESS, error);
    }
  }

  got(buffer) {
    this.amount = buffer.byteLength;
    let data;
    try {
      data = this.read < 0 ? excerpt(buffer, this.response) : decode(this.read, buffer, this.response);
    } catch {
      // The parser's message quotes the body.
      return this.failed(UNPARSABLE, undefined);
    }
    if (typeof data?.then === 'function') {
      const { line } = this;
      data.then(this.onData, () => this.line === line && this.failed(UNPARSABLE, undefined));
    } else {
      this.data = data;
      this.tell(READ);
    }
  }

  /** Reads the next chunk and keeps it; tells its bytes, or -1 at the end. */
  chunk() {
    const { line } = this;
    try {
      this.reader ??= this.response.body?.getReader();
      this.chunks ??= [];
      if (this.reader === undefined) return this.tell(READ, -1);
      this.reader.read().then(({ done, value }) => {
        if (this.line !== line) return;
        if (!done) this.chunks.push(value);
        this.tell(READ, done ? -1 : value.byteLength);
      }, this.onFault);
    } catch (error) {
      this.failed(TRUNCATED, error);
    }
  }

  /** Makes the data of the chunks; of a failure's (`read` is -1), of at most 64 KiB of them. */
  assemble(read) {
    const length = this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    this.read = read;
    this.got(join(this.chunks, read < 0 ? Math.min(length, 65_536) : length));
  }

  /** Cancels what is left of the body. */
  discard() {
    if (this.reader !== undefined) this.reader.cancel().catch(ignore);
    else if (this.response !== undefined) cancelBody(this.response);
  }

  /** Ends the attempt: the host is told, and whatever it still says is not heard. */
  abort() {
    this.renew();
    this.controller?.abort();
    this.controller = undefined;
    if (this.reader !== undefined) this.reader.cancel().catch(ignore);
  }

  /** Tells the engine when the signal of its request aborts. */
  watch(signal) {
    this.watched = signal;
    listen(signal, this.heard);
  }

  unwatch() {
    unlisten(this.watched, this.heard);
  }

  /** It is given up for good: what comes late finds nobody. */
  retire() {
    this.renew();
    this.notify = ignore;
  }

  /** Where a redirect leads: 1 it is followed by the next `send`, 0 it is not ours to follow, -1 it cannot be. */
  redirect(info, hop) {
    const { route, response, status } = this;
    const location = route === undefined ? null : response.headers.get('location');
    if (location === null) return 0;
    const target = URL.canParse(location, route.url) ? new URL(location, route.url) : undefined;
    const next = { ...route, url: target?.href };
    // Fetch standard, HTTP-redirect fetch: a POST becomes a GET by 301 and 302, everything but HEAD by 303.
    if (status === 303 ? !/^(?:GET|HEAD)$/.test(route.method) : status < 303 && route.method === 'POST') {
      next.method = 'GET';
      next.body = undefined;
    }
    this.discard();
    const spent = kindOfBody(next.body) === STREAM;
    // A Location with user info is refused, as fetch does across origins; the host's own message would show it.
    if (hop >= MOST_REDIRECTS || spent || !/^https?:$/.test(target?.protocol) || target.username || target.password) {
      this.error = new TypeError(hop >= MOST_REDIRECTS ? 'redirect count exceeded' : 'the redirect cannot be followed');
      return -1;
    }
    next.crossed ||= target.origin !== new URL(route.url).origin;
    const dropped = next.body === undefined ? ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'] : [];
    if (next.crossed) dropped.push('authorization', 'cookie', 'proxy-authorization');
    next.headers = { ...(next.crossed ? RequestInfo.parcel(info).plan.headersFor(false) : route.headers) };
    dropped.forEach((name) => delete next.headers[name]);
    next.init = { method: next.method, headers: next.headers, ...(next.body !== undefined && { body: next.body }) };
    this.hop = next;
    return 1;
  }

  header(name) {
    return this.response.headers?.get?.(name) ?? undefined;
  }

  signal() {
    this.uses += 1;
    if (this.controller === undefined || this.uses > USES_OF_A_CONTROLLER) {
      this.controller = new AbortController();
      this.uses = 1;
    }
    return this.controller.signal;
  }

  /** Waits for a promise of the user's code. */
  wait(promise, kind) {
    const { line } = this;
    promise.then(
      (value) => {
        if (this.line !== line) return;
        this.prepared = value;
        this.tell(READ, typeof value === 'boolean' ? Number(value) : -1);
      },
      (error) => this.line === line && this.failed(kind, error),
    );
  }

  failed(kind, error) {
    this.error = error;
    this.controller = undefined;
    const known = kind ?? classify(error);
    this.tell(FAULT, kind === undefined ? (known === 1 ? LOST : HOPELESS) : known);
  }

  tell(kind, amount = this.amount) {
    this.notify(SETTLED, kind, amount);
  }
}
