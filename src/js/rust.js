/** For programs in Rust (`src/api`): what takes more than a call or two from there. */

import { OptionError, isFanFetchError } from './errors.js';
import { Options, setDefaultConcurrency } from './options.js';
import { BODY, failed } from './result.js';
import { showsRedirects } from './sending.js';

let apart;

/** Looks once where this is. Whether nothing that waits may be shared by two calls: on Cloudflare Workers. */
export const isApart = () => {
  if (apart === undefined) {
    apart = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
    if (apart) setDefaultConcurrency(6);
    // Node, Deno and Bun; a page under Electron has both, and the fetch of a browser.
    if (apart || (globalThis.process?.versions?.node !== undefined && globalThis.document === undefined)) showsRedirects();
  }
  return apart;
};

/** The options of a client, over those of the one that it is derived from. Throws an `OptionError`. */
export const merge = (outer, given) =>
  (outer === undefined ? Options.base().over({ responseType: 'bytes', ...given }, 'client') : outer.over(given, 'client'));

/** Sets one of the options by its dotted name; pairs of headers and of the query are added to those before them. */
export const put = (options, option, value) => {
  const [group, name] = option.split('.');
  if (group === 'headers') (options.headers ??= []).push(value);
  else if (group === 'searchParams') (options.searchParams ??= new URLSearchParams()).append(...value);
  else if (group === 'hooks') ((options.hooks ??= {})[name] ??= []).push(value);
  else if (name === undefined) options[group] = value;
  else (options[group] ??= {})[name] = value;
};

/** Makes the options such as are refused when they are read. */
export const refuse = (options, option, why) => {
  const get = () => {
    throw new OptionError(option, `option \`${option}\` ${why}`);
  };
  Object.defineProperty(options, option, { enumerable: true, configurable: true, get });
};

/** Inputs that Rust gives: `take` gives the next or undefined, or where it is `async` a promise of that. */
export class Inputs {
  constructor(take, close, size, async) {
    this.take = take;
    this.close = close;
    /** How many there are, where that is known. */
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

/** Bytes as text; a byte order mark is skipped. */
export const textOf = (bytes) => new TextDecoder().decode(bytes);

/** The data of a success as JSON: undefined where there is none. Throws a `BodyError`. */
export const valueOf = (result) => {
  if (!(result.data?.byteLength > 0)) return undefined;
  try {
    return JSON.parse(textOf(result.data));
  } catch {
    // The parser's message quotes the body.
    throw misfit(result, UNPARSABLE, undefined);
  }
};

/** Of the faults of bodies; the order is that of `result.js`. */
const [TRUNCATED, UNPARSABLE, MISSHAPEN] = [0, 4, 5];

/** The error of a success whose data cannot be what they are wanted as. */
const misfit = ({ request, status, attempts }, fault, error) => 
  failed(request, { status, error }, attempts.length, BODY, fault, 0, fault === TRUNCATED);

/** That of one whose data are JSON of another shape. */
export const misshapen = (result, cause) => {
  const error = misfit(result, MISSHAPEN, undefined);
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return error;
};

/** That of one whose body is handed out, and broke: with what its reader threw. */
export const broken = (result, thrown) => (isFanFetchError(thrown) ? thrown : misfit(result, TRUNCATED, thrown));

/** Gives what was thrown in words. */
export const wordsOf = (thrown) => {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'something that cannot be shown';
  }
};
