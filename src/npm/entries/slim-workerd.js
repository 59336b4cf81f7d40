/** Without the wasm, on Cloudflare Workers, where what is provided has to be a module. */
import { wasm } from './provided.js';
import { workers } from './workers.js';

export { provideWasm } from './provided.js';
export default { wasm, slim: true, ...workers };
