/** Node and Bun: the wasm is a file beside this one, compiled synchronously; inlined where a bundler left it behind. */
import { readFileSync } from 'node:fs';

const wasm = () => {
  try {
    return readFileSync(new URL('./fanfetch.wasm', import.meta.url));
  } catch {
    return import('./wasm-inline.js').then(({ wasm }) => wasm());
  }
};

export default { wasm, showsRedirects: true };
