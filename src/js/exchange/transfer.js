/** One attempt over an exchange: fetch is called, and goes on to the body where nothing has to be decided in between. */

import { cancelBody, quietly } from './body.js';
import { within } from '../hooks/context.js';
import { holderFor, inside } from '../hooks/nested.js';
import { settled } from './question.js';
import { Reading } from './reading.js';
import { RequestInfo } from '../input/request-info.js';
import { isRemoteFetch, markRedirected } from './response.js';
import { dress } from './sending.js';
import { ANSWER_HEAD, SUCCESS_FIRST, SUCCESS_LAST } from '../protocol.js';

export class Transfer extends Reading {
  /** Request as results show it. */
  info;
  /** Attempt to be sent, or sent last, after hooks, `auth` and body functions. */
  prepared;
  /** Position of a request whose redirects we follow, and the step that the next `send` takes. */
  route;
  hop;
  #controller;
  #onResponse;

  /** Calls fetch. A 2xx whose type is given by `read` (-1: none) is read on at once. */
  send(read, abortable) {
    const question = this.open(true);
    this.clear();
    this.read = read;
    within(this.context, this.#send, this, question, abortable > 0);
  }

  /** Ends the attempt. */
  abort() {
    this.close();
    this.end();
  }

  arrived(response) {
    super.arrived(response);
    if (this.route?.init === undefined) return;
    // Followed by us, step by step.
    this.redirected = true;
    markRedirected(response);
  }

  listen() {
    super.listen();
    this.#onResponse = this.hearing((response) => this.#headed(response), cancelBody);
  }

  /** Ends what the host was asked for. */
  end() {
    const controller = this.#controller;
    this.#controller = undefined;
    // One of an invocation that has ended (Cloudflare Workers) throws: there is nothing left to abort.
    if (controller !== undefined) quietly(() => controller.abort());
    this.discard();
  }

  #send(question, abortable) {
    try {
      settled(this.#fetched(question, abortable), this.#onResponse, this.onFault);
    } catch (thrown) {
      this.broke(thrown);
    }
  }

  #fetched(question, abortable) {
    const { info, hop } = this;
    this.route = this.hop = undefined;
    const sendOptions = RequestInfo.sendOptions(info);
    const { template } = sendOptions;
    const prepared = this.prepared ?? sendOptions;
    if (prepared.response !== undefined) return prepared.response;
    const init = template.extra === undefined ? {} : { ...template.extra };
    // One for each attempt: a custom fetch, a tracer or a mock may listen on it for longer.
    this.#controller = abortable ? new AbortController() : undefined;
    if (abortable) init.signal = this.#controller.signal;
    let target = info.url;
    if (!sendOptions.isPlain || prepared !== sendOptions) ({ target, route: this.route } = dress(init, info, sendOptions, prepared, hop));
    const fetcher = template.fetch ?? globalThis.fetch;
    // Whoever reads bodies where it fetches them goes on to that by itself.
    if (isRemoteFetch(fetcher)) init.readAs = this.read;
    // The user's own may call the client in turn, and must not wait for the slot that this request holds.
    else if (template.fetch !== undefined) return inside(holderFor(this, question), () => fetcher(target, init));
    return fetcher(target, init);
  }

  #headed(response) {
    this.arrived(response);
    if (this.read < 0 || this.status < SUCCESS_FIRST || this.status > SUCCESS_LAST) this.answer(ANSWER_HEAD, 0);
    else this.readOn();
  }

}
