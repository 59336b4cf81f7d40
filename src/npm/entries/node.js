/** Node and Bun: the wasm is a file beside this one, compiled synchronously; inlined where a bundler left it behind. */
import { readFileSync } from 'node:fs';
import { provide, showsRedirects } from './fanfetch.js';

provide(() => {
  try {
    return readFileSync(new URL('./fanfetch.wasm', import.meta.url));
  } catch {
    return import('./wasm-inline.js').then(({ wasm }) => wasm());
  }
});
showsRedirects();

export * from './api.js';
