/**
 * Questions and answers between the engine and one exchange. At most one question is open: whoever asks another, or lets the
 * exchange go, closes the open one first, and what comes of it later is dropped. So no answer is ever taken for another's.
 */

import { ignore } from './body.js';
import { known, within } from '../hooks/context.js';
import { ANSWER_FAULT, ANSWER_READ, FAULT_HOPELESS, QUESTION_NONE } from '../protocol.js';

/** Waits for whatever the host gave; a promise of another make that settles twice does so once. */
export const settled = (given, on, off) => Promise.resolve(given).then(on, off);

export class Questions {
  #notify;
  /** Number of the last question, counted from 1. */
  number = 0;
  isOpen = false;
  /** The asynchronous context of the call that asks. */
  context;
  /** Thrown value of the last fault, and the issues of a schema. */
  error;
  issues;
  /** True if the host was asked, and not the user's code. */
  #isOfHost = false;
  /** Handlers of the host's promises are made once for all questions, and anew after one was closed before its answer. */
  #line;

  constructor(notify) {
    this.#notify = notify;
  }

  /** Opens a question in the place of the one that is open; gives its number. */
  open(isOfHost) {
    this.close();
    this.isOpen = true;
    this.#isOfHost = isOfHost;
    return (this.number += 1);
  }

  /** Returns true while an answer to that question is still expected. */
  hears(number) {
    return this.isOpen && this.number === number;
  }

  /** Closes the open question, if there is one; the host ends what it was asked for. */
  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (!this.#isOfHost) return;
    this.begin();
    this.end();
  }

  /** Makes those that hear the host; the others are not heard any more. */
  begin() {
    this.#line = {};
    this.listen();
  }

  /** One that hears the host: it acts on what comes, and drops what comes too late. */
  hearing(act, drop = ignore) {
    const line = this.#line;
    return (value) => {
      if (this.#line !== line || !this.isOpen) return drop(value);
      try {
        act(value);
      } catch (thrown) {
        // What stands in for a response, or for an error, may throw whatever is asked of it.
        this.broke(thrown);
      }
    };
  }

  /** Answers in a turn that runs in the context of the call. */
  answer(kind, amount) {
    this.isOpen = false;
    known(this.context, this.#notify, this.number, kind, amount);
  }

  /** Answers in whatever turn. */
  say(amount) {
    this.isOpen = false;
    this.#notify(this.number, ANSWER_READ, amount);
  }

  /** Answers with a fault, if anything is asked. */
  fail(kind, error) {
    this.error = error;
    if (this.isOpen) this.answer(ANSWER_FAULT, kind);
  }

  /** Something that the wasm called threw. */
  caught(error) {
    this.fail(FAULT_HOPELESS, error);
  }

  /** Tells that the request's own signal was aborted, whatever is asked. */
  interrupt() {
    this.#notify(QUESTION_NONE, 0, 0);
  }

  /** Drops all later answers. */
  silence() {
    this.isOpen = false;
    this.#notify = ignore;
  }

  /**
   * Asks something that takes time: `act`, which is told the question's number, gives what `keep` makes a number of. What it
   * throws is a fault of that kind, unless it is one of its own; without a kind it is the host that is asked. What comes too
   * late goes to `drop`.
   */
  ask(kind, act, keep, drop = ignore) {
    within(this.context, this.#asked, this, this.open(kind === undefined), { kind, act, keep, drop });
  }

  async #asked(number, { kind, act, keep, drop }) {
    try {
      const given = await act(number);
      if (!this.hears(number)) return drop(given);
      this.answer(ANSWER_READ, keep(given) ?? -1);
    } catch (thrown) {
      if (this.hears(number)) this.broke(thrown, kind);
    }
  }
}
