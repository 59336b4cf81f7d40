/** Results as they complete or in input order: the reader's side of `fetchEach`, an async iterator with back-pressure. */

export class Results {
  #begin;
  #controls;
  #ready = [];
  #ahead = new Map();
  #next = 0;
  #readers = [];
  #ended = false;
  #error;
  #whenEnded;

  /** `begin` starts the work and gives a promise of its end; it is called by the first read. */
  constructor(begin) {
    this.#begin = begin;
  }

  /** The engine's side: what to call when a result was taken, and to stop; whether input order is wanted. */
  static attach(results, taken, stop, ordered) {
    results.#controls = { taken, stop, ordered };
  }

  /** The engine's side: its work is done, and what it gave to `attach` is no more. What is ready can still be read. */
  static detach(results) {
    results.#controls = undefined;
  }

  /** The engine's side: a finished result. */
  static deliver(results, index, result) {
    if (!results.#controls.ordered) return results.#hand(result);
    results.#ahead.set(index, result);
    while (results.#ahead.has(results.#next)) {
      const ready = results.#ahead.get(results.#next);
      results.#ahead.delete(results.#next);
      results.#next += 1;
      results.#hand(ready);
    }
  }

  next() {
    this.#start();
    if (this.#ready.length > 0) {
      const value = this.#ready.shift();
      this.#controls?.taken();
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
    this.#whenEnded = begin(this).then(
      () => this.#finish(),
      (error) => this.#finish({ error }),
    );
  }

  #hand(result) {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#ready.push(result);
    } else {
      reader.resolve({ value: result, done: false });
      this.#controls.taken();
    }
  }

  #finish(failed) {
    this.#ended = true;
    this.#error ??= failed;
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
    if (!this.#ended) this.#controls?.stop();
    await this.#whenEnded;
    this.#ended = true;
    this.#error = undefined;
    this.#ready.length = 0;
  }
}
