/** Vercel's edge runtime, and others of its kind: bundlers know `?module`, and compiling bytes is forbidden there. */
import wasm from './fanfetch.wasm?module';

export default { wasm: () => wasm, showsRedirects: true };
