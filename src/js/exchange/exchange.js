/**
 * An exchange carries one request after the other, and of each one attempt at a time: it keeps what the host and the user's code
 * gave until the next attempt, and makes the result.
 */

import { breathe } from '../runtime/breath.js';
import { Callbacks } from './callbacks.js';
import { handOut } from './handed-out.js';
import { next } from './redirect.js';
import { RequestInfo } from '../input/request-info.js';
import { hasNoBody, headerOf, isBody, withBody } from './response.js';
import { failed, failure, record, success } from '../output/result.js';
import { today } from '../runtime/clock.js';
import { listen, reasonOf, unlisten } from '../runtime/signals.js';
import { wait, waitNoMore } from '../runtime/trap.js';
import { retryAfter } from './retry-after.js';
import { BODY_SHORT, BODY_TRUNCATED, FAILURE_BODY, READ_STREAM } from '../protocol.js';

export class Exchange extends Callbacks {
  /** Number of the task that it belongs to. */
  id;
  /** The signal of its request, and the call that it belongs to. */
  ownSignal;
  call;
  /** Attempts of the request, for its result. */
  attempts;
  /** True if a rate-limit header told the wait, and not `Retry-After`. */
  limited = false;
  #watched;
  #heard = () => this.interrupt();
  /** A body that was handed out, and what is to be told of the reading of it. */
  #handed;
  #reading;

  constructor(notify, id) {
    super(notify);
    this.id = id;
    this.begin();
    wait(this);
  }

  /** Takes up what was pulled from a source; gives its place. */
  take({ info, functions, signal, call }, place) {
    this.info = info;
    this.functions = functions;
    this.ownSignal = signal;
    this.call = call;
    this.context = call.context;
    this.prepared = this.refreshedAuth = this.hop = undefined;
    return place;
  }

  /** Carries what another does, for both. */
  follow({ info, functions, call }) {
    this.take({ info, functions, call, signal: undefined }, 0);
  }

  /** Takes what another exchange has. */
  copy({ status, statusText, headers, url, redirected, response, data, error, issues }) {
    Object.assign(this, { status, statusText, headers, url, redirected, response, data, error, issues });
  }

  /** Makes the exchange ready for another task: it forgets the request. */
  vacate() {
    this.close();
    this.clear();
    this.info = this.functions = this.ownSignal = this.call = this.context = this.prepared = this.refreshedAuth = this.failure = undefined;
    this.#handed = this.#reading = undefined;
  }

  /** Tells the engine when the signal of its request aborts; 0 where it cannot be listened to. */
  watch() {
    try {
      listen(this.ownSignal, this.#heard);
      this.#watched = this.ownSignal;
      return 1;
    } catch (error) {
      this.error = error;
      return 0;
    }
  }

  unwatch() {
    unlisten(this.#watched, this.#heard);
    this.#watched = undefined;
  }

  /** Gives the exchange up for good. */
  retire() {
    this.close();
    this.silence();
    waitNoMore(this);
  }

  /** The wasm trapped: what is under way ends, a body that was handed out with `error`. */
  onTrap(error) {
    this.breakOff(error);
    this.discard();
    this.unwatch();
    this.retire();
    // Frames of the wasm may still be on the stack, below a function of the user's: over this they can begin nothing more.
    Object.setPrototypeOf(this, null);
  }

  /** Answers in another turn of the event loop: timers and aborts have theirs in between. */
  breathe() {
    const question = this.open();
    breathe(() => this.hears(question) && this.say(0));
  }

  /** Prepares the next step of a redirect. Returns 1 if the next `send` follows it, 0 if it is the host's to follow, -1 if it cannot be followed. */
  redirect(hop) {
    const { route } = this;
    const location = route === undefined ? undefined : headerOf(this.headers, 'location');
    if (location === undefined) return 0;
    this.discard();
    try {
      this.hop = next(route, this.status, location, hop, RequestInfo.sendOptions(this.info));
      return 1;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }

  /** Milliseconds after which the server asks to be asked again, -1 where it does not; `limited` then says by which header. */
  retryAfter() {
    const said = retryAfter((name) => headerOf(this.headers, name), today());
    this.limited = said?.limited === true;
    return said?.after ?? -1;
  }

  /**
   * Hands the body out unread: 1, or 0 where there is none, -1 where it cannot be. With `watched` each chunk is told, else
   * only the end; `most` and `expected` bytes (-1: any) are held against what comes.
   */
  handOut(read, watched, most, expected) {
    const { info, response, status } = this;
    try {
      const { body } = response;
      if (!isBody(body)) throw new TypeError('the body is no stream');
      // Chromium gives a 304 a body, and a mock any status.
      if (hasNoBody(status) && body) {
        this.discard();
        this.data = read === READ_STREAM ? new Response('').body : withBody(response, null);
        return 0;
      }
      // A stand-in for a body, or one that is read already, goes on as it is.
      if (typeof body?.getReader !== 'function' || body.locked) {
        this.data = read === READ_STREAM ? body ?? new Response('').body : response;
        return 0;
      }
      const reading = (this.#reading = { isOver: false, isFresh: false, isWaited: false });
      const told = (bytes) => {
        if (bytes < 0) reading.isOver = true;
        else if (watched > 0) reading.isFresh = true;
        if (reading === this.#reading) this.#read();
      };
      const wrong = (fault, cause) => failed(info, { status, error: cause }, 1, FAILURE_BODY, fault, 0, fault === BODY_SHORT || fault === BODY_TRUNCATED);
      const { stream, handed } = handOut(body, told, most, expected, wrong, RequestInfo.sendOptions(info).template.hosts.finalizers);
      this.#handed = handed;
      this.data = read === READ_STREAM ? stream : (this.response = withBody(response, stream));
      return 1;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }

  /** Waits for the next sign of a body that was handed out; answers with -1 when it is over. */
  linger() {
    this.open();
    this.#reading.isWaited = true;
    this.#read();
  }

  /** Ends a body that was handed out, for whoever reads it: with what was thrown, or else the failure. */
  breakOff(thrown) {
    const reason = reasonOf(this.#watched);
    this.#handed?.deref()?.breakOff(reason !== undefined ? reason.value : thrown === undefined ? this.failure : thrown);
    this.#reading = undefined;
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
  blame(attempts, kind, detail, limit, retryable) {
    this.failure = failed(this.info, this, attempts, kind, detail, limit, retryable > 0);
  }

  /** The result, of the attempts and the failure that were told, and of what the last attempt left, which it forgets. */
  result(ok, index, queued, waited, total, bytes) {
    const timings = { queued, waited, total };
    const result = ok > 0 ? success(index, this, timings, bytes) : failure(index, this, timings);
    this.attempts = this.failure = undefined;
    // Of a body that was handed out the end is still to come.
    if (ok > 0) this.response = this.data = this.headers = undefined;
    else this.clear();
    return result;
  }

  #read() {
    const reading = this.#reading;
    if (!reading.isWaited || !(reading.isOver || reading.isFresh)) return;
    reading.isWaited = reading.isFresh = false;
    this.say(reading.isOver ? -1 : 0);
  }
}
