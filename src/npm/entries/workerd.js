/** Cloudflare Workers: the runtime compiles the wasm; compiling bytes is forbidden there. */
import wasm from './fanfetch.wasm';
import { Apart } from '../apart.js';
import { provide, setDefaultConcurrency, shareBy, showsRedirects } from './fanfetch.js';

provide(() => wasm);
showsRedirects();
setDefaultConcurrency(6);
shareBy(Apart);

export * from './api.js';
