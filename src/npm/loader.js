/**
 * The wasm, loaded inside the first call: nobody calls an `init`, and nothing happens when the module is loaded. An entry
 * says where the wasm comes from; a source that has it at hand makes even the first call synchronous.
 */

import imports, { START } from 'fanfetch:imports';
import * as glue from '../../target/npm/glue_bg.js';
import { internalError, isFanFetchError } from '../js/errors.js';

let source;
let live = false;
let loading;

/** Told by an entry: a function that gives a module or its bytes, or a promise of them. */
export const provide = (given) => {
  source = given;
};

/** Undefined once the wasm runs; else a promise that all callers share. After a failure the next call tries again. */
export const ready = () => {
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
  throw isFanFetchError(cause) ? cause : internalError(remedy(String(cause?.message)), cause);
};

/** What happened and what to do, by the words of hosts. */
const remedy = (message) => {
  if (/unsafe-eval|content security policy|\bCSP\b/i.test(message)) {
    return "the content security policy forbids WebAssembly; allow it by `script-src 'wasm-unsafe-eval'`";
  }
  if (/by embedder/i.test(message)) {
    return "this host compiles no WebAssembly at run time; import 'fanfetch' under its own condition (`workerd`, `edge-light`), or give 'fanfetch/slim' a module";
  }
  return 'the WebAssembly module could not be loaded, see `cause`; the next call tries again';
};
