/** The part of `src/api`, the Rust API, that is shorter in JavaScript. */

import { OptionError, isFanFetchError } from './output/errors.js';
import { Options, setDefaultConcurrency } from './options/options.js';
import { BODY, failed } from './output/result.js';
import { showsRedirects } from './exchange/sending.js';

let isolated;

/** Looks once which host this is. True if no wait may be shared by two calls, as on Cloudflare Workers. */
export const isIsolated = () => {
  if (isolated === undefined) {
    isolated = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
    if (isolated) setDefaultConcurrency(6);
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
  else if (group === 'hooks') ((options.hooks ??= {})[name] ??= []).push(value);
  else if (name === undefined) options[group] = value;
  else (options[group] ??= {})[name] = value;
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

/** Decodes bytes as UTF-8, without a byte order mark. */
export const decodeBody = (bytes) => new TextDecoder().decode(bytes);

/** Parses the data of a success as JSON; empty data is undefined. Throws a `BodyError`. */
export const parseJson = (result) => {
  if (!(result.data?.byteLength > 0)) return undefined;
  try {
    return JSON.parse(decodeBody(result.data));
  } catch {
    // The parser's message quotes the body.
    throw bodyError(result, UNPARSABLE, undefined);
  }
};

/** Faults of bodies, by their numbers in `result.js`. */
const [TRUNCATED, UNPARSABLE, MISSHAPEN] = [0, 4, 5];

/** Makes the error of a success whose data are not as they are wanted. */
const bodyError = ({ request, status, attempts }, fault, error) => 
  failed(request, { status, error }, attempts.length, BODY, fault, 0, fault === TRUNCATED);

/** Makes the error of a success whose data are JSON that does not fit the type. */
export const shapeError = (result, cause) => {
  const error = bodyError(result, MISSHAPEN, undefined);
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return error;
};

/** Makes the error of a body that broke while it was read, with what its reader threw. */
export const truncatedError = (result, thrown) => (isFanFetchError(thrown) ? thrown : bodyError(result, TRUNCATED, thrown));

/** Describes any thrown value. */
export const messageOf = (thrown) => {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'something that cannot be shown';
  }
};
