/** Cloudflare Workers: the runtime compiles the wasm; compiling bytes is forbidden there. */
import wasm from './fanfetch.wasm';
import { provide, setDefaultConcurrency, showsRedirects } from './fanfetch.js';

provide(() => wasm);
showsRedirects();
setDefaultConcurrency(6);

export * from './api.js';
