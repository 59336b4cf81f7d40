/**
 * Pages, workers and everything that reads like one: the wasm comes with the code, so that no bundler can lose it. As one
 * file this is also the entry for hosts that nobody has heard of yet.
 */
import { isServer } from './unknown.js';
import { wasm } from './wasm-inline.js';

export default { wasm, get showsRedirects() { return isServer(); } };
