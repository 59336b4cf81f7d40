/** Responses whose bodies are handed out unread: the same bytes, and word of it when they are over. */

import { cancelReader } from './body.js';

/**
 * At a response whose body is held elsewhere: who holds it, and can read it there. At a fetch: that its responses are such.
 * The wire (`wire.js`) asks what `worker/errand.js` can do; what is read there comes as `{ byteLength, decoded() }`.
 */
export const AFAR = Symbol('held afar');

/** Whatever passes for a Response, of any realm or making. */
export const isResponse = (value) => typeof value === 'object' && value !== null && typeof value.status === 'number';

/** What can be wrong with a body's length; the order is that of `BodyFault`. */
export const LARGE = 1, SHORT = 2, LONG = 3;

/**
 * The bytes of a body as a stream of their own.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {(bytes: number) => void} told Called with the bytes of each chunk, and once with -1: when the body is read to
 *   its end, cancelled, broken, or nobody can read it any more.
 * @param {number} most Bytes that it may have.
 * @param {number} expected Bytes that it must have, or -1.
 * @param {(fault: number) => Error} wrong The error of a body whose length is wrong.
 * @param {(() => void)[]} [orphans] Takes what there is to be done when nobody can read it any more, in place of doing it.
 * @returns {{ stream: ReadableStream<Uint8Array>, handed: WeakRef<Handed> }} `handed` can break it off
 */
export const handOut = (body, told, most, expected, wrong, orphans) => {
  const check = (bytes, done) => {
    const fault = bytes > most ? LARGE : expected >= 0 && bytes > expected ? LONG : done && bytes < expected ? SHORT : 0;
    if (fault > 0) throw wrong(fault);
  };
  const handed = new Handed(body.getReader(), told, check);
  const stream = new ReadableStream(handed.source(), { highWaterMark: 0 });
  handed.watch(orphans);
  return { stream, handed: new WeakRef(handed) };
};

/** A Response like another, with a body of its own: what cannot be said to the constructor is said afterwards. */
export const likeness = (response, body) => {
  const { status, statusText, headers } = response;
  // Servers may answer with statuses that the constructor does not take.
  const may = status >= 200 && status < 600;
  return dressed(new Response(body, may ? { status, statusText, headers } : { headers }), response);
};

const dressed = (copy, { url, redirected, type, status, statusText, ok }) => {
  const said = { url, redirected, type, ...(status !== copy.status && { status, statusText, ok }) };
  const clone = () => dressed(Response.prototype.clone.call(copy), { ...said, status, statusText, ok });
  for (const [name, value] of Object.entries({ ...said, clone })) {
    Object.defineProperty(copy, name, { value, configurable: true });
  }
  return copy;
};

/** Made at the first use: nothing happens when the module is loaded. */
let lost;

/** Lives as long as its stream does: who wants to end it early must not hold on to it, or it would never be collected. */
class Handed {
  #reader;
  #told;
  #controller;
  #check;
  #bytes = 0;

  constructor(reader, told, check) {
    this.#reader = reader;
    this.#told = told;
    this.#check = check;
  }

  source() {
    return {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => {
        this.#end();
        return this.#reader.cancel(reason);
      },
    };
  }

  /** By what the stream calls, not by the stream: browsers keep that for its reader, but not the object that stands for it. */
  watch(orphans) {
    lost ??= new FinalizationRegistry((end) => end());
    const [reader, told] = [this.#reader, this.#told];
    const end = () => {
      told(-1);
      cancelReader(reader);
    };
    lost.register(this, orphans === undefined ? end : () => orphans.push(end), this);
  }

  /** Ends it for whoever reads it. */
  breakOff(error) {
    if (this.#told === undefined) return;
    this.#told = undefined;
    lost.unregister(this);
    this.#controller.error(error);
    cancelReader(this.#reader, error);
  }

  async #pull(controller) {
    try {
      const { done, value } = await this.#reader.read();
      if (!done) this.#bytes += value.byteLength;
      this.#check(this.#bytes, done);
      if (done) {
        this.#end();
        controller.close();
      } else {
        controller.enqueue(value);
        this.#told?.(value.byteLength);
      }
    } catch (error) {
      cancelReader(this.#reader, error);
      this.#end();
      throw error;
    }
  }

  #end() {
    const told = this.#told;
    this.#told = undefined;
    lost.unregister(this);
    told?.(-1);
  }
}
