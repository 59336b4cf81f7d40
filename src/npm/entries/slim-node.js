/** The wasm as the user provides it, on Node and Bun; who provides none has the file, which is always there. */
import { wasm as file } from './file.js';
import { isProvided, wasm } from './provided.js';

export { provideWasm } from './provided.js';
export default { wasm: () => (isProvided() ? wasm() : file()), showsRedirects: true };
