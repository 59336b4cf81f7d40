/** What a exchange asks of the user's code on the way of its request: bodies, authorizations, hooks, schemas, numbers. */

import { cancelBody, cancelStream } from './body.js';
import { within } from '../hooks/context.js';
import { HOOK, INPUT } from './fault.js';
import { announce, prepare, remind, review, validate } from '../hooks/hooks.js';
import { RequestInfo } from '../input/source.js';
import { retryContext } from '../output/result.js';
import { Transfer } from './transfer.js';

export class Callbacks extends Transfer {
  /** The functions that its request asks. */
  asks;
  /** The authorization that came in the place of one that was refused. */
  renewed;
  /** The error that the attempts so far came to. */
  failure;
  #told;

  /** Makes attempt `number` ready. */
  prepare(number) {
    const { info, renewed } = this;
    this.parcel = this.renewed = undefined;
    const keep = (parcel) => {
      this.parcel = parcel;
    };
    this.ask(INPUT, () => prepare(info, number, renewed), keep, ({ response, body }) => (response ? cancelBody(response) : cancelStream(body)));
  }

  /** Lets hooks see the response of attempt `number`, and put another in its place. */
  review(number) {
    const { response } = this;
    const keep = (seen) => {
      if (seen !== response) this.arrived(seen);
    };
    this.ask(HOOK, (question) => review(this, question, number), keep, cancelBody);
  }

  /** Gets another authorization in place of the one that was sent. */
  reauthorize() {
    const { info, parcel } = this;
    this.ask(HOOK, () => RequestInfo.parcel(info).plan.keyring.renew(parcel.authorization), (value) => {
      this.renewed = value;
    });
  }

  /** Holds the data against the schema. */
  validate() {
    const { info, data } = this;
    this.ask(HOOK, () => validate(info, data), ({ value }) => {
      this.data = value;
    });
  }

  /** Asks the user about a retry: 1 is yes, 0 no, -1 what else he says. */
  consult(number, delay) {
    const { shouldRetry } = this.asks;
    const context = retryContext(this, number, delay);
    this.ask(HOOK, () => shouldRetry(context), (said) => (typeof said === 'boolean' ? Number(said) : -1));
  }

  /** Tells hooks of the retry that follows attempt `number` after `delay`. */
  remind(number, delay) {
    const { info } = this;
    const context = retryContext(this, number, delay);
    this.ask(HOOK, () => remind(info, context), () => -1);
  }

  /** Tells hooks of the result; see `announced`. */
  announce(result) {
    this.#told = result;
    // In an object, since a result is nothing to wait for.
    this.ask(HOOK, async (question) => ({ told: await announce(this, question, result) }), ({ told }) => {
      this.#told = told;
    });
  }

  announced() {
    const told = this.#told;
    this.#told = undefined;
    return told;
  }

  /**
   * What a function of the user's makes of a number: NaN where there is none, -1 where it threw. What is no delay is none
   * (a NaN must neither storm nor stall).
   */
  decide(which, about) {
    const { asks } = this;
    const decide = [asks.delay, asks.jitter, asks.throwHttpErrors][which];
    if (decide === undefined) return NaN;
    try {
      const said = within(this.context, decide, undefined, about);
      if (which > 1) return said ? 1 : 0;
      return typeof said === 'number' && said >= 0 ? said : 0;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }
}
