import { bundle, weigh } from './bundle.mjs';
import { number, printTable } from './table.mjs';

const OURS = 'fanfetch';
const INLINED = 'fanfetch, wasm inlined';

/** Programs that use what they import, so that nothing they need is shaken off, and nothing more is kept. */
const PROGRAMS = {
  // The whole contract, not the one function a page may need.
  [OURS]: "export * from 'fanfetch';",
  'fanfetch/worker': "export * from 'fanfetch/worker';",
  'axios + p-limit': `
    import axios from 'axios';
    import pLimit from 'p-limit';
    const limit = pLimit(32);
    export const fetchAll = (urls) => Promise.all(urls.map((url) => limit(() => axios.get(url, { timeout: 10_000 }))));`,
  'ky + p-queue + cockatiel': `
    import ky from 'ky';
    import PQueue from 'p-queue';
    import { circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
    const queue = new PQueue({ concurrency: 32 });
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 5_000, breaker: new SamplingBreaker({ threshold: 0.5, duration: 30_000 }) });
    export const fetchAll = (urls) =>
      Promise.all(urls.map((url) => queue.add(() => breaker.execute(({ signal }) => ky(url, { signal }).json()))));`,
};

/**
 * Bytes that a browser downloads, bundled and minified by esbuild.
 * @param {{ dir: string }} context
 * @returns {Promise<object>} the weight of each
 */
export async function size({ dir }) {
  const figures = {};
  const notes = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const { files, spare } = await bundle(dir, program);
    const usual = [...files.keys()].filter((file) => !spare.includes(file));
    figures[name] = weighAll(files, usual);
    if (name !== OURS) continue;
    figures[INLINED] = weighAll(files, [...usual.filter((file) => !spare.length || !file.endsWith('.wasm')), ...spare]);
    notes.push(`fanfetch is all of its exports, under the condition \`browser\`. Its files in brotli: ${listed(files, usual)}.`);
    if (spare.length) notes.push(`Inlined: where the wasm cannot be loaded from its URL, a page gets instead ${listed(files, spare)}.`);
  }
  const rows = Object.entries(figures).map(([name, { raw, gzip, brotli, files }]) =>
    [name, number(raw, 0), number(gzip, 0), number(brotli, 0), String(files.length)]);
  printTable('Bytes that a browser downloads', ['', 'raw', 'gzip', 'brotli', 'files'], rows, notes);
  return figures;
}

const weighAll = (files, names) => ({ ...weigh(names.map((name) => files.get(name))), files: names });

const listed = (files, names) => names.map((name) => `${name} ${number(weigh([files.get(name)]).brotli, 0)}`).join(', ');
