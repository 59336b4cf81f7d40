// Makes the package's scripts small: all that a browser may have to download.
import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * Bundles into `outfile` as the rest tells esbuild; terser then finds what it left. Not by functions that would be made
 * anew at each call (`reduce_funcs`).
 */
export async function bundle({ outfile, ...options }) {
  const { outputFiles: [{ text }] } = await build({
    bundle: true, format: 'esm', target: 'es2022', minify: true, charset: 'utf8', legalComments: 'none', absWorkingDir: root, ...options, outfile, write: false,
  });
  const compress = { passes: 2, reduce_funcs: false };
  const { code } = await minify(text, { module: true, ecma: 2022, compress });
  writeFileSync(outfile, code);
}
