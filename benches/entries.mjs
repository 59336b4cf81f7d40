import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { build } from 'esbuild';
import { weigh } from './bundle.mjs';
import { number, printTable } from './table.mjs';

/**
 * What a host loads of the installed package, by entry: the files as they lie, and what a bundler keeps of some programs.
 * @param {{ dir: string, pkg: string, manifest: object }} context
 * @returns {Promise<Record<string, { raw: number, gzip: number, brotli: number }>>}
 */
export async function entries({ dir, pkg, manifest }) {
  const figures = {};
  for (const [name, file] of entriesOf(manifest.exports)) figures[name] = weigh(loadedBy(pkg, file).map((path) => readFileSync(join(pkg, path))));
  for (const [name, program] of Object.entries(PROGRAMS)) figures[name] = weigh([await bundled(dir, program)]);
  const rows = Object.entries(figures).map(([name, { raw, gzip, brotli }]) => [name, number(raw, 0), number(gzip, 0), number(brotli, 0)]);
  printTable('What each entry loads, bytes', ['', 'raw', 'gzip', 'brotli'], rows, [
    'Of entries all files that importing and the first call load, the wasm included; of programs what esbuild keeps of them for a browser.',
  ]);
  return figures;
}

const PROGRAMS = {
  "bundled: import { fetchAll } from 'fanfetch'": "export { fetchAll } from 'fanfetch';",
  "bundled: import { fetchAll, provideWasm } from 'fanfetch/slim'": "export { fetchAll, provideWasm } from 'fanfetch/slim';",
  "bundled: import { isFanFetchError } from 'fanfetch'": "export { isFanFetchError } from 'fanfetch';",
};

/** Each subpath of the exports under each of its conditions, but for types and the manifest. */
function entriesOf(exports) {
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const name = posix.join('fanfetch', subpath);
    if (typeof target === 'string') return [];
    return Object.entries(target).filter(([condition]) => condition !== 'types').map(([condition, file]) => [`${name} (${condition})`, file]);
  });
}

/** A file and all that it imports, the wasm as its host gets it: imported, read, or inlined. */
function loadedBy(pkg, file, found = []) {
  const path = posix.normalize(file.replace(/\?.*/, ''));
  if (found.includes(path)) return found;
  found.push(path);
  if (!path.endsWith('.js')) return found;
  const text = readFileSync(join(pkg, path), 'utf8');
  for (const [, imported] of text.matchAll(/(?:\bfrom|\bimport|new URL\()\s*["'](\.\/[^"']+)["']/g)) loadedBy(pkg, imported, found);
  return found;
}

async function bundled(dir, contents) {
  const { outputFiles: [{ contents: bytes }] } = await build({
    stdin: { contents, resolveDir: dir }, bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'error',
  });
  return bytes;
}
