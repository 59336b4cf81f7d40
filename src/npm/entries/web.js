/** Pages, workers and everything that reads like one: the wasm is an asset beside this file, or inlined where it is not. */
import { provide } from './fanfetch.js';

const inlined = () => import('./wasm-inline.js').then(({ wasm }) => wasm());

provide(async () => {
  try {
    const response = await fetch(new URL('./fanfetch.wasm', import.meta.url));
    if (response.ok) return response;
  } catch {
    // Bundled into one script, or the asset was left behind.
  }
  return inlined();
});

export * from './api.js';
