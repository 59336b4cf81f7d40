/** Bundles a worker as Cloudflare's own tools do: their conditions, and the wasm left to be a module. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));

/**
 * @param {string} entry The worker's script, which imports `fanfetch`.
 * @param {string} out A folder that need not exist.
 * @returns {Promise<{ modulesRoot: string, modules: { type: string, path: string }[] }>} What Miniflare takes.
 */
export async function bundleWorker(entry, out) {
  mkdirSync(out, { recursive: true });
  const found = new Set();
  const wasm = {
    name: 'wasm-modules',
    setup(builder) {
      builder.onResolve({ filter: /^fanfetch$/ }, () => ({ path: join(PKG, 'entry.workerd.js') }));
      builder.onResolve({ filter: /\.wasm$/ }, ({ path, importer }) => {
        copyFileSync(join(dirname(importer), path), join(out, basename(path)));
        found.add(basename(path));
        return { path: `./${basename(path)}`, external: true };
      });
    },
  };
  const script = join(out, 'worker.mjs');
  await build({
    entryPoints: [entry], outfile: script, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], external: ['cloudflare:*'],
    logLevel: 'error', plugins: [wasm],
  });
  return {
    modulesRoot: out,
    modules: [{ type: 'ESModule', path: script }, ...[...found].map((name) => ({ type: 'CompiledWasm', path: join(out, name) }))],
  };
}
