/** Deno: the wasm is inlined, for to read a file would need a permission. */
import { wasm } from './wasm-inline.js';

export default { wasm, showsRedirects: true };
