/** Replaces the host's globals by doubles that only the library sees. */
import { wrap } from './membrane.mjs';
import { visit } from './probe.mjs';

const CLASSES = ['AbortController', 'Blob', 'FinalizationRegistry', 'FormData', 'Headers', 'ReadableStream', 'Request', 'Response', 'TextDecoder',
  'TextEncoder', 'URL', 'URLSearchParams', 'WeakRef'];
const ROOT = { owner: 'host', host: true };

/**
 * True if the package reads a global, and not the test or a part of the host that is written in JavaScript. The first frame
 * outside the doubles decides; parsing the stack as text takes ten times as long.
 */
export const isAsked = () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = asker;
  Error.stackTraceLimit = 5;
  const at = {};
  Error.captureStackTrace(at, isAsked);
  const file = at.stack;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return file.includes('/pkg/') || file.includes('wasm://');
};

const asker = (_, frames) => {
  for (const frame of frames) {
    const file = frame.getScriptNameOrSourceURL();
    if (file && !DOUBLES.test(file)) return file;
  }
  return '';
};
const DOUBLES = /\/injection\/(?:host|membrane|probe|prototype)\.mjs/;

/**
 * Installs the doubles; returns a function that removes them.
 *
 * @param {import('./clock.mjs').Clock} clock The library's clock.
 * @param {typeof fetch} fetch The library's fetch.
 * @param {boolean} [isBare] Replaces only the clock and fetch, by plain functions.
 */
export const occupy = (clock, fetch, isBare = false) => {
  const undo = [];
  /** `make` gives what the library gets in the place of a property; where `isRead`, the reading is a point, too. */
  const replace = (object, name, label, make) => {
    const before = Reflect.getOwnPropertyDescriptor(object, name);
    const old = object[name];
    const made = make(old);
    const read = () => (isBare ? made : visit(ROOT, label, 'get', () => wrap(made, label, ROOT)));
    Object.defineProperty(object, name, { configurable: true, enumerable: before?.enumerable ?? true, get: () => (isAsked() ? read() : old), set() {} });
    undo.push(() => (before === undefined ? delete object[name] : Object.defineProperty(object, name, before)));
  };
  for (const name of isBare ? [] : CLASSES) if (name in globalThis) replace(globalThis, name, name, (old) => old);
  replace(globalThis, 'performance', 'performance', () => ({ now: () => clock.now() }));
  replace(globalThis, 'setTimeout', 'setTimeout', () => (...args) => clock.set(...args));
  replace(globalThis, 'clearTimeout', 'clearTimeout', () => (id) => clock.clear(id));
  replace(globalThis, 'queueMicrotask', 'queueMicrotask', (old) => (act) => old(act));
  replace(globalThis, 'btoa', 'btoa', (old) => (text) => old(text));
  replace(globalThis, 'fetch', 'fetch', () => fetch);
  replace(Date, 'now', 'Date.now', () => () => 1_800_000_000_000 + clock.now());
  replace(Math, 'random', 'Math.random', () => () => 0.5);
  return () => undo.forEach((act) => act());
};
