/**
 * A wire carries one request, and of it one attempt at a time: it calls fetch, moves the promises of the host, keeps what
 * they gave until the next attempt, and makes the result. It decides nothing. One pair of functions serves all its
 * attempts; after an abort they are made anew, so that what comes late finds nobody.
 */

import { cancelBody, cancelReader, decode, excerpt, ignore, join } from './body.js';
import { isInternal } from './errors.js';
import { classify } from './faults.js';
import { HOOK, SCHEMA, announce, prepare, remind, review, step, validate } from './hooks.js';
import { STREAM, bodyKind as kindOfBody } from './plan.js';
import { next } from './redirect.js';
import { RequestInfo } from './request.js';
import { AFAR, SHORT, handOut, isResponse, likeness } from './response.js';
import { BODY, failed, failure, record, retryContext, success } from './result.js';
import { listen, unlisten } from './signals.js';
import { wait, waitNoMore } from './trap.js';
import { wish } from './wish.js';

/** What a wire tells the engine. */
const SETTLED = 1, ABORTED = 2;
const HEAD = 1, READ = 2, FAULT = 3;
/** Kinds of fault; the order is that of `wire.rs`. Those of the user's code are in `hooks.js`. */
const HOPELESS = 0, LOST = 1, TRUNCATED = 2, UNPARSABLE = 3;

/** Of the ways to read a body, those that hand it out unread; the order is that of `ReadAs`. */
const AS_STREAM = 7, AS_RESPONSE = 8;

