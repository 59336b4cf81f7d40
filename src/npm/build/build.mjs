// The build: from the crate to the complete npm package in pkg/. Does nothing when nothing has changed.
import { build as esbuild } from 'esbuild';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factory } from './glue.mjs';
import { inlined } from './inline.mjs';
import { bundle } from './minify.mjs';
import { environment } from './setup.mjs';
import { shrink } from './shrink.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const glueDir = join(root, 'target', 'npm');
const pkg = join(root, 'pkg');
const stamp = join(root, 'target', 'npm.stamp');

/** What the package is made of; a change of any of it makes a new one. */
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'pkg.json', 'README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'package-lock.json', 'src'];

/**
 * Builds the package unless the one in pkg/ is up to date.
 * @returns {Promise<boolean>} whether it had to
 */
export async function build() {
  const wanted = fingerprint();
  if (existsSync(stamp) && existsSync(join(pkg, 'package.json')) && readFileSync(stamp, 'utf8') === wanted) return false;
  await compile();
  const names = await shrink(join(glueDir, 'glue_bg.wasm'), run);
  // Tests tell its exports apart by their long names.
  writeFileSync(join(glueDir, 'exports.json'), JSON.stringify(Object.fromEntries(names.exports)));
  rmSync(pkg, { recursive: true, force: true });
  mkdirSync(pkg, { recursive: true });
  await assemble(names);
  writeFileSync(stamp, wanted);
  return true;
}

/** LLVM inlines functions, copies code into the ways that lead to it, and counts in loops by addresses, for a speed that none of this has to gain. */
const LEAN = ['--inline-threshold=10', '--enable-pre=false', '--disable-lsr'].map((argument) => `-Cllvm-args=${argument}`);

async function compile() {
  // So that the folder of their sources, which is to be left out of the wasm, is there.
  await run('cargo', ['fetch', '--target', 'wasm32-unknown-unknown']);
  const RUSTFLAGS = [process.env.RUSTFLAGS, ...LEAN, ...unnamed()].filter(Boolean).join(' ');
  // What lies in target/ is checked by the stamp; `no-install`: the tools are set up already, or the build says which is missing.
  await run('wasm-pack', ['build', 'src/npm', '--release', '--target', 'bundler', '--mode', 'no-install', '--no-typescript', '--no-pack', '--out-name', 'glue', '--out-dir', glueDir],
    { RUSTFLAGS });
}

/** Panics name the files they come from; the names must not tell where this machine keeps them, and where it had them from. */
function unnamed() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const sources = join(cargoHome, 'registry/src');
  const crates = existsSync(sources) ? readdirSync(sources).map((name) => [join(sources, name), 'crates']) : [];
  // Of several that match the last counts.
  return [[cargoHome, 'cargo'], ...crates, [root, 'fanfetch']].map(([path, name]) => `--remap-path-prefix=${path}=${name}`);
}

