/** The worker's script: fetches, reads, decodes, and keeps the rest until the page asks for it. */

import { Chunks, cancelReader, decode, excerpt } from '../../js/exchange/body.js';
import { unpack } from './pack.js';
import { PART, stepsTo } from './parts.js';
import { COUNT, DROP, FETCH, HOLD, JOIN, PULL, READ, RELEASE, TAKEN } from './messages.js';
import { READ_RESPONSE, READ_STREAM } from '../../js/protocol.js';

/** Most steps under way: the page gets the next when it has taken one, and has time for other work in between. */
const AHEAD = 4;

const attempts = new Map();
const outbox = [];
let ahead = 0;
let release;

class Attempt {
  #id;
  #controller = new AbortController();
  #response;
  /** Chunks of the body that are counted and kept; a reader if they are pulled instead. */
  #chunks;
  #reader;
  /** Head of the response, sent with the next answer. */
  #head;
  /** Bytes of the body that is sent in steps. */
  #buffer;

  constructor(id) {
    this.#id = id;
    attempts.set(id, this);
  }

  async fetch(url, init, readAs) {
    const response = await fetch(url, { ...unpack(init), signal: this.#controller.signal });
    const { status, statusText, redirected, type, ok } = response;
    this.#response = response;
    this.#head = { status, statusText, redirected, type, ok, url: response.url, headers: [...response.headers], hasBody: response.body !== null };
    if (!this.#head.hasBody) this.#last({});
    else if (readAs >= 0 && ok) await this.read(readAs);
    else this.#answer({});
  }

  async read(readAs) {
    await this.#give(readAs, await this.#response.arrayBuffer());
  }

  async count() {
    this.#chunks ??= new Chunks(this.#response.body);
    this.#answer({ bytes: await this.#chunks.next() });
  }

  join(readAs) {
    return this.#give(readAs, this.#chunks.joined(readAs));
  }

  async pull() {
    this.#reader ??= this.#response.body.getReader();
    const { done, value } = await this.#reader.read();
    if (done) this.#last({});
    else this.#answer({ chunk: value }, [value.buffer]);
  }

  drop() {
    attempts.delete(this.#id);
    this.#controller.abort();
    this.#cancel();
  }

  failed(error) {
    this.#last({ fault: error });
  }

  /** Sends the bytes, which the page has to decode: the data are nested too deep for a message. */
  giveUp() {
    this.#last({ bytes: this.#buffer.byteLength, buffer: this.#buffer }, [this.#buffer]);
  }

  /** Ends the answer after the last step. */
  complete() {
    this.#last({ bytes: this.#buffer.byteLength });
  }

  #cancel() {
    this.#chunks?.cancel();
    if (this.#reader !== undefined) cancelReader(this.#reader);
  }

  async #give(readAs, buffer) {
    const bytes = buffer.byteLength;
    this.#buffer = buffer;
    if (readAs === READ_STREAM || readAs === READ_RESPONSE) return this.giveUp();
    let data;
    try {
      data = readAs < 0 ? excerpt(buffer, this.#response.headers) : await decode(readAs, buffer, this.#response.headers);
    } catch {
      return this.#last({ bytes, unparsable: true });
    }
    // It may have been dropped while a form was read.
    if (!attempts.has(this.#id)) return;
    if (data === buffer || ArrayBuffer.isView(data)) return this.#last({ bytes, data }, [buffer]);
    if (data?.constructor === FormData) return this.#last({ bytes, entries: [...data] });
    const isLarge = bytes > PART && typeof data === 'object' && data?.constructor !== Blob;
    try {
      if (!isLarge) return this.#last({ bytes, data });
      for (const step of [...stepsTo(data), undefined]) outbox.push({ id: this.#id, step });
      flush();
    } catch {
      this.giveUp();
    }
  }

  #last(message, transfer) {
    if (!attempts.has(this.#id)) return;
    this.#answer(message, transfer);
    attempts.delete(this.#id);
    // Of a failure's body no more is read than is told.
    this.#cancel();
  }

  #answer(message, transfer = []) {
    postMessage({ id: this.#id, head: this.#head, ...message }, transfer);
    this.#head = undefined;
  }
}

const flush = () => {
  while (outbox.length > 0 && ahead < AHEAD) {
    const message = outbox.shift();
    const attempt = attempts.get(message.id);
    if (attempt === undefined) continue;
    if (message.step === undefined) {
      attempt.complete();
      continue;
    }
    try {
      postMessage(message);
      ahead += 1;
    } catch {
      attempt.giveUp();
    }
  }
};

const ACTS = { [READ]: 'read', [COUNT]: 'count', [JOIN]: 'join', [PULL]: 'pull', [DROP]: 'drop' };

addEventListener('message', async ({ data: [word, id, ...rest] }) => {
  switch (word) {
    case TAKEN:
      ahead -= 1;
      return flush();
    case HOLD:
      // The name of a lock, see `watchdog.js`.
      return navigator.locks.request(id, () => {
        postMessage({ held: id });
        return new Promise((resolve) => {
          release = resolve;
        });
      });
    case RELEASE:
      return release?.();
  }
  const attempt = word === FETCH ? new Attempt(id) : attempts.get(id);
  try {
    await (word === FETCH ? attempt.fetch(...rest) : attempt?.[ACTS[word]](...rest));
  } catch (error) {
    attempt.failed(error);
  }
});

postMessage({ up: true });