// Each attempt leaves a listener on its signal until it is collected; never renewing would cost more than always.
const USES_OF_A_CONTROLLER = 64;

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
    /** What it carries: what a result says of the request, the functions that it asks, and its own signal. */
    this.info = this.asks = this.own = undefined;
    /** Where a request is that we follow ourselves, and the step to be taken by the next `send`. */
    this.route = undefined;
    this.hop = undefined;
    /** What hooks and the like made of the attempt that is sent next, or was sent last. */
    this.parcel = undefined;
    /** The authorization that came in the place of one that was refused. */
    this.renewed = undefined;
    /** What will be said of the request: its attempts, the error that they came to. */
    this.attempts = this.failure = undefined;
    this.handed = undefined;
    this.told = undefined;
    this.watched = undefined;
    this.limited = false;
    this.heard = () => this.notify(ABORTED, 0, 0);
    this.clear();
    this.renew();
    wait(this);
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
    this.issues = undefined;
    this.hop = undefined;
  }

  /** Nobody has it for now: it forgets the request, too. */
  vacate() {
    this.clear();
    this.info = this.asks = this.own = this.parcel = this.renewed = this.failure = undefined;
  }

  renew() {
    const line = (this.line = {});
    const on = (act) => (value) => {
      if (this.line !== line) return value?.body && cancelBody(value);
      try {
        act(value);
      } catch (error) {
        // What stands in for a response, or for an error, may throw whatever is asked of it.
        this.failed(HOPELESS, error);
      }
    };
    this.onResponse = on((response) => this.headed(response));
    this.onFault = on((error) => this.failed(this.response === undefined || isInternal(error) ? undefined : TRUNCATED, error));
    this.onBytes = on((buffer) => this.got(buffer));
    this.onChunk = on(({ done, value }) => {
      const bytes = done ? -1 : value.byteLength;
      if (!done) this.chunks.push(value);
      this.tell(READ, bytes);
    });
    this.onData = on((data) => {
      this.data = data;
      this.tell(READ);
    });
  }

  /** Takes up what was pulled from a source; gives its place. */
  take({ info, asks, signal }, place) {
    this.info = info;
    this.asks = asks;
    this.own = signal;
    this.parcel = this.renewed = undefined;
    return place;
  }

  /** A function that takes up what was pulled and settles the wait for it, unless the wire was aborted meanwhile. */
  taker(source) {
    const { line } = this;
    return (place) => {
      if (this.line === line) this.tell(READ, this.take(source, place));
    };
  }

  /** Carries what another does, for both. */
  follow({ info, asks }) {
    this.take({ info, asks }, 0);
  }

  /** Calls fetch. A 2xx whose type is given by `read` (-1: none) is read on at once. */
  send(read, abortable) {
    const { info, hop } = this;
    this.clear();
    this.read = read;
    this.route = undefined;
    try {
      const own = RequestInfo.parcel(info);
      const { plan } = own;
      const parcel = this.parcel ?? own;
      if (parcel.response !== undefined) return this.headed(parcel.response);
      const init = plan.extra === undefined ? {} : { ...plan.extra };
      if (abortable > 0) init.signal = this.signal();
      const target = own.isPlain && parcel === own ? info.url : this.dress(init, info, own, parcel, hop);
      const fetcher = plan.fetch ?? globalThis.fetch;
      // Whoever reads bodies where it fetches them goes on to that by itself.
      if (fetcher[AFAR]) init.readAs = read;
      Promise.resolve(fetcher(target, init)).then(this.onResponse, this.onFault);
    } catch (error) {
      this.onFault(error);
    }
  }

  /** Puts into `init` what makes a request more than an address, and gives what to call fetch with. */
  dress(init, info, { guarded, bodyKind }, { request, headers, body, replaced }, hop) {
    if (hop !== undefined) {
      Object.assign(init, hop.init);
    } else {
      if (info.method !== 'GET' && (request === undefined || typeof request === 'string')) init.method = info.method;
      if (headers !== undefined) init.headers = headers;
      if (bodyKind > 0 && request === undefined) {
        init.body = body;
        if (kindOfBody(body) === STREAM) init.duplex = 'half';
      }
    }
    const target = replaced ?? request;
    const whole = typeof target === 'object' ? target : undefined;
    if (guarded && followsRedirects && (init.redirect ?? target?.redirect ?? 'follow') === 'follow') {
      init.redirect = 'manual';
      this.route = hop ?? {
        url: whole?.url ?? info.url, method: whole?.method ?? info.method, headers, body: whole?.body ?? init.body, crossed: false, init: undefined,
      };
    }
    if (replaced !== undefined && hop === undefined) {
      for (const name of ['method', 'headers', 'body', 'duplex']) delete init[name];
    }
    return hop?.url ?? target ?? info.url;
  }

  headed(response) {
    if (!isResponse(response)) {
      return this.failed(HOPELESS, new TypeError('fetch gave something that is no Response'));
    }
    // Followed by us, step by step.
    if (this.route?.init !== undefined) Object.defineProperty(response, 'redirected', { value: true, configurable: true });
    this.response = response;
    this.status = response.status;
    if (this.read >= 0 && this.status >= 200 && this.status < 300) this.readAll(this.read);
    else this.tell(HEAD);
  }

  /** Who can read the body where it is: the response itself need not be asked for it. */
  get afar() {
    const afar = this.response[AFAR];
    return afar?.holds(this.response) ? afar : undefined;
  }

  /** Reads the body at once. */
  readAll(read) {
    this.read = read;
    try {
      (this.afar?.read(read) ?? this.response.arrayBuffer()).then(this.onBytes, this.onFault);
    } catch (error) {
      this.failed(HOPELESS, error);
    }
  }

  got(buffer) {
    this.amount = buffer.byteLength;
    let data;
    try {
      data = this.made(buffer);
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

  made(buffer) {
    const { read, response } = this;
    if (buffer.decoded) return buffer.decoded();
    if (read < 0) return excerpt(buffer, response);
    // Read while its request was still judged: handed out all the same.
    if (read === AS_STREAM) return new Response(buffer).body;
    if (read === AS_RESPONSE) return likeness(response, buffer);
    return decode(read, buffer, response);
  }

  /** Reads the next chunk and keeps it; tells its bytes, or -1 at the end. */
  chunk() {
    try {
      this.reader ??= this.afar?.reader() ?? this.response.body?.getReader();
      this.chunks ??= [];
      if (this.reader === undefined) return this.tell(READ, -1);
      this.reader.read().then(this.onChunk, this.onFault);
    } catch (error) {
      this.failed(TRUNCATED, error);
    }
  }

  /** Makes the data of the chunks; of a failure's (`read` is -1), of at most 64 KiB of them. */
  assemble(read) {
    const length = this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const most = read < 0 ? Math.min(length, 65_536) : length;
    this.read = read;
    if (this.reader?.joined) this.reader.joined(read, most).then(this.onBytes, this.onFault);
    else this.got(join(this.chunks, most));
  }

  /** Cancels what is left of the body. */
  discard() {
    if (this.reader !== undefined) cancelReader(this.reader);
    else if (this.response !== undefined) cancelBody(this.response);
  }

  /** Ends the attempt: the host is told, and whatever it still says is not heard. */
  abort() {
    this.renew();
    try {
      this.controller?.abort();
    } catch {
      // Of an invocation that has ended (Cloudflare Workers): there is nothing left to abort.
    }
    this.controller = undefined;
    if (this.reader !== undefined) cancelReader(this.reader);
  }

  /** Tells the engine when the signal of its request aborts. */
  watch() {
    this.watched = this.own;
    listen(this.watched, this.heard);
  }

  unwatch() {
    unlisten(this.watched, this.heard);
    this.watched = undefined;
  }

  /** It is given up for good: what comes late finds nobody. */
  retire() {
    this.renew();
    this.notify = ignore;
    waitNoMore(this);
  }

  /** The wasm trapped: what is under way ends, a body that was handed out with `error`. */
  lose(error) {
    this.retire();
    this.breakOff(error);
    this.discard();
    this.unwatch();
    // Frames of the wasm may still be on the stack, below a function of the user's: over this they can begin nothing more.
    Object.setPrototypeOf(this, null);
  }

  /** Where a redirect leads: 1 it is followed by the next `send`, 0 it is not ours to follow, -1 it cannot be. */
  redirect(hop) {
    const { route, response } = this;
    const location = route === undefined ? null : response.headers?.get?.('location') ?? null;
    if (location === null) return 0;
    this.discard();
    try {
      this.hop = next(route, this.status, location, hop, RequestInfo.parcel(this.info));
      return 1;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }

  /** Milliseconds after which the server asks to be asked again, -1 where it does not; `limited` then says by which header. */
  wish() {
    const said = wish((name) => this.response.headers?.get?.(name), Date.now());
    this.limited = said?.limited === true;
    return said?.after ?? -1;
  }

  signal() {
    this.uses += 1;
    if (this.controller === undefined || this.uses > USES_OF_A_CONTROLLER) {
      this.controller = new AbortController();
      this.uses = 1;
    }
    return this.controller.signal;
  }

  /** Makes attempt `number` ready. */
  prepare(number) {
    const { info, renewed } = this;
    this.parcel = this.renewed = undefined;
    this.wait(prepare(info, number, renewed), (parcel) => {
      this.parcel = parcel;
    });
  }

  /** Lets hooks see the response of attempt `number`, and put another in its place. */
  review(number) {
    this.wait(review(this.info, this.parcel.shown, this.response, number), (response) => {
      this.response = response;
      this.status = response.status;
    });
  }

  /** Gets another authorization in place of the one that was sent. */
  reauthorize() {
    const { authorization } = this.parcel;
    this.wait(step(HOOK, () => RequestInfo.parcel(this.info).plan.keyring.renew(authorization)), (value) => {
      this.renewed = value;
    });
  }

  /** Holds the data against the schema. */
  validate() {
    this.wait(validate(this.info, this.data), (data) => {
      this.data = data;
    });
  }

  /** Tells hooks of the retry that follows attempt `number` after `delay`. */
  remind(number, delay) {
    this.wait(remind(this.info, retryContext(this, number, delay)), ignore);
  }

  /**
   * What a function of the user's makes of a number: NaN where there is none, -1 where it threw. What is no delay is none
   * (a NaN must neither storm nor stall).
   */
  ask(which, about) {
    const { asks } = this;
    const ask = [asks.delay, asks.jitter, asks.throwHttpErrors][which];
    if (ask === undefined) return NaN;
    try {
      const said = ask(about);
      if (which > 1) return said ? 1 : 0;
      return typeof said === 'number' && said >= 0 ? said : 0;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }

  /** Asks the user about a retry: 1 is yes, 0 no, -1 what else he says. */
  consult(number, delay) {
    const { shouldRetry } = this.asks;
    const context = retryContext(this, number, delay);
    this.wait(step(HOOK, () => shouldRetry(context)), (said) => (typeof said === 'boolean' ? Number(said) : -1));
  }

  /**
   * Hands the body out unread; false where there is none. With `watched` each chunk is told, else only the end; `most` and
   * `expected` bytes (-1: any) are held against what comes.
   */
  handOut(read, watched, most, expected) {
    const { info, response, line } = this;
    // A stand-in for a body, or one that is read already, goes on as it is.
    if (typeof response.body?.getReader !== 'function' || response.body.locked) {
      this.data = read === AS_STREAM ? response.body ?? new Response('').body : response;
      return false;
    }
    const told = (bytes) => {
      if (this.line === line && (watched > 0 || bytes < 0)) this.tell(READ, bytes);
    };
    const wrong = (fault) => failed(info, { status: response.status }, 1, BODY, fault, 0, fault === SHORT);
    const { stream, handed } = handOut(response.body, told, most, expected, wrong, RequestInfo.parcel(info).plan.hosts.orphans);
    this.handed = handed;
    if (read === AS_STREAM) this.data = stream;
    else this.data = this.response = likeness(response, stream);
    return true;
  }

  /** Ends a body that was handed out, for whoever reads it: with what was thrown, or else the failure. */
  breakOff(thrown) {
    this.handed?.deref()?.breakOff(this.watched?.aborted ? this.watched.reason : thrown === undefined ? this.failure : thrown);
    this.abort();
  }

  /** Tells of one attempt; `kind` is -1 for a success, `delayedBy` for no wait after it. */
  record(startedAt, duration, status, kind, detail, delay, delayedBy) {
    const attempt = record(startedAt, duration, status, kind, detail, delay, delayedBy);
    // A list that begins empty is given room for seventeen.
    if (this.attempts === undefined) this.attempts = [attempt];
    else this.attempts.push(attempt);
  }

  /** Makes the error of a failure after so many attempts; see `failed`. */
  fail(attempts, kind, detail, limit, retryable) {
    this.failure = failed(this.info, this, attempts, kind, detail, limit, retryable > 0);
  }

  /** The result, of the attempts and the failure that were told, and of what the last attempt left, which it forgets. */
  result(ok, index, queued, waited, total, bytes) {
    const timings = { queued, waited, total };
    const result = ok > 0 ? success(index, this, timings, bytes) : failure(index, this, timings);
    this.attempts = this.failure = undefined;
    // Of a body that was handed out the end is still to come.
    if (ok > 0) this.response = this.data = undefined;
    else this.clear();
    return result;
  }

  /** Tells hooks of the result; see `announced`. */
  announce(result) {
    this.told = result;
    this.wait(announce(this.info, result), (told) => {
      this.told = told;
    });
  }

  announced() {
    const { told } = this;
    this.told = undefined;
    return told;
  }

  /** Takes what another wire has. */
  copy({ status, response, data, error, issues }) {
    Object.assign(this, { status, response, data, error, issues });
  }

  /** Waits for the user's code; what `keep` makes of its answer is told, where that is a number. */
  wait(promise, keep) {
    const { line } = this;
    promise.then(
      (value) => {
        if (this.line === line) this.tell(READ, keep(value) ?? -1);
      },
      ({ kind, error }) => {
        if (this.line !== line) return;
        if (kind === SCHEMA) this.issues = error;
        this.failed(kind, kind === SCHEMA ? undefined : error);
      },
    );
  }

  failed(kind, error) {
    this.error = error;
    // The host's own word ends the fetch; the user's does not.
    if (!(kind >= HOOK)) this.controller = undefined;
    const known = kind ?? classify(error);
    this.tell(FAULT, kind === undefined ? (known === 1 ? LOST : HOPELESS) : known);
  }

  tell(kind, amount = this.amount) {
    this.notify(SETTLED, kind, amount);
  }
}
