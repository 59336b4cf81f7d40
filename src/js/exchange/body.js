/** Bodies: what their bytes mean. They never enter the wasm's memory. */

import { headerOf } from './response.js';
import { READ_ARRAY_BUFFER, READ_AUTO, READ_BLOB, READ_BYTES, READ_FORM_DATA, READ_JSON, READ_TEXT } from '../protocol.js';

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const TEXT_TYPE = /^text\/|^application\/(?:[\w.-]+\+)?(?:xml|javascript|ecmascript|yaml|x-ndjson|x-www-form-urlencoded|graphql)\s*(?:;|$)/i;

// Made at the first use: nothing happens when the module is loaded. Skips a byte order mark, as `text()` does.
let utf8;
const text = (buffer) => (utf8 ??= new TextDecoder()).decode(buffer);

// Most bodies of a batch are of one type.
let lastType = '';
let lastRead = READ_BYTES;
const readAs = (type) => {
  if (type !== lastType) {
    lastType = type;
    lastRead = JSON_TYPE.test(type) ? READ_JSON : TEXT_TYPE.test(type) ? READ_TEXT : READ_BYTES;
  }
  return lastRead;
};

/** The data of a body that was read whole, or for a form a promise of them. Throws where it is not what it should be. */
export const decode = (read, buffer, headers) => {
  if (read === READ_AUTO) {
    if (buffer.byteLength === 0) return undefined;
    read = readAs(contentType(headers));
  }
  switch (read) {
    case READ_JSON:
      return buffer.byteLength === 0 ? undefined : JSON.parse(text(buffer));
    case READ_TEXT:
      return text(buffer);
    case READ_ARRAY_BUFFER:
      return buffer;
    case READ_BLOB:
      return new Blob([buffer], { type: contentType(headers) });
    case READ_FORM_DATA:
      return new Response(buffer, { headers: { 'content-type': contentType(headers) } }).formData();
    default:
      return new Uint8Array(buffer);
  }
};

/** The beginning of a failure's body, as well as it can be read: for `HttpError.data`. */
export const excerpt = (buffer, headers) => {
  if (buffer.byteLength === 0) return undefined;
  const read = readAs(contentType(headers));
  if (read !== READ_JSON) return read === READ_TEXT ? text(buffer) : new Uint8Array(buffer);
  try {
    return JSON.parse(text(buffer));
  } catch {
    return text(buffer);
  }
};

const contentType = (headers) => headerOf(headers, 'content-type') ?? '';

/** The name that the typed array of a view has: of whatever realm, and whatever it says of itself. */
const kindOfView = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

/** Returns true for a chunk of a body: a `Uint8Array` of any realm. */
export const isBytes = (chunk) => ArrayBuffer.isView(chunk) && kindOfView.call(chunk) === 'Uint8Array';

const lengthOfBuffer = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;

/** Returns the buffer that a body's `arrayBuffer()` gave; a stand-in's may give bytes. Throws if it is neither. */
export const bufferOf = (given) => {
  try {
    lengthOfBuffer.call(given);
    return given;
  } catch {
    if (isBytes(given)) return join([given], given.byteLength);
    throw new TypeError('the body gave something that is no bytes');
  }
};

/** A body that is read chunk by chunk, each of which is kept. */
export class Chunks {
  #reader;
  #chunks = [];

  constructor(stream) {
    this.#reader = stream.getReader();
  }

  /** Reads the next; gives its bytes, or -1 at the end. */
  async next() {
    const { done, value } = await this.#reader.read();
    if (done) return -1;
    if (!isBytes(value)) throw new TypeError('the body gave a chunk that is no Uint8Array');
    this.#chunks.push(value);
    return value.byteLength;
  }

  /** Joins the chunks that were read; of a failure's body (`read` is -1) the first 64 KiB. */
  joined(read) {
    const length = this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    return join(this.#chunks, read < 0 ? Math.min(length, 65_536) : length);
  }

  cancel() {
    cancelReader(this.#reader);
  }
}

/** One buffer of all chunks, at most `length` bytes of it. */
const join = (chunks, length) => {
  if (chunks.length === 1 && chunks[0].byteLength === length && chunks[0].byteLength === chunks[0].buffer.byteLength) {
    return chunks[0].buffer;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.byteLength > length - at ? chunk.subarray(0, length - at) : chunk;
    all.set(part, at);
    at += part.byteLength;
  }
  return all.buffer;
};

/** Cancels what is left of a response's body, so that its connection is free; whatever goes wrong is nobody's concern. */
export const cancelBody = (response) => quietly(() => {
  const body = response?.body;
  return body && !body.locked ? body.cancel() : undefined;
});

/** Cancels what a reader has not read yet, likewise. */
export const cancelReader = (reader, reason) => quietly(() => reader.cancel(reason));

/** Cancels a stream that was to be sent, should it be one. */
export const cancelStream = (body) => quietly(() => (typeof body?.getReader === 'function' && !body.locked ? body.cancel() : undefined));

/** Does what may fail, now or later, and nobody need know. */
export const quietly = async (act) => {
  try {
    await act();
  } catch {
    // Nobody need.
  }
};

export const ignore = () => {};
