/** Cloudflare Workers: the runtime compiles the wasm; compiling bytes is forbidden there. */
import wasm from './fanfetch.wasm';
import { workers } from './workers.js';

export default { wasm: () => wasm, ...workers };
