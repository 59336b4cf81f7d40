/** The WebAssembly of the package, as the host or the bundler gives it: most give a `WebAssembly.Module`. */
declare const wasm: object;
export default wasm;
