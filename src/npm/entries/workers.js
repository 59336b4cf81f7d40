/** What is so on Cloudflare Workers wherever the wasm comes from. */
import { Apart } from '../apart.js';

export const workers = { showsRedirects: true, concurrency: 6, Shared: Apart };
