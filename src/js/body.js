/** Bodies: what their bytes mean. They never enter the wasm's memory. */

/** How a body is read; the order is that of `ReadAs` in `core/config.rs`. */
const AUTO = 0, JSON_ = 1, TEXT = 2, BYTES = 3, ARRAY_BUFFER = 4, BLOB = 5, FORM_DATA = 6;

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const TEXT_TYPE = /^text\/|^application\/(?:[\w.-]+\+)?(?:xml|javascript|ecmascript|yaml|x-ndjson|x-www-form-urlencoded|graphql)\s*(?:;|$)/i;

// Made at the first use: nothing happens when the module is loaded. Skips a byte order mark, as `text()` does.
let utf8;
const text = (buffer) => (utf8 ??= new TextDecoder()).decode(buffer);

// Most bodies of a batch are of one type.
let lastType = '';
let lastRead = BYTES;
const readAs = (type) => {
  if (type !== lastType) {
    lastType = type;
    lastRead = JSON_TYPE.test(type) ? JSON_ : TEXT_TYPE.test(type) ? TEXT : BYTES;
  }
  return lastRead;
};

/** The data of a body that was read whole. Throws where it is not what it should be. */
export const decode = (read, buffer, response) => {
  if (read === AUTO) {
    if (buffer.byteLength === 0) return undefined;
    read = readAs(contentType(response));
  }
  switch (read) {
    case JSON_:
      return buffer.byteLength === 0 ? undefined : JSON.parse(text(buffer));
    case TEXT:
      return text(buffer);
    case ARRAY_BUFFER:
      return buffer;
    case BLOB:
      return new Blob([buffer], { type: contentType(response) });
    case FORM_DATA:
      return new Response(buffer, { headers: { 'content-type': contentType(response) } }).formData();
    default:
      return new Uint8Array(buffer);
  }
};

/** The beginning of a failure's body, as well as it can be read: for `HttpError.data`. */
export const excerpt = (buffer, response) => {
  if (buffer.byteLength === 0) return undefined;
  const read = readAs(contentType(response));
  if (read !== JSON_) return read === TEXT ? text(buffer) : new Uint8Array(buffer);
  try {
    return JSON.parse(text(buffer));
  } catch {
    return text(buffer);
  }
};

/** One buffer of all chunks, at most `most` bytes of it. */
export const join = (chunks, length) => {
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
export const cancelBody = (response) => {
  try {
    const { body } = response;
    if (body && !body.locked) body.cancel().catch(ignore);
  } catch {
    // A stand-in for a response, without a body that could be cancelled.
  }
};

/** Cancels what a reader has not read yet, likewise. */
export const cancelReader = (reader, reason) => {
  try {
    reader.cancel(reason).catch(ignore);
  } catch {
    // That of a stand-in.
  }
};

export const ignore = () => {};

const contentType = (response) => response.headers?.get?.('content-type') ?? '';
