/** Inputs of one call, pulled from the user's iterable. */

import { OptionError } from '../output/errors.js';
import { quietly } from '../exchange/body.js';
import { captured, within } from '../hooks/context.js';
import { Resolver } from './resolver.js';
import { ANSWER_READ, PULLED_DONE, PULLED_PENDING, PULLED_THREW } from '../protocol.js';

export class Source extends Resolver {
  /** Value that the iterable threw. */
  fault;
  /** No more inputs are available or wanted. */
  over = false;
  /** The call: its asynchronous context, and its client's family. */
  call;
  async;
  /** Number of inputs; undefined if unknown. */
  size;
  iterator;

  constructor(requests, options, call = { context: captured() }) {
    super(options);
    this.call = call;
    if (typeof requests === 'string') {
      throw new OptionError('requests', 'the requests were a lone string, which would be fetched letter by letter; give a list: [url]');
    }
    const async = requests?.[Symbol.asyncIterator];
    const sync = requests?.[Symbol.iterator];
    if (typeof async !== 'function' && typeof sync !== 'function') {
      throw new OptionError('requests', 'the requests are not iterable; give a list, a generator or an async iterable of URLs or requests');
    }
    this.async = typeof async === 'function';
    this.size = this.async ? undefined : sizeOf(requests);
    this.iterator = this.async ? async.call(requests) : sync.call(requests);
  }

  /** Takes the next input: the number of its host, or one of the codes above; `PENDING` tells the exchange when it is there. */
  pull(exchange) {
    const question = exchange.open();
    if (this.async && !this.over) {
      within(this.call.context, this.#wait, this, exchange, question);
      return PULLED_PENDING;
    }
    exchange.close();
    return exchange.take(this, within(this.call.context, this.#next, this));
  }

  #next() {
    try {
      return this.over ? PULLED_DONE : this.take(this.iterator.next());
    } catch (error) {
      return this.threw(error);
    }
  }

  async #wait(exchange, question) {
    let place;
    try {
      place = this.take(await this.iterator.next());
    } catch (error) {
      place = this.threw(error);
    }
    if (exchange.hears(question)) exchange.answer(ANSWER_READ, exchange.take(this, place));
  }

  /** Something that the wasm called threw. */
  caught(error) {
    this.threw(error);
  }

  threw(error) {
    this.over = true;
    this.fault = error;
    return PULLED_THREW;
  }

  close() {
    if (this.over) return;
    this.over = true;
    quietly(() => within(this.call.context, this.#end, this));
  }

  #end() {
    return this.iterator.return?.();
  }

  /** The wasm trapped: it pulls nothing more. */
  onTrap() {
    this.close();
  }

  take(step) {
    if (typeof step !== 'object' || step === null) throw new TypeError('the iterator gave a result that is not an object');
    this.over ||= Boolean(step.done);
    if (this.over) return PULLED_DONE;
    return this.resolve(step.value);
  }
}

/** Returns the length of a list or the size of a set; only an iterable without a length is asked for a size. */
const sizeOf = (requests) => {
  const { length } = requests;
  if (Number.isInteger(length)) return length;
  const { size } = requests;
  return Number.isInteger(size) ? size : undefined;
};
