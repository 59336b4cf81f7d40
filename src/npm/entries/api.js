/** What every entry gives its users. */
export {
  AbortedError, BodyError, BudgetError, CircuitOpenError, createClient, createFetch, FanFetchError, fetchAll, fetchEach, HookError, HttpError, InputError,
  isFanFetchError, NetworkError, OptionError, TimeoutError,
} from './fanfetch.js';
