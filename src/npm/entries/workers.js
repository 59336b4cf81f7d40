/** What is so on Cloudflare Workers wherever the wasm comes from. */
import { Isolated } from '../isolated/isolated.js';
import { WORKERS_CONCURRENCY } from '../../js/protocol.js';

export const workers = { showsRedirects: true, concurrency: WORKERS_CONCURRENCY, Shared: Isolated };
