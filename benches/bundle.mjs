import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bundles a module for browsers as an application does, and lists the files that a page downloads for it.
 * @param {string} dir where the module's imports are looked up
 * @param {string} code
 * @returns {Promise<{ files: Map<string, Uint8Array>, entry: string, spare: string[] }>} all files by name; `spare` names
 *   those that only a page in trouble asks for
 */
export async function bundle(dir, code) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: dir, sourcefile: 'entry.js' },
    absWorkingDir: dir,
    outdir: join(dir, 'out'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.wasm': 'file' },
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const [entryFile] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'entry.js');
  const always = new Set(importedBy(entryFile, metafile.outputs).map((file) => basename(file)));
  const assets = wasmAssets(dir, Object.keys(metafile.inputs));
  for (const path of assets) files.set(basename(path), readFileSync(path));
  const spare = [...files.keys()].filter((name) => assets.length && !always.has(name) && holdsWasm(name, files));
  return { files, entry: basename(entryFile), spare };
}

/**
 * What one file, or several, weigh: compressed one by one, as they are sent.
 * @param {Uint8Array[]} contents
 */
export function weigh(contents) {
  const sum = (size) => contents.reduce((total, bytes) => total + size(bytes), 0);
  return {
    raw: sum((bytes) => bytes.length),
    gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length),
    brotli: sum((bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length),
  };
}

/** A file and what it imports without being asked. */
function importedBy(file, outputs, found = []) {
  if (found.includes(file)) return found;
  found.push(file);
  for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') importedBy(path, outputs, found);
  return found;
}

const WASM_URL = /new URL\(\s*(?:\/\*.*?\*\/\s*)?['"`]([^'"`]+\.wasm)['"`]\s*,\s*import\.meta\.url/g;

/** Files named by `new URL('….wasm', import.meta.url)`, which esbuild leaves as it is and other bundlers copy. */
function wasmAssets(dir, inputs) {
  const paths = new Set();
  for (const input of inputs) {
    if (!/\.[cm]?js$/.test(input) || input === 'entry.js') continue;
    const path = realpathSync(resolve(dir, input));
    for (const [, name] of readFileSync(path, 'utf8').matchAll(WASM_URL)) paths.add(resolve(dirname(path), name));
  }
  return [...paths];
}

/** Whether a script has a wasm module inlined: the first bytes of one, as `src/npm/build/inline.mjs` writes them. */
const holdsWasm = (name, files) => extname(name) === '.js' && /['"`]C(?:}?.){3}DCCC/.test(Buffer.from(files.get(name)).toString());
