/** What is so on Cloudflare Workers wherever the wasm comes from. */
import { Apart } from '../isolated/isolated.js';

export const workers = { showsRedirects: true, concurrency: 6, Shared: Apart };
