/**
 * A fetch that runs in the worker. The body is read, decompressed and parsed there; its bytes come chunk by chunk, on demand,
 * where the page reads them by itself.
 */

import { holdBody, withBody } from './fanfetch.js';
import { form, pack } from './pack.js';
import { Assembly } from './parts.js';
import { dismiss, enlist, post, start } from './thread.js';
import { COUNT, DROP, FETCH, JOIN, PULL, READ } from './messages.js';

/** Like `fetch`; `readAs` is how the body of a 2xx is read at once, or -1. */
export const fetchRemotely = (target, { signal, readAs = -1, ...init } = {}) => new RemoteFetch(signal).fetch(target, init, readAs);

class RemoteFetch {
  #id;
  #signal;
  #aborted = () => {
    post([DROP, this.#id]);
    this.failed(this.#signal.reason);
  };
  /** Settles what was asked last. */
  #asked;
  #assembly;
  /** The body, for those who want its bytes; where there is none the page needs nobody to read it. */
  #stream;
  #controller;
  /** What was read without being asked for. */
  #ahead;
  #failure;
  #isOver = false;

  constructor(signal) {
    this.#signal = signal;
    this.#id = enlist(this);
    signal?.addEventListener('abort', this.#aborted);
  }

  async fetch(target, init, readAs) {
    try {
      this.#signal?.throwIfAborted();
      const [message, transfer] = await pack(target, init);
      await start();
      const answer = await this.#ask([FETCH, this.#id, ...message, readAs], transfer);
      return this.#opened(answer);
    } catch (error) {
      this.#over();
      throw error;
    }
  }

  #opened({ head, ...answer }) {
    if (answer.bytes !== undefined || answer.fault !== undefined) this.#ahead = answer;
    if (head.hasBody) {
      const source = {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: (controller) => this.#pull(controller),
        cancel: () => this.#drop(),
      };
      this.#stream = new ReadableStream(source, { highWaterMark: 0 });
    } else {
      this.#over();
    }
    const response = withBody({ ...head, headers: headersOf(head.headers) }, this.#stream);
    holdBody(response, this);
    return response;
  }

  /** Whether the body of the response is still where it was: nobody has read or cloned it. */
  holds(response) {
    return this.#stream !== undefined && response.body === this.#stream && !this.#stream.locked && !response.bodyUsed;
  }

  /** The body, decoded there; a buffer only where it has to be decoded here. */
  async read(readAs) {
    return this.#decoded(this.#ahead ?? (await this.#ask([READ, this.#id, readAs])));
  }

  /** Chunks that stay there: their sizes alone come here. */
  reader() {
    return {
      next: async () => (await this.#ask([COUNT, this.#id])).bytes,
      joined: async (readAs) => this.#decoded(await this.#ask([JOIN, this.#id, readAs])),
      cancel: async () => this.#drop(),
    };
  }

  #decoded({ bytes, buffer, data, entries, unparsable, fault }) {
    this.#over();
    // As after any reading; nothing is left to be cancelled.
    this.#stream.cancel();
    if (fault !== undefined) throw fault;
    if (buffer !== undefined) return buffer;
    const decoded = () => {
      if (unparsable) throw new SyntaxError('unparsable');
      return entries === undefined ? data : form(entries);
    };
    return { byteLength: bytes, decoded };
  }

  async #pull(controller) {
    const { chunk } = await this.#ask([PULL, this.#id]);
    if (chunk !== undefined) return controller.enqueue(chunk);
    this.#over();
    controller.close();
  }

  #ask(message, transfer) {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#asked = { resolve, reject };
      post(message, transfer);
    });
  }

  /** The worker says something. */
  heard(answer) {
    if (answer.step !== undefined) {
      this.#assembly ??= new Assembly();
      this.#assembly.take(answer.step);
    } else if (answer.fault !== undefined && answer.head === undefined) {
      this.failed(answer.fault);
    } else {
      if (this.#assembly !== undefined) answer.data = this.#assembly.whole;
      this.#asked.resolve(answer);
    }
  }

  /** It ends with an error. */
  failed(error) {
    this.#failure = { error };
    this.#over();
    this.#asked?.reject(error);
    this.#controller?.error(error);
  }

  #drop() {
    if (this.#isOver) return;
    this.#over();
    post([DROP, this.#id]);
  }

  #over() {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#aborted);
    dismiss(this.#id);
  }
}

/** Servers send names that no headers take. */
const headersOf = (pairs) => {
  const headers = new Headers();
  for (const [name, value] of pairs) {
    try {
      headers.append(name, value);
    } catch {
      // Left out.
    }
  }
  return headers;
};
