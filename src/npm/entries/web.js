/** Pages, workers and everything that reads like one: the wasm is an asset beside this file, or inlined where it is not. */
import { provide } from './fanfetch.js';

const inlined = () => import('./wasm-inline.js').then(({ wasm }) => wasm());

provide(() =>
  fetch(new URL('./fanfetch.wasm', import.meta.url)).then((response) => (response.ok ? response : inlined()), inlined));

export * from './api.js';
