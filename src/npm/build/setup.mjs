// Set-up: installs what building and testing need and this machine lacks; silent when nothing is missing.
// It runs before `npm ci`, so it imports nothing but Node itself.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cargoBin, chromedriver, chromium, executable, firefox, onPath, path, searching, unique, versionOf, webkit, xvfb } from './programs.mjs';
import { TOOLS, cache, folderOf, hasTool } from './tools.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * Installs what is missing, saying on standard error what and why. What only a cell of the matrix needs may stay missing,
 * and the cell then says so.
 * @param {{ need?: 'build' | 'test' | 'all' }} [options] each includes those before it
 * @returns {Promise<void>} rejects with a message for the user if something cannot be installed
 */
export async function setup({ need = 'build' } = {}) {
  const known = ['build', 'test', 'all'];
  if (!known.includes(need)) throw new TypeError(`setup: need must be one of ${known.join(', ')}, not ${need}`);
  for (const step of [forBuild, forTest, forAll].slice(0, known.indexOf(need) + 1).flat()) {
    if (!step.missing()) continue;
    const started = Date.now();
    say(`installing ${step.name()}: ${step.why}`);
    try {
      await step.install();
      if (step.missing()) throw new Error(`${step.name()} is still missing after its installation`);
    } catch (error) {
      if (!step.optional) throw error;
      say(`${step.name()} could not be installed, and is done without: ${error.message}`);
      continue;
    }
    say(`${step.name()} ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

/**
 * The environment for child processes: PATH finds the tools of exactly the versions wanted, and Cargo;
 * CHROME_PATH names the browser, if there is one.
 * @returns {NodeJS.ProcessEnv}
 */
export function environment() {
  // Cargo's folder comes last: whoever has another cargo on PATH has chosen it.
  const tools = [wasmPack, wasmBindgen].flatMap((tool) => tool.unreached());
  const PATH = unique([join(root, 'node_modules', '.bin'), ...tools, ...path(), cargoBin]).join(delimiter);
  const browser = chromium();
  return { ...process.env, PATH, ...(browser && { CHROME_PATH: browser }) };
}

// wasm-pack accepts only a wasm-bindgen of the version in Cargo.lock, and otherwise downloads one.
const wasmBindgen = cargoTool({
  crate: 'wasm-bindgen-cli',
  version: lockedWasmBindgen,
  bins: ['wasm-bindgen', 'wasm-bindgen-test-runner'],
  // Not --locked: its lock file asks for crates that could not be had. The features would only add TLS.
  args: ['--no-default-features'],
  why: 'it makes the JavaScript glue, and must be of exactly the version in Cargo.lock (1 to 2 minutes, once per user)',
});

const wasmPack = cargoTool({
  crate: 'wasm-pack',
  version: () => '0.15.1',
  bins: ['wasm-pack'],
  args: ['--locked'],
  why: 'it builds the crate, and drives the tests that run inside WebAssembly (1 to 2 minutes, once per user)',
});

const forBuild = [
  {
    name: () => 'npm packages',
    why: 'wasm-opt, the bundler, the type checker and the hosts of the tests, as package-lock.json has them',
    missing: () => !npmPackagesMatch(),
    // Errors must be seen even under `npm test --silent`, and development packages even in production.
    install: () => run('npm', [existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install',
      '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']),
  },
  {
    name: () => 'a C compiler',
    why: 'Rust links build scripts and native tests with it',
    missing: () => !onPath('cc'),
    install: () => apt('gcc', 'libc6-dev'),
  },
  rustPart('the target wasm32-unknown-unknown', 'the crate is compiled for it',
    ['lib', 'rustlib', 'wasm32-unknown-unknown', 'lib'], ['target', 'add', 'wasm32-unknown-unknown']),
  wasmBindgen,
  wasmPack,
];

const forTest = [
  rustPart('rustfmt', 'the tests check the formatting', ['bin', 'cargo-fmt'], ['component', 'add', 'rustfmt']),
  rustPart('clippy', 'the tests deny its warnings', ['bin', 'cargo-clippy'], ['component', 'add', 'clippy']),
  {
    name: () => 'Chromium and chromedriver',
    why: 'part of the tests runs in a browser (set CHROME_PATH and CHROMEDRIVER_PATH to use your own)',
    missing: () => !chromium() || !chromedriver(),
    install: () => apt('chromium', 'chromium-driver'),
  },
  {
    name: () => 'Firefox',
    why: 'the package is tested in a page of it (set FIREFOX_PATH to use your own)',
    optional: true,
    missing: () => !firefox(),
    install: () => apt('firefox-esr'),
  },
];

/** What only cells of the matrix need that `npm test` does not run. */
const forAll = [
  {
    name: () => 'WebKitGTK',
    why: 'the package is tested in pages and workers of it',
    optional: true,
    missing: () => !webkit() || !xvfb(),
    install: () => apt('webkit2gtk-driver', 'xvfb', 'xauth'),
  },
  ...Object.entries(TOOLS).map(([tool, { packages, why }]) => ({
    name: () => Object.entries(packages).map(([name, version]) => `${name} ${version}`).join(', '),
    why,
    optional: true,
    missing: () => !hasTool(tool),
    install() {
      const folder = folderOf(tool);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
      return run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']);
    },
  })),
];

/** A command line tool from crates, of one version, in a folder of its own so that it overwrites nobody's. */
function cargoTool({ crate, version, bins, args, why }) {
  const home = () => join(cache, `${crate}-${version()}`);
  const complete = (dir) => bins.every((bin) => executable(join(dir, bin)));
  const dir = () => [join(home(), 'bin'), ...unique([...path(), cargoBin])].find((candidate, index) =>
    complete(candidate) && (index === 0 || versionOf(join(candidate, bins[0])) === version()));
  return {
    name: () => `${crate} ${version()}`,
    why,
    missing: () => !dir(),
    /** Its folder, if PATH alone would find another version or none. */
    unreached: () => [dir()].filter((found) => found && found !== dirname(onPath(bins[0]) ?? '')),
    async install() {
      const common = ['--version', version(), '--root', home()];
      if (onPath('cargo-binstall')) {
        const ready = await attempt('cargo-binstall', [crate, ...common, '--no-confirm', '--disable-telemetry',
          '--disable-strategies', 'compile'], { timeout: 60_000 });
        if (ready.ok && complete(join(home(), 'bin'))) return;
        say(`no ready-made ${crate} could be fetched, compiling it`);
      }
      // The debug profile without debug information takes a third of the time of a release build.
      await run('cargo', ['install', crate, ...common, '--force', '--debug', ...bins.flatMap((bin) => ['--bin', bin]),
        ...args], { CARGO_PROFILE_DEV_DEBUG: '0' });
    },
  };
}

function rustPart(name, why, file, rustup) {
  return {
    name: () => name,
    why,
    missing: () => !existsSync(join(sysroot(), ...file)),
    install() {
      if (onPath('rustup')) return run('rustup', rustup);
      throw new Error(`${name} is missing, and this Rust is not rustup's: install it as you installed Rust`);
    },
  };
}

