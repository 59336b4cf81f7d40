/** The part of `src/api`, the Rust API, that is shorter in JavaScript. */

import { showsRedirects } from './exchange/sending.js';
import { RequestInfo } from './input/request-info.js';
import { Source } from './input/source.js';
import { Options, setDefaultConcurrency } from './options/options.js';
import { FanFetchError, OptionError, isFanFetchError } from './output/errors.js';
import { failed } from './output/result.js';
import { listen as listenTo, unlisten as unlistenTo } from './runtime/signals.js';
import { BODY_PARSE, BODY_SCHEMA, BODY_TRUNCATED, FAILURE_BODY, WORKERS_CONCURRENCY } from './protocol.js';

let isolated;

/** Looks once which host this is. True if no wait may be shared by two calls, as on Cloudflare Workers. */
export const isIsolated = () => {
  if (isolated === undefined) {
    isolated = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
    if (isolated) setDefaultConcurrency(WORKERS_CONCURRENCY);
    // Node, Deno and Bun; a page under Electron has both, and the fetch of a browser.
    if (isolated || (globalThis.process?.versions?.node !== undefined && globalThis.document === undefined)) showsRedirects();
  }
  return isolated;
};

/** Makes the options of a client, over those of the client that it is derived from. Throws an `OptionError`. */
export const mergeOptions = (outer, given) =>
  (outer === undefined ? Options.base().over({ responseType: 'bytes', ...given }, 'client') : outer.over(given, 'client'));

/** Sets an option by its dotted name; pairs of headers and of the query are added to those before them. */
export const setOption = (options, option, value) => {
  const [group, name] = option.split('.');
  if (group === 'headers') (options.headers ??= []).push(value);
  else if (group === 'searchParams') (options.searchParams ??= new URLSearchParams()).append(...value);
  else if (name === undefined) options[group] = value;
  // A copy: the group may have been given as a whole, and is the user's object then.
  else options[group] = { ...options[group], [name]: group === 'hooks' ? [].concat(options.hooks?.[name] ?? [], value) : value };
};

/** Makes an option throw an `OptionError` when it is read. */
export const setInvalidOption = (options, option, why) => {
  const get = () => {
    throw new OptionError(option, `option \`${option}\` ${why}`);
  };
  Object.defineProperty(options, option, { enumerable: true, configurable: true, get });
};

/** Inputs of a Rust iterator or stream: `take` gives the next or undefined; with `async`, a promise of that. */
export class Inputs {
  constructor(take, close, size, async) {
    this.take = take;
    this.close = close;
    /** Number of inputs, if known. */
    this.size = size;
    const step = (value) => ({ value, done: value === undefined });
    this.next = async ? () => this.take().then(step) : () => step(this.take());
    this[async ? Symbol.asyncIterator : Symbol.iterator] = () => this;
  }

  return() {
    this.close();
    return { value: undefined, done: true };
  }
}

/** Options that a `Request` brings along. */
const OF_A_REQUEST = ['method', 'body', 'json', 'searchParams'];

/** A `Source` whose inputs may also be objects with a `Request` as `url`, and options over it. */
export class RustSource extends Source {
  plain(input, target, tag, template = this.template) {
    if (typeof target !== 'object' || Object.prototype.toString.call(target) !== '[object Request]') {
      return super.plain(input, target, tag, template);
    }
    const fixed = OF_A_REQUEST.find((name) => Object.hasOwn(input, name));
    if (fixed !== undefined) return this.unsendable(input, `\`${fixed}\` cannot be set over that of a web_sys::Request`, undefined, input);
    const { template: outer, signal } = this;
    this.template = template;
    try {
      const place = this.request(target);
      if (place >= 0) this.#complete(tag, template);
      return place;
    } finally {
      this.template = outer;
      this.signal = signal ?? this.signal;
    }
  }

  /** Adds the tag, and the headers that were set over those of the `Request`. */
  #complete(tag, template) {
    if (tag !== undefined) this.info.tag = tag;
    if (template.ownHeaders.size === 0) return;
    const sendOptions = RequestInfo.sendOptions(this.info);
    sendOptions.headers = { ...sendOptions.headers };
    for (const [name, value] of template.ownHeaders) {
      if (value === undefined) delete sendOptions.headers[name];
      else sendOptions.headers[name] = value;
    }
  }
}

/** Calls `heard` when a signal of the options aborts. */
export const listen = ({ signals }, heard) => signals.forEach((signal) => listenTo(signal, heard));

export const unlisten = ({ signals }, heard) => signals.forEach((signal) => unlistenTo(signal, heard));

/** Statuses whose responses have no body (Fetch standard). */
const WITHOUT_BODY = [101, 103, 204, 205, 304];

/** Makes a `Response` of a result. Throws a `RangeError` for a status outside 200–599. */
export const makeResponse = ({ status, statusText, headers: given }, body) => {
  const headers = new Headers(given);
  // The body is decoded.
  if (headers.has('content-encoding')) ['content-encoding', 'content-length'].forEach((name) => headers.delete(name));
  return new Response(WITHOUT_BODY.includes(status) ? null : body, { status, statusText, headers });
};

/** Makes the error of a result that cannot be converted, with what was thrown. */
export const conversionError = ({ request: { url, method }, status, attempts }, thrown) => {
  const fields = { code: 'INTERNAL', url, method, attempts: attempts.length, retryable: false };
  return new FanFetchError(`${method} ${url}: no \`Response\` can be made of it (status ${status})`, fields, thrown);
};

/** Decodes bytes as UTF-8, without a byte order mark. */
export const decodeBody = (bytes) => new TextDecoder().decode(bytes);

/** Parses the data of a success as JSON; empty data is undefined. Throws a `BodyError`. */
export const parseJson = (result) => {
  if (!(result.data?.byteLength > 0)) return undefined;
  try {
    return JSON.parse(decodeBody(result.data));
  } catch {
    // The parser's message quotes the body.
    throw bodyError(result, BODY_PARSE, undefined);
  }
};

/** Faults of bodies, by their numbers in `result.js`. */

/** Makes the error of a success whose data are not as they are wanted. */
const bodyError = ({ request, status, attempts }, fault, error) => 
  failed(request, { status, error }, attempts.length, FAILURE_BODY, fault, 0, fault === BODY_TRUNCATED);

/** Makes the error of a success whose data are JSON that does not fit the type. */
export const shapeError = (result, cause) => {
  const error = bodyError(result, BODY_SCHEMA, undefined);
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return error;
};

/** Makes the error of a body that broke while it was read, with what its reader threw. */
export const truncatedError = (result, thrown) => (isFanFetchError(thrown) ? thrown : bodyError(result, BODY_TRUNCATED, thrown));

/** Describes any thrown value. */
export const messageOf = (thrown) => {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'something that cannot be shown';
  }
};
