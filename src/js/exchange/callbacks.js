/** Questions of an exchange to the user's code: bodies, authorizations, hooks, schemas, numbers. */

import { cancelBody, cancelStream } from './body.js';
import { within } from '../hooks/context.js';
import { onResult, beforeRequest, beforeRetry, afterResponse, validate } from '../hooks/hooks.js';
import { RequestInfo } from '../input/request-info.js';
import { retryContext } from '../output/result.js';
import { Transfer } from './transfer.js';
import { ASK_DELAY, ASK_JITTER, ASK_THROW_HTTP_ERRORS, FAULT_HOOK, FAULT_INPUT } from '../protocol.js';

export class Callbacks extends Transfer {
  /** The functions that its request asks. */
  functions;
  /** The authorization that came in the place of one that was refused. */
  refreshedAuth;
  /** The error that the attempts so far came to. */
  failure;
  #told;

  /** Makes attempt `number` ready. */
  beforeRequest(number) {
    const { info, refreshedAuth } = this;
    this.prepared = this.refreshedAuth = undefined;
    const keep = (prepared) => {
      this.prepared = prepared;
    };
    this.ask(FAULT_INPUT, () => beforeRequest(info, number, refreshedAuth), keep, ({ response, body }) => (response ? cancelBody(response) : cancelStream(body)));
  }

  /** Lets hooks see the response of attempt `number`, and put another in its place. */
  afterResponse(number) {
    const { response } = this;
    const keep = (seen) => {
      if (seen !== response) this.arrived(seen);
    };
    this.ask(FAULT_HOOK, (question) => afterResponse(this, question, number), keep, cancelBody);
  }

  /** Gets another authorization in place of the one that was sent. */
  refreshAuth() {
    const { info, prepared } = this;
    this.ask(FAULT_HOOK, () => RequestInfo.sendOptions(info).template.authCache.refresh(prepared.authorization), (value) => {
      this.refreshedAuth = value;
    });
  }

  /** Holds the data against the schema. */
  validate() {
    const { info, data } = this;
    this.ask(FAULT_HOOK, () => validate(info, data), ({ value }) => {
      this.data = value;
    });
  }

  /** Asks the user about a retry: 1 is yes, 0 no, -1 what else he says. */
  shouldRetry(number, delay) {
    const { shouldRetry } = this.functions;
    const context = retryContext(this, number, delay);
    this.ask(FAULT_HOOK, () => shouldRetry(context), (said) => (typeof said === 'boolean' ? Number(said) : -1));
  }

  /** Tells hooks of the retry that follows attempt `number` after `delay`. */
  beforeRetry(number, delay) {
    const { info } = this;
    const context = retryContext(this, number, delay);
    this.ask(FAULT_HOOK, () => beforeRetry(info, context), () => -1);
  }

  /** Tells hooks of the result; see `takeResult`. */
  onResult(result) {
    this.#told = result;
    // In an object, since a result is nothing to wait for.
    this.ask(FAULT_HOOK, async (question) => ({ told: await onResult(this, question, result) }), ({ told }) => {
      this.#told = told;
    });
  }

  takeResult() {
    const told = this.#told;
    this.#told = undefined;
    return told;
  }

  /**
   * Asks a function of the user for a number: NaN if there is no function, -1 if it threw. A value that is no delay counts as 0
   * (a NaN must neither storm nor stall).
   */
  decide(which, about) {
    const { functions } = this;
    const decide = which === ASK_DELAY ? functions.delay : which === ASK_JITTER ? functions.jitter : functions.throwHttpErrors;
    if (decide === undefined) return NaN;
    try {
      const said = within(this.context, decide, undefined, about);
      if (which === ASK_THROW_HTTP_ERRORS) return said ? 1 : 0;
      return typeof said === 'number' && said >= 0 ? said : 0;
    } catch (error) {
      this.error = error;
      return -1;
    }
  }
}
