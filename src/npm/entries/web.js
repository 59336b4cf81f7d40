/** Pages, workers and everything that reads like one: the wasm comes in the same file, so that no bundler can lose it. */
import { provide } from './fanfetch.js';
import { wasm } from './wasm-inline.js';

provide(wasm);

export * from './api.js';
