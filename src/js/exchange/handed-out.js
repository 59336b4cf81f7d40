/** Bodies handed out unread: the same bytes, and word of it when they are over. */

import { cancelReader, isBytes } from './body.js';
import { BODY_LONG, BODY_SHORT, BODY_TOO_LARGE, BODY_TRUNCATED } from '../protocol.js';

/** Bytes read ahead of who reads it: an empty or small body that nobody reads is over by itself. */
const AHEAD = 65_536;

/**
 * The bytes of a body as a stream of their own.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {(bytes: number) => void} told Called with the bytes of each chunk, and once with -1: when the body is read to
 *   its end, cancelled, broken, or nobody can read it any more.
 * @param {number} most Bytes that it may have.
 * @param {number} expected Bytes that it must have, or -1.
 * @param {(fault: number, cause?: unknown) => Error} wrong The error of a body of the wrong length, or of no bytes.
 * @param {(() => void)[]} [finalizers] Takes what there is to be done when nobody can read it any more, in place of doing it.
 * @returns {{ stream: ReadableStream<Uint8Array>, handed: WeakRef<Handed> }} `handed` can break it off
 */
export const handOut = (body, told, most, expected, wrong, finalizers) => {
  const handed = new Handed(body.getReader(), told, most, expected, wrong);
  const stream = new ReadableStream(handed.source(), new ByteLengthQueuingStrategy({ highWaterMark: AHEAD }));
  handed.watch(finalizers);
  return { stream, handed: new WeakRef(handed) };
};

/** Returns true for an error of a host. A revoked proxy would make the stream itself throw, and its reader wait for ever. */
const isError = (thrown) => {
  try {
    return Object.prototype.toString.call(thrown) === '[object Error]';
  } catch {
    return false;
  }
};

/** Made at the first use: nothing happens when the module is loaded. */
let lost;

/** Lives as long as its stream does: who wants to end it early must not hold on to it, or it would never be collected. */
class Handed {
  #reader;
  #told;
  #most;
  #expected;
  #wrong;
  #controller;
  #error;
  #bytes = 0;

  constructor(reader, told, most, expected, wrong) {
    this.#reader = reader;
    this.#told = told;
    this.#most = most;
    this.#expected = expected;
    this.#wrong = wrong;
  }

  source() {
    return {
      __proto__: null,
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: (reason) => {
        try {
          return this.#reader.cancel(reason);
        } finally {
          // Not before: its slot is another's then.
          this.#end();
        }
      },
    };
  }

  /** By what the stream calls, not by the stream: browsers keep that for its reader, but not the object that stands for it. */
  watch(finalizers) {
    lost ??= new FinalizationRegistry((end) => end());
    const reader = this.#reader;
    const told = this.#told;
    const end = () => {
      told(-1);
      cancelReader(reader);
    };
    lost.register(this, finalizers === undefined ? end : () => finalizers.push(end), this);
  }

  /** Ends it for whoever reads it. */
  breakOff(error) {
    if (this.#told === undefined) return;
    this.#told = undefined;
    lost.unregister(this);
    this.#controller.error(error);
    cancelReader(this.#reader, error);
  }

  async #pull() {
    const controller = this.#controller;
    if (this.#told === undefined) {
      // It broke off, and what had come before that has been read.
      if (controller.desiredSize >= AHEAD) throw this.#error;
      return;
    }
    let fault = BODY_TRUNCATED;
    try {
      const { done, value } = await this.#reader.read();
      if (!done && !isBytes(value)) throw new TypeError('the body gave a chunk that is no Uint8Array');
      if (!done) this.#bytes += value.byteLength;
      fault = this.#fault(done);
      if (fault > 0) throw undefined;
      if (!done) {
        controller.enqueue(value);
        this.#told?.(value.byteLength);
        return;
      }
      this.#end();
      controller.close();
    } catch (cause) {
      this.#error = fault === BODY_TRUNCATED && isError(cause) ? cause : this.#wrong(fault, cause);
      cancelReader(this.#reader, this.#error);
      this.#end();
      if (controller.desiredSize >= AHEAD) throw this.#error;
    }
  }

  /** Returns the fault of the length so far, or 0. */
  #fault(done) {
    if (this.#bytes > this.#most) return BODY_TOO_LARGE;
    if (this.#expected < 0) return 0;
    return this.#bytes > this.#expected ? BODY_LONG : done && this.#bytes < this.#expected ? BODY_SHORT : 0;
  }

  #end() {
    const told = this.#told;
    this.#told = undefined;
    told?.(-1);
    lost.unregister(this);
  }
}
