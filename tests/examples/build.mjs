// Builds the examples in Rust, as far as that needs nothing from elsewhere: cargo, then wasm-bindgen of the same version.
import { spawnSync } from 'node:child_process';
import { build as bundle } from 'esbuild';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../../src/npm/build/setup.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** One folder for both: they have most of their dependencies in common. */
const target = join(root, 'target', 'examples');

/** Where the example's glue and wasm are, once it is built. */
export const outputOf = (name) => join(target, 'out', name);

function compile(name, ...args) {
  const crate = `fanfetch_${name.replaceAll('-', '_')}`;
  run('cargo', ['build', '--target', 'wasm32-unknown-unknown', '--target-dir', target], join(root, 'www', 'examples', name));
  rmSync(outputOf(name), { recursive: true, force: true });
  run('wasm-bindgen', [...args, '--out-dir', outputOf(name), join(target, 'wasm32-unknown-unknown', 'debug', `${crate}.wasm`)], root);
}

/** What `worker-build` does with the glue, which would download esbuild and wasm-bindgen. */
async function bundleWorker(name) {
  const out = outputOf(name);
  writeFileSync(join(out, 'shim.js'), "import { fetch } from './index.js';\nexport default { fetch };\n");
  await bundle({
    entryPoints: [join(out, 'shim.js')], outfile: join(out, 'worker.mjs'), bundle: true, format: 'esm', target: 'esnext', logLevel: 'warning',
    external: ['./index_bg.wasm', 'cloudflare:*'],
  });
  writeFileSync(join(out, 'worker.mjs'), readFileSync(join(out, 'worker.mjs'), 'utf8').replace('import source ', 'import '));
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, env: environment(), stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`${command} ended with code ${status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  compile('yew', '--target', 'web');
  compile('workers-rs', '--target', 'module', '--experimental-reset-state-function', '--force-enable-abort-handler', '--out-name', 'index');
  await bundleWorker('workers-rs');
}
