/** Results as they complete or in input order: the reader's side of `fetchEach`, an async iterator with back-pressure. */

import { cancelBody, cancelStream } from '../exchange/body.js';
import { Sink } from './sink.js';
import { NEWS_STOPPED, NEWS_TAKEN } from '../protocol.js';

export class Results {
  #begin;
  #sink = new Sink((index, result) => this.#deliver(index, result));
  #ready = [];
  #ahead = new Map();
  #next = 0;
  #readers = [];
  #ended = false;
  /** True after the reader has left: the end of the call is not reported any more. */
  #left = false;
  #error;
  #whenEnded;

  /** `begin` starts the work for a sink and gives a promise of its end; it is called by the first read. */
  constructor(begin) {
    this.#begin = begin;
  }

  next() {
    this.#start();
    if (this.#ready.length > 0) {
      const value = this.#ready.shift();
      this.#sink.tell(NEWS_TAKEN);
      return Promise.resolve({ value, done: false });
    }
    if (this.#ended) return this.#end();
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  async return(value) {
    await this.#leave();
    return { value, done: true };
  }

  async throw(error) {
    await this.#leave();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #start() {
    const begin = this.#begin;
    if (begin === undefined) return;
    this.#begin = undefined;
    this.#whenEnded = begin(this.#sink).then(
      () => this.#finish(),
      (error) => this.#finish({ error }),
    );
  }

  #deliver(index, result) {
    if (!this.#sink.ordered) return this.#hand(result);
    this.#ahead.set(index, result);
    while (this.#ahead.has(this.#next)) {
      const ready = this.#ahead.get(this.#next);
      this.#ahead.delete(this.#next);
      this.#next += 1;
      this.#hand(ready);
    }
  }

  #hand(result) {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#ready.push(result);
    } else {
      reader.resolve({ value: result, done: false });
      this.#sink.tell(NEWS_TAKEN);
    }
  }

  #finish(failed) {
    this.#ended = true;
    if (!this.#left) this.#error ??= failed;
    while (this.#readers.length > 0) {
      const { resolve } = this.#readers.shift();
      resolve(this.#end());
    }
  }

  /** The end is told once as an error, where it was one, and as an end ever after. */
  #end() {
    const failed = this.#error;
    this.#error = undefined;
    return failed === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(failed.error);
  }

  /** Aborts what is in flight and drops what nobody will read. */
  async #leave() {
    this.#begin = undefined;
    this.#left = true;
    if (!this.#ended) this.#sink.tell(NEWS_STOPPED);
    await this.#whenEnded;
    this.#ended = true;
    this.#error = undefined;
    // Bodies that were to be handed out with them.
    for (const { data } of [...this.#ready.splice(0), ...this.#ahead.values()]) {
      cancelBody(data);
      cancelStream(data);
    }
    this.#ahead.clear();
  }
}