let knownSysroot;
function sysroot() {
  if (knownSysroot) return knownSysroot;
  const rustc = spawnSync('rustc', ['--print', 'sysroot'], { cwd: root, env: searching(), encoding: 'utf8' });
  if (rustc.error) throw new Error('Rust is missing: install it with rustup, then run this again');
  if (rustc.status !== 0) throw new Error(`rustc does not run:\n${rustc.stderr.trim()}`);
  return (knownSysroot = rustc.stdout.trim());
}

function lockedWasmBindgen() {
  const lock = textOf(join(root, 'Cargo.lock'));
  const version = /^name = "wasm-bindgen"\r?\nversion = "([^"]+)"/m.exec(lock)?.[1];
  if (!version) throw new Error('Cargo.lock is missing or pins no wasm-bindgen: restore it from the repository');
  return version;
}

/** Compares what npm recorded of its last installation with the lock file: times of files survive no copy. */
function npmPackagesMatch() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (!installed || !wanted) return Boolean(installed);
  const same = (a, b) => a?.version === b?.version && a?.integrity === b?.integrity;
  return Object.entries(wanted).every(([place, entry]) => place === '' || same(entry, installed[place]) ||
    (!installed[place] && (entry.optional || entry.devOptional)))
    && Object.keys(installed).every((place) => wanted[place]);
}

function packagesOf(file) {
  return JSON.parse(textOf(file) || '{}').packages;
}

/** Debian packages, as root or by a sudo that asks nothing. */
async function apt(...packages) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const allowed = !sudo.length || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!allowed || !onPath('apt-get')) throw new Error(`please install them: apt-get install ${packages.join(' ')}`);
  const [command, ...args] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', '-o',
    'DPkg::Lock::Timeout=120'];
  if ((await attempt(command, [...args, 'install', ...packages])).ok) return;
  // The package lists are absent on a fresh image and stale on an old one.
  await run(command, [...args, 'update']);
  await run(command, [...args, 'install', ...packages]);
}

async function run(command, args, env) {
  const { ok, output } = await attempt(command, args, { env });
  if (!ok) throw new Error(`this failed: ${[command, ...args].join(' ')}\n${output.trim()}`);
}

/** Runs a command quietly; its output matters only when it fails. */
function attempt(command, args, { env, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args,
      { cwd: root, env: { ...searching(), ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout });
    let output = '';
    const collect = (text) => { output += text; };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  setup({ need: process.argv[2] ?? 'test' }).catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