async function assemble(names) {
  const wasm = readFileSync(join(glueDir, 'glue_bg.wasm'));
  writeFileSync(join(pkg, 'fanfetch.wasm'), wasm);
  writeFileSync(join(pkg, 'wasm-inline.js'), inlined(wasm));
  await bundle({ entryPoints: [join(root, 'src/js/output/errors.js')], outfile: join(pkg, 'errors.js') });
  await bundle({ entryPoints: [join(root, 'src/npm/main.js')], outfile: join(pkg, 'fanfetch.js'), plugins: [errorsApart, glued(names)] });
  await bundle({ entryPoints: [join(root, 'src/npm/worker/worker.js')], outfile: join(pkg, 'worker.js') });
  for (const [name, host, held] of ENTRIES) await bundle({ ...entryOf(host, held), outfile: join(pkg, `entry.${name}.js`) });
  await esbuild({
    bundle: true, format: 'esm', platform: 'node', target: 'node20', minify: true, lineLimit: 400, charset: 'utf8', legalComments: 'none', absWorkingDir: root,
    entryPoints: [join(root, 'src/npm/cli/main.js')], outfile: join(pkg, 'cli.js'),
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [{ name: 'fanfetch', setup: (hook) => hook.onResolve({ filter: /^fanfetch$/ }, () => ({ path: './entry.node.js', external: true })) }],
  });
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE']) cpSync(join(root, file), join(pkg, file));
  cpSync(join(root, 'src/js/types.d.ts'), join(pkg, 'index.d.ts'));
  for (const name of ['slim', 'wasm', 'worker']) cpSync(join(root, `src/npm/entries/${name}.d.ts`), join(pkg, `${name}.d.ts`));
  const [, version] = /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(root, 'pkg.json'), 'utf8'));
  writeFileSync(join(pkg, 'package.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
}

/** What entries share. */
const CODE = ['errors', 'fanfetch'];

/** The entries: each made of a host of `src/npm/entries`, and holding in itself what else it would import. */
const ENTRIES = [
  ...['web', 'workerd', 'edge-light', 'deno', 'slim', 'slim-workerd', 'worker'].map((host) => [host, host, []]),
  // Node takes a millisecond and more for each file.
  ...['node', 'slim-node'].map((host) => [host, host, CODE]),
  ['inline', 'web', [...CODE, 'wasm-inline']],
];

const entryOf = (host, held) => ({
  entryPoints: [join(root, 'src/npm/entries/api.js')],
  external: ['./fanfetch.wasm', './fanfetch.wasm?module', 'node:*'],
  plugins: [{
    name: 'entry',
    setup(hook) {
      hook.onResolve({ filter: /^fanfetch:script$/ }, ({ path }) => ({ path, namespace: 'script' }));
      hook.onLoad({ filter: /.*/, namespace: 'script' }, () => ({ contents: readFileSync(join(pkg, 'worker.js')), loader: 'text' }));
      hook.onResolve({ filter: /^fanfetch:host$/ }, () => ({ path: join(root, `src/npm/entries/${host}.js`) }));
      hook.onResolve({ filter: /^\.\/(?:errors|fanfetch|wasm-inline)\.js$/ }, ({ path }) => (held.includes(basename(path, '.js')) ? { path: join(pkg, path) } : { path, external: true }));
    },
  }],
});

/** Errors are a file of their own, which those can have alone who only look at errors. */
const errorsApart = {
  name: 'errors apart',
  setup: (hook) => hook.onResolve({ filter: /\/errors\.js$/ }, ({ kind }) => (kind === 'entry-point' ? undefined : { path: './errors.js', external: true })),
};

/** The folder that wasm-bindgen copies the crate's modules to, by their paths in the crate. */
const SNIPPET = /^.*\/snippets\/fanfetch-[0-9a-f]+\//;

/** The glue imports copies of our own modules; the bundle must hold each of them once. */
const glued = (names) => ({
  name: 'glued',
  setup(hook) {
    hook.onResolve({ filter: SNIPPET }, ({ path }) => ({ path: join(root, path.replace(SNIPPET, '')) }));
    hook.onResolve({ filter: /^fanfetch:(?:timers|finalizers)$/ }, ({ path }) => ({ path: join(root, 'src/npm', `${path.slice(9)}.js`) }));
    hook.onResolve({ filter: /^fanfetch:glue$/ }, ({ path }) => ({ path, namespace: 'glue' }));
    hook.onLoad({ filter: /.*/, namespace: 'glue' }, () => ({ contents: factory(readFileSync(join(glueDir, 'glue_bg.js'), 'utf8'), names), resolveDir: glueDir }));
  },
});

function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const file = join(root, path);
    if (!existsSync(file)) return;
    if (statSync(file).isDirectory()) readdirSync(file).sort().forEach((name) => add(join(path, name)));
    else hash.update(path).update('\0').update(readFileSync(file)).update('\0');
  };
  INPUTS.forEach(add);
  return hash.digest('hex');
}

function run(command, args, more) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...environment(), ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, output] = [[], []];
    child.stdout.on('data', (data) => said.push(data) && output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(said).toString()) : reject(new Error(`${command} failed:\n${Buffer.concat(output)}`))));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now();
  if (await build()) process.stderr.write(`fanfetch: built pkg/ in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
