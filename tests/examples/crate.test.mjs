// The crate as it is published: its scripts are part of it, and so is whatever they import.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the published crate has every script that its modules name or import', () => {
  const { stdout, status, stderr } = spawnSync('cargo', ['package', '--list', '--allow-dirty', '--package', 'fanfetch'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const files = new Set(stdout.trim().split('\n'));
  const textOf = (file) => readFileSync(join(root, file), 'utf8');
  const named = [...files].filter((file) => file.endsWith('.rs')).flatMap((file) => [...textOf(file).matchAll(/"\/(src\/js\/[^"]+\.js)"/g)].map(([, path]) => path));
  assert.ok(named.includes('src/js/rust.js'), named.join());
  const imported = (file) => [...textOf(file).matchAll(/^(?:import|export)[^'";]*from '(\.[^']+)';/gm)].map(([, path]) => join(dirname(file), path));
  const needed = new Set(named);
  for (const file of needed) imported(file).forEach((other) => needed.add(other));
  assert.ok(needed.size > 20, [...needed].join());
  assert.deepEqual([...needed].filter((file) => !files.has(file)), []);
});
