/**
 * The public API over a wasm that is loaded inside the first call: nobody calls an `init`, and nothing happens when the
 * module is loaded. An entry says where the wasm comes from; a source that has it at hand makes even the first call
 * synchronous.
 */

import imports, { START } from 'fanfetch:imports';
import * as glue from '../../target/npm/glue_bg.js';
import { Results } from '../js/each.js';
import { internalError } from '../js/errors.js';
import { Sink } from '../js/sink.js';

export { setDefaultConcurrency } from '../js/options.js';
export { showsRedirects } from '../js/wire.js';
export {
  AbortedError, BodyError, BudgetError, CircuitOpenError, FanFetchError, HookError, HttpError, InputError, isFanFetchError,
  NetworkError, OptionError, TimeoutError,
} from '../js/errors.js';

/** See `fetchAll` in `types.d.ts`. */
export const fetchAll = (requests, options) => {
  const results = [];
  const sink = new Sink((index, result) => {
    results[index] = result;
  }, results);
  return call(options, () => glue.run(requests, options, sink, false));
};

/** See `fetchEach` in `types.d.ts`. Nothing begins before the first result is asked for. */
export const fetchEach = (requests, options) =>
  new Results((sink) => call(options, () => glue.run(requests, options, sink, true)));

let source;
let live = false;
let loading;

/** Told by an entry: a function that gives a module or its bytes, or a promise of them. */
export const provide = (given) => {
  source = given;
};

const call = (options, act) => {
  try {
    // A signal that is aborted already waits for nothing.
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const waiting = ready();
    return waiting === undefined ? act() : waiting.then(act);
  } catch (error) {
    return Promise.reject(error);
  }
};

/** Undefined once the wasm runs; else a promise that all callers share. After a failure the next call tries again. */
const ready = () => {
  if (live) return undefined;
  if (loading !== undefined) return loading;
  const given = guarded(source);
  if (typeof given?.then !== 'function') return adopt(given);
  loading = given.then(instantiate).then(start, unloadable).finally(() => {
    loading = undefined;
  });
  return loading;
};

const adopt = (given) => {
  const module = isModule(given) ? given : guarded(() => new WebAssembly.Module(given));
  start(new WebAssembly.Instance(module, imports));
};

const start = (instance) => {
  glue.__wbg_set_wasm(instance.exports);
  instance.exports[START]();
  live = true;
};

const instantiate = async (given) =>
  isModule(given) ? new WebAssembly.Instance(given, imports) : (await WebAssembly.instantiate(given, imports)).instance;

// No `instanceof`: a module of another realm is a module.
const isModule = (value) => Object.prototype.toString.call(value) === '[object WebAssembly.Module]';

const guarded = (load) => {
  try {
    return load();
  } catch (error) {
    return unloadable(error);
  }
};

const unloadable = (cause) => {
  const forbidden = /unsafe-eval|content security policy/i.test(String(cause?.message));
  throw internalError(
    forbidden
      ? "the content security policy forbids WebAssembly; allow it by `script-src 'wasm-unsafe-eval'`"
      : 'the WebAssembly module could not be loaded; the next call tries again',
    cause,
  );
};
