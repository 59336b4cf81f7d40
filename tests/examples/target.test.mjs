// Rust programs compiled for another target than wasm32-unknown-unknown: each use of the API is an error with the reason.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = join(root, 'target', 'absent');
const MESSAGE = 'fanfetch exists on the target `wasm32-unknown-unknown` alone';

/** Runs the compiler for this machine. No code is made: only the messages count. */
function rustc(...args) {
  return spawnSync('rustc', ['--edition', '2024', '--emit', 'metadata', '--out-dir', out, ...args], { encoding: 'utf8' });
}

function check(name, program) {
  const file = join(out, `${name}.rs`);
  writeFileSync(file, program);
  const { stderr } = rustc('--crate-type', 'lib', '--error-format', 'json', '--extern', `fanfetch=${join(out, 'libfanfetch.rmeta')}`, file);
  return stderr.trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
}

before(() => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { status, stderr } = rustc('--crate-type', 'rlib', '--crate-name', 'fanfetch', join(root, 'src', 'lib.rs'));
  assert.equal(status, 0, stderr);
});

test('the first error names the target, and its note says what to do', () => {
  const [first] = check('first', `
    use fanfetch::{Client, Retry};
    pub fn build() {
        let client = Client::builder().concurrency(20).retry(Retry::new().limit(4)).build();
    }
  `);
  assert.equal(first.message, MESSAGE);
  assert.equal(first.spans[0].text[0].text.slice(first.spans[0].column_start - 1, first.spans[0].column_end - 1), 'Client');
  assert.match(first.rendered, /compile with `--target wasm32-unknown-unknown`, or set `build\.target` in `\.cargo\/config\.toml`/);
});

test('every name of the API does so', () => {
  const api = readFileSync(join(root, 'src', 'api', 'mod.rs'), 'utf8');
  const names = [...api.matchAll(/^pub use \w+::(?:\{([^}]*)\}|(\w+));/gm)].flatMap(([, list, one]) => (list ?? one).split(',').map((name) => name.trim()))
    // A trait is never named by a program that only calls.
    .filter((name) => name !== '' && name !== 'Pair');
  assert.ok(names.includes('Client') && names.includes('fetch_all'), names.join());
  const uses = names.map((name) => (/^[A-Z]/.test(name) ? `pub fn use_${name}(_: &fanfetch::${name}) {}` : `pub fn use_${name}() { fanfetch::${name}("") }`));
  const errors = check('all', `#![allow(non_snake_case)]\n${uses.join('\n')}`);
  const told = new Set(errors.filter(({ message }) => message === MESSAGE).flatMap(({ spans }) => spans.map(({ line_start: line }) => names[line - 2])));
  assert.deepEqual(names.filter((name) => !told.has(name)), []);
});
