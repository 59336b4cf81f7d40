/** The wasm as the user provides it, for the slim entries. */
import { internalError } from './errors.js';

let provided;

/** See `provideWasm` in `slim.d.ts`. */
export const provideWasm = (given) => {
  provided = given;
  // What fails before the first call is told by that call.
  if (typeof given?.then === 'function') given.then(undefined, () => {});
};

/** Whether anything was. */
export const isProvided = () => provided !== undefined && provided !== null;

/** A module or bytes, or a promise of them. */
export const wasm = () => {
  if (!isProvided()) {
    throw internalError("no WebAssembly was provided; before the first call give `provideWasm` of 'fanfetch/slim' the file 'fanfetch/wasm': its module, bytes, URL or Response");
  }
  return opened(typeof provided === 'function' ? provided() : provided);
};

const opened = (given) => {
  if (typeof given?.then === 'function') return given.then(opened);
  if (typeof given === 'string' || kindOf(given) === 'URL') return fetch(given).then(received);
  return kindOf(given) === 'Response' ? received(given) : given;
};

const received = (response) => {
  if (!response.ok) throw new Error(`${response.url || 'the response'} has status ${response.status}`);
  // Of another type, it would be refused.
  const streams = response.headers.get('content-type') === 'application/wasm' && WebAssembly.compileStreaming !== undefined;
  return streams ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
};

// By name, since it may be of another realm.
const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
