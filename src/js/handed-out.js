/** Bodies handed out unread: the same bytes, and word of it when they are over. */

import { cancelReader, isBytes } from './body.js';

/** What can be wrong with a body; the order is that of `BodyFault`. */
export const BROKEN = 0, LARGE = 1, SHORT = 2, LONG = 3;

/**
 * The bytes of a body as a stream of their own.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {(bytes: number) => void} told Called with the bytes of each chunk, and once with -1: when the body is read to
 *   its end, cancelled, broken, or nobody can read it any more.
 * @param {number} most Bytes that it may have.
 * @param {number} expected Bytes that it must have, or -1.
 * @param {(fault: number, cause?: unknown) => Error} wrong The error of a body of the wrong length, or of no bytes.
 * @param {(() => void)[]} [orphans] Takes what there is to be done when nobody can read it any more, in place of doing it.
 * @returns {{ stream: ReadableStream<Uint8Array>, handed: WeakRef<Handed> }} `handed` can break it off
 */
export const handOut = (body, told, most, expected, wrong, orphans) => {
  const handed = new Handed(body.getReader(), told, most, expected, wrong);
  const stream = new ReadableStream(handed.source(), { highWaterMark: 0 });
  handed.watch(orphans);
  return { stream, handed: new WeakRef(handed) };
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

  async #pull() {
    try {
      const { done, value } = await this.#reader.read();
      const bytes = done ? -1 : this.#counted(value);
      const fault = this.#fault(done);
      if (fault > 0) throw this.#wrong(fault);
      if (!done) {
        this.#controller.enqueue(value);
        this.#told?.(bytes);
        return;
      }
      this.#end();
      this.#controller.close();
    } catch (error) {
      cancelReader(this.#reader, error);
      this.#end();
      throw error;
    }
  }

  #counted(chunk) {
    if (!isBytes(chunk)) throw this.#wrong(BROKEN, new TypeError('the body gave a chunk that is no Uint8Array'));
    this.#bytes += chunk.byteLength;
    return chunk.byteLength;
  }

  /** What is wrong with its length so far; 0 is nothing. */
  #fault(done) {
    if (this.#bytes > this.#most) return LARGE;
    if (this.#expected < 0) return 0;
    return this.#bytes > this.#expected ? LONG : done && this.#bytes < this.#expected ? SHORT : 0;
  }

  #end() {
    const told = this.#told;
    this.#told = undefined;
    lost.unregister(this);
    told?.(-1);
  }
}
