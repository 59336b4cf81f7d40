/** Cloudflare Workers: the runtime compiles the wasm; compiling bytes is forbidden there. */
import wasm from './fanfetch.wasm';
import { provide, showsRedirects } from './fanfetch.js';

provide(() => wasm);
showsRedirects();

export * from './api.js';
