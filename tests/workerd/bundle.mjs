/** Bundles a worker as Cloudflare's own tools do: their conditions, and the wasm left to be a module. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));

/**
 * @param {string} entry The worker's script, which imports `fanfetch`.
 * @param {string} out A folder that need not exist.
 * @param {{ installed?: boolean }} [options] Whether `fanfetch` is the one installed where the script is, not the one in pkg/.
 * @returns {Promise<{ modulesRoot: string, modules: { type: string, path: string }[] }>} What Miniflare takes.
 */
export async function bundleWorker(entry, out, { installed = false } = {}) {
  mkdirSync(out, { recursive: true });
  const found = new Set();
  const wasm = {
    name: 'wasm-modules',
    setup(builder) {
      if (!installed) builder.onResolve({ filter: /^fanfetch$/ }, () => ({ path: join(PKG, 'entry.workerd.js') }));
      builder.onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData?.asked) return undefined;
        const file = await builder.resolve(path, { resolveDir, kind, pluginData: { asked: true } });
        copyFileSync(file.path, join(out, basename(path)));
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
