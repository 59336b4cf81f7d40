/**
 * Pages that leave the work to a worker: bodies are fetched, decompressed and parsed there. Where there are no workers
 * everything is done in place.
 */
import { viaWorker } from '../worker/via-worker.js';
import { start } from '../worker/thread.js';
import { isServer } from './unknown.js';
import { wasm } from './wasm-inline.js';

const hasWorkers = () => typeof Worker === 'function' && !isServer();

export default {
  // At the same time: both take a while.
  wasm: () => (hasWorkers() ? Promise.all([wasm(), start()]).then(([bytes]) => bytes) : wasm()),
  wrap: (calls) => (hasWorkers() ? viaWorker(calls) : calls),
  get showsRedirects() { return isServer(); },
};
