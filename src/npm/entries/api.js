/**
 * What every entry gives its users. The build makes one entry of it for each host, whose module it puts in the place of
 * `fanfetch:host`. Nothing happens when it is loaded, so that bundlers keep only what is used, and errors come from a
 * module of their own.
 */
import { on } from './fanfetch.js';
// With it may come the text of the wasm; behind the code it compresses better.
import host from 'fanfetch:host';

export {
  AbortedError, BodyError, BudgetError, CircuitOpenError, FanFetchError, HookError, HttpError, InputError, isFanFetchError,
  NetworkError, OptionError, TimeoutError,
} from './errors.js';

export const fetchAll = (requests, options) => on(host).fetchAll(requests, options);
export const fetchEach = (requests, options) => on(host).fetchEach(requests, options);
export const createClient = (options) => on(host).createClient(options);
export const createFetch = (options) => on(host).createFetch(options);

/** What only some hosts have. */
export * from 'fanfetch:host';
