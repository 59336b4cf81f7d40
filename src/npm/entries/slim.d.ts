export * from './index.js';

/** The WebAssembly of the package (the file `fanfetch/wasm`): compiled, as bytes, where it lies, or on its way. */
export type WasmSource = object | string;

/**
 * Says where the WebAssembly comes from. Call it once, before the first call of anything else of `fanfetch/slim`; it is
 * used within that call, and only then is a function called or an address fetched. Node and Bun need none: they have the file.
 *
 * @param source A `WebAssembly.Module`, its bytes, a URL, a `Response`, a promise of one of them, or a function that gives
 *   any of these: it is called again when a load has failed, which only a function or a URL makes good.
 * @example
 * import wasm from 'fanfetch/fanfetch.wasm'; // a module, where the bundler makes one of it
 * provideWasm(wasm);
 * @example
 * provideWasm(() => fetch('/assets/fanfetch.wasm'));
 */
export function provideWasm(source: WasmSource | PromiseLike<WasmSource> | (() => WasmSource | PromiseLike<WasmSource>)): void;
