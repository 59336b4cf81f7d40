/** All that the package gives, to its users and to its own entries. */

export {
  AbortedError, BodyError, BudgetError, CircuitOpenError, FanFetchError, HookError, HttpError, InputError, isFanFetchError,
  NetworkError, OptionError, TimeoutError,
} from '../js/errors.js';
export { setDefaultConcurrency } from '../js/options.js';
export { showsRedirects } from '../js/wire.js';
export { createClient } from './client.js';
export { createFetch } from './fetch.js';
export { provide } from './loader.js';
export { makeStats } from '../js/stats.js';
export { engineOf } from './calls.js';
export { Calls, shareBy, switches } from './shared.js';
import { fetchAll as all, fetchEach as each } from './calls.js';

/** See `fetchAll` in `types.d.ts`. */
export const fetchAll = (requests, options) => all(requests, options);

/** See `fetchEach` in `types.d.ts`. */
export const fetchEach = (requests, options) => each(requests, options);
