/** The wasm as a file beside this one; inlined where a bundler left it behind. */
export const wasm = () => {
  try {
    // An import would take Node longer than to read the file: it makes whatever that module exports.
    return process.getBuiltinModule('node:fs').readFileSync(new URL('./fanfetch.wasm', import.meta.url));
  } catch {
    return import('./wasm-inline.js').then(({ wasm }) => wasm());
  }
};
