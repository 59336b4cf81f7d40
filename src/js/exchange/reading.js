/** Reading of a response: its head, then its body, at once or chunk by chunk. */

import { Chunks, bufferOf, cancelBody, decode, excerpt } from './body.js';
import { within } from '../hooks/context.js';
import { isInternal } from '../output/errors.js';
import { Fault } from './fault.js';
import { classify } from './network-error.js';
import { Questions, settled } from './question.js';
import { hasNoBody, holderOf, isResponse, withBody } from './response.js';
import {
  ANSWER_READ, FAULT_HOPELESS, FAULT_LOST, FAULT_TRUNCATED, FAULT_UNPARSABLE, READ_FORM_DATA, READ_RESPONSE, READ_STREAM,
} from '../protocol.js';

/** Responses mostly say the same, each by a string of its own. */
let lastText = '';
const textOf = (text) => {
  if (text !== lastText) lastText = typeof text === 'string' ? text : '';
  return lastText;
};

export class Reading extends Questions {
  /** The response, and what is kept of its head. */
  response;
  status = 0;
  statusText = '';
  headers;
  url = '';
  redirected = false;
  data;
  /** Place of the body's type among `RESPONSE_TYPES`; -1 if the body is not read at once. */
  read = -1;
  /** Handler of the host's failures. */
  onFault;
  #onBytes;
  /** Reader of a body that is held elsewhere, such as in a worker. */
  #holder;
  /** The body, where it is read chunk by chunk. */
  #body;

  /** Reads the body at once. */
  readAll(read) {
    this.open(true);
    this.read = read;
    within(this.context, this.readOn, this);
  }

  /** Reads the next chunk and keeps it; answers with its bytes, or -1 at the end. */
  chunk() {
    const next = () => {
      this.#body ??= this.#opened();
      return this.#body?.next();
    };
    this.ask(undefined, next, (bytes) => bytes);
  }

  /** Makes the data of the chunks; of a failure's (`read` is -1), of at most 64 KiB of them. */
  assemble(read) {
    this.open(true);
    this.read = read;
    within(this.context, this.#join, this);
  }

  /** Cancels what is left of the body. */
  discard() {
    this.close();
    if (this.#body === undefined) cancelBody(this.response);
    else this.#body.cancel();
  }

  /** Forgets it. */
  clear() {
    this.status = 0;
    this.response = this.headers = this.data = this.error = this.#body = this.#holder = undefined;
  }

  /** Takes a response; each member is read once, since a stand-in may say another thing the second time. Throws where it is none. */
  arrived(response) {
    if (!isResponse(response)) throw new TypeError('what was given in place of a Response is none');
    const { status, headers } = response;
    if (!(Number.isInteger(status) && status >= 0 && status < 1000)) throw new TypeError('the Response has no status');
    if (status === 0 && response.type === 'error') throw new TypeError('the Response is an error');
    let text, url, redirected;
    try {
      ({ statusText: text, url, redirected } = response);
    } catch {
      // A stand-in that says little.
    }
    this.response = response;
    this.status = status;
    this.statusText = textOf(text);
    this.headers = headers ?? new Headers();
    this.url = typeof url === 'string' ? url : '';
    this.redirected = redirected === true;
  }

  /** Goes on to the body, within the question that is open. */
  readOn() {
    try {
      this.#holder = holderOf(this.response);
      settled(this.#holder?.read(this.read) ?? this.response.arrayBuffer(), this.#onBytes, this.onFault);
    } catch (thrown) {
      this.broke(thrown);
    }
  }

  listen() {
    this.#onBytes = this.hearing((given) => this.#got(this.#holder === undefined ? bufferOf(given) : given));
    this.onFault = this.hearing((thrown) => this.broke(thrown));
  }

  /** Fails with a thrown value as a fault of that kind; without a kind it was the host that threw. */
  broke(thrown, kind) {
    const fault = Fault.of(thrown, kind);
    const { error, issues } = fault;
    this.issues = issues;
    const isOfBody = this.response !== undefined && !isInternal(error);
    this.fail(fault.kind ?? (isOfBody ? FAULT_TRUNCATED : classify(error) === 1 ? FAULT_LOST : FAULT_HOPELESS), error);
  }

  #join() {
    try {
      settled(this.#body?.joined(this.read) ?? new ArrayBuffer(0), this.#onBytes, this.onFault);
    } catch (thrown) {
      this.broke(thrown);
    }
  }

  #opened() {
    this.#holder = holderOf(this.response);
    if (this.#holder !== undefined) return this.#holder.reader();
    const { body } = this.response;
    return body ? new Chunks(body) : undefined;
  }

  /** Makes the data of the body. */
  #got(buffer) {
    let data;
    try {
      data = this.#made(buffer);
    } catch {
      // The parser's message quotes the body.
      throw new Fault(FAULT_UNPARSABLE);
    }
    // A form is read by the host once more.
    if (this.read === READ_FORM_DATA) return this.#form(data, buffer);
    this.data = data;
    this.answer(ANSWER_READ, buffer.byteLength);
  }

  #form(data, buffer) {
    const made = (form) => {
      this.data = form;
      this.answer(ANSWER_READ, buffer.byteLength);
    };
    settled(data, this.hearing(made), this.hearing(() => this.fail(FAULT_UNPARSABLE)));
  }

  #made(buffer) {
    const { read, response, headers, status } = this;
    if (this.#holder !== undefined && buffer.decoded) return buffer.decoded();
    if (read < 0) return excerpt(buffer, headers);
    // Read while its request was still judged: handed out all the same.
    if (read === READ_STREAM) return new Response(buffer).body;
    if (read === READ_RESPONSE) return withBody(response, hasNoBody(status) ? null : buffer);
    return decode(read, buffer, headers);
  }
}
