/** Node and Bun: the wasm is a file, compiled synchronously. */
import { wasm } from './file.js';

export default { wasm, showsRedirects: true };
