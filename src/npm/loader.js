/**
 * The wasm, loaded inside the first call: nobody calls an `init`, and nothing happens when the module is loaded. An entry
 * says where the wasm comes from; a source that has it at hand makes even the first call synchronous.
 */

import { makeGlue } from 'fanfetch:glue';
import { internalError, isFanFetchError } from '../js/output/errors.js';
import { live, start } from './instance.js';

let source;
/** Kept for the instance that follows one that trapped. */
let module;
/** Whether it was waited for; browsers instantiate nothing large while their page waits. */
let late = false;
let loading;

/** Told by an entry: a function that gives a module or its bytes, or a promise of them. */
export const provide = (given) => {
  source = given;
};

/** Undefined once the wasm runs; else a promise that all callers share. After a failure the next call tries again. */
export const ready = () => {
  if (live !== undefined) return undefined;
  if (loading !== undefined) return loading;
  const given = module ?? guarded(source);
  late ||= typeof given?.then === 'function';
  if (!late) return guarded(() => adopt(given));
  loading = Promise.resolve(given).then(instantiate).catch(unloadable).finally(() => {
    loading = undefined;
  });
  return loading;
};

const adopt = (given) => {
  module = isModule(given) ? given : new WebAssembly.Module(given);
  const glue = makeGlue();
  start(glue, new WebAssembly.Instance(module, glue.imports));
};

const instantiate = async (given) => {
  const glue = makeGlue();
  const made = await WebAssembly.instantiate(given, glue.imports);
  module = made.module ?? given;
  start(glue, made.instance ?? made);
};

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
