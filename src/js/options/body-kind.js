/** Kinds of request bodies. */

import { wrongOption } from '../output/errors.js';

/** Kinds of bodies: none, kept and sent anew, a stream that is sent once, one that a function makes for each attempt. */
export const NO_BODY = 0, KEPT = 1, STREAM = 2, MADE = 3;

const BODY = /^\[object (?:ArrayBuffer|SharedArrayBuffer|Blob|File|FormData|URLSearchParams|ReadableStream)\]$/;

/** Returns the kind of a body. Throws for a value that fetch would send as `[object Object]`. */
export const bodyKind = (body) => {
  if (body === null || body === undefined) return NO_BODY;
  if (typeof body === 'function') return MADE;
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return KEPT;
  if (typeof body === 'object') {
    if (typeof body.getReader === 'function' || typeof body[Symbol.asyncIterator] === 'function') return STREAM;
    if (BODY.test(Object.prototype.toString.call(body))) return KEPT;
  }
  throw wrongOption('body', body, 'a string, bytes, Blob, FormData, URLSearchParams, a stream, or a function that gives one (see also `json`)');
};
