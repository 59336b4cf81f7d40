/** The crate names every script that it needs: wasm-bindgen copies those alone, and a Rust user's bundler finds no other. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = (suffix) => readdirSync(join(root, 'src'), { recursive: true }).map((name) => join(root, 'src', name)).filter((file) => file.endsWith(suffix));

test('each script that a named one imports is named as well', () => {
  const rust = files('.rs').filter((file) => !file.includes('npm')).map((file) => readFileSync(file, 'utf8')).join('\n');
  const named = new Set([...rust.matchAll(/"(\/src\/js\/[\w/-]+\.js)"/g)].map(([, path]) => path));
  const imported = [...named].flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/from '(\.[^']+)'/g)]
    .map(([, other]) => `/${relative(root, join(root, dirname(path), other))}`));
  assert.deepEqual([...new Set(imported)].filter((path) => !named.has(path)).sort(), []);
});
