// The suites of `npm test`, in the order in which they run. tests/run.mjs runs them.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromedriver, chromium } from '../src/npm/build/programs.mjs';

/** The top folder of the project, where suites run unless they say otherwise. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string[]} command program and arguments
 * @property {'cargo' | 'node' | 'wasm-pack' | 'exit'} counts how passed and failed tests are read from the output;
 *   `exit` is one test, passed by exit code 0
 * @property {string} [cwd]
 * @property {() => Record<string, string>} [env] additions to the environment, made just before the suite runs
 * @property {boolean} [usesPackage] it exercises pkg/, so it means nothing if the build has failed
 * @property {boolean} [startsBrowser] by a driver that sometimes waits for ever; run once more when it is late
 * @property {number} [limit] milliseconds after which it is ended
 * @property {string} [prints] a file that it makes, and that is shown whatever comes of it
 * @property {string} [problem] why it cannot run, which counts as one failed test
 */

/** Builds pkg/; the first of all suites. */
export const build = {
  name: 'build', counts: 'exit', command: [process.execPath, 'src/npm/build/build.mjs'],
};

/**
 * @param {boolean} [all] whether to run all cells of the matrix of runtimes, not the quick ones alone
 * @returns {Suite[]} all suites but the build; call it when set-up is done
 */
export function suites(all = false) {
  const nodeSuites = [
    nodeTests('server', 'tests/server.test.mjs'),
    nodeTests('command', 'tests/cli', { usesPackage: true }),
    nodeTests('js', 'tests/js', { usesPackage: true }),
    nodeTests('fuzz', 'tests/fuzz', { usesPackage: true }),
    nodeTests('package', 'tests/package', { usesPackage: true }),
    nodeTests('injection', 'tests/injection', { usesPackage: true, prints: 'target/injection.md', ...(all && EACH_POINT) }, 900_000),
    nodeTests('runtimes', 'tests/runtimes', { usesPackage: true, prints: 'target/matrix.md', ...(all && ALL_CELLS) }, 3_600_000),
    nodeTests('workerd', 'tests/workerd', { usesPackage: true, ...(all && ALL_CELLS) }, 900_000),
    nodeTests('types', 'tests/types', { usesPackage: true }),
    nodeTests('readme', 'tests/readme.test.mjs', { usesPackage: true }),
    nodeTests('examples', 'tests/examples'),
  ].filter(Boolean);
  return [
    { name: 'fmt', counts: 'exit', command: ['cargo', 'fmt', '--check'] },
    clippy('clippy', '--all-targets'),
    clippy('clippy-wasm32', '--all-targets', '--target', 'wasm32-unknown-unknown'),
    clippy('clippy-npm', '--all-targets', '--target', 'wasm32-unknown-unknown', '--package', 'fanfetch-npm'),
    // What Rust programs read: every example compiles, every link leads somewhere.
    { name: 'doc-examples', counts: 'cargo', command: ['cargo', 'test', '--doc', '--target', 'wasm32-unknown-unknown'] },
    { name: 'doc-links', counts: 'exit', command: ['cargo', 'doc', '--no-deps', '--target', 'wasm32-unknown-unknown'], env: () => ({ RUSTDOCFLAGS: '-D warnings' }) },
    // One failing test binary must not hide the counts of the others.
    { name: 'native', counts: 'cargo', command: ['cargo', 'test', '--no-fail-fast'] },
    { name: 'wasm-node', counts: 'wasm-pack', command: ['wasm-pack', 'test', '--node', ...boundary] },
    {
      name: 'wasm-chromium',
      counts: 'wasm-pack',
      command: ['wasm-pack', 'test', '--headless', '--chrome', '--chromedriver', chromedriver() ?? 'chromedriver', ...boundary],
      env: browserOfWasmPack,
      startsBrowser: true,
      limit: 2 * 60_000,
    },
    { name: 'examples-build', counts: 'exit', command: [process.execPath, 'tests/examples/build.mjs'] },
    ...nodeSuites,
    ...remainingTests(nodeSuites),
  ];
}

const ALL_CELLS = { env: () => ({ FANFETCH_MATRIX: 'all' }), limit: 60 * 60_000 };

const EACH_POINT = { env: () => ({ FANFETCH_INJECTION: 'each' }) };

// The unit tests of the crate: those of the boundary, and the pure ones a second time. The stories are native.
const boundary = ['--', '--lib'];

function clippy(name, ...args) {
  return { name, counts: 'exit', command: ['cargo', 'clippy', ...args, '--', '-D', 'warnings'] };
}

/** Node's tests in one file, or in all *.test.mjs of a folder; nothing where neither exists. */
function nodeTests(name, place, more, timeout = 300_000) {
  const files = testFiles(place);
  if (!files) return undefined;
  return {
    name,
    counts: 'node',
    // Files run one after the other: tests that measure time share the machine with nobody. The reporter is named and
    // folders are expanded here because Node's versions differ in both. Up to Node 22 the timeout is that of a whole
    // file, later that of a test.
    command: [process.execPath, '--test', '--test-concurrency=1', `--test-timeout=${timeout}`, '--test-reporter=spec',
      ...files],
    ...(files.length === 0 && { problem: `no *.test.mjs in ${place}` }),
    ...more,
  };
}

/** Test files that no suite above names, so that none is forgotten. */
function remainingTests(known) {
  const all = nodeTests('more', 'tests', { usesPackage: true });
  const taken = new Set(known.flatMap((suite) => suite.command));
  const command = all.command.filter((part) => !taken.has(part) || part.startsWith('-') || part === process.execPath);
  return command.some((part) => part.endsWith('.test.mjs')) ? [{ ...all, command }] : [];
}

function testFiles(place) {
  const top = join(root, place);
  if (!existsSync(top)) return undefined;
  if (statSync(top).isFile()) return [place];
  const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(join(dir, entry.name));
    return entry.name.endsWith('.test.mjs') ? [relative(root, join(dir, entry.name))] : [];
  });
  return walk(top).sort();
}

/** chromedriver would look for a browser by itself, and might find another one than ours. */
function browserOfWasmPack() {
  const capabilities = JSON.parse(readFileSync(join(root, 'webdriver.json'), 'utf8'));
  capabilities['goog:chromeOptions'].binary = chromium();
  const file = join(root, 'target', 'webdriver.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(capabilities));
  return { WASM_BINDGEN_TEST_WEBDRIVER_JSON: file, WASM_BINDGEN_TEST_TIMEOUT: '120', WASM_BINDGEN_USE_BROWSER: '1' };
}
