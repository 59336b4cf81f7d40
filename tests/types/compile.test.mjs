/** Programs that must compile against the shipped declarations, and programs that must not. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { CONTRACT, TYPES, complaints } from './tsc.mjs';
import { declarations } from './declarations.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const ours = { fanfetch: TYPES };
const noContract = !existsSync(CONTRACT) && 'the contract is not beside this checkout';

test('a program that uses the whole API compiles', () => {
  assert.deepEqual(complaints([here('contract.ts')], ours), []);
  assert.deepEqual(complaints([here('contract.ts')], ours, { exactOptionalPropertyTypes: false }), []);
});

test('that program names every export and every member', () => {
  const used = new Set(readFileSync(here('contract.ts'), 'utf8').match(/[\w$]+/g));
  const { exports, interfaces } = declarations();
  const names = [...exports, ...Object.values(interfaces).flatMap((members) => members.map(({ name }) => name))];
  const unused = names.filter((name) => /^\w+$/.test(name) && !used.has(name));
  // Not in the contract by name, so that no program can be asked to use them.
  assert.deepEqual(unused.sort(), ['RequestBody', 'RequestHeaders', 'ResultBase']);
});

test('compiles against the contract too', { skip: noContract }, () => {
  assert.deepEqual(complaints([here('contract.ts')], { fanfetch: CONTRACT }), []);
});

test('the schemas of zod and valibot give their types', () => {
  const loose = { exactOptionalPropertyTypes: false, skipLibCheck: true };
  assert.deepEqual(complaints([here('schemas.ts')], ours, loose), []);
  if (!noContract) assert.deepEqual(complaints([here('schemas.ts')], { fanfetch: CONTRACT }, loose), []);
});

test('each declaration can stand for the contract’s and the other way round', { skip: noContract }, () => {
  const paths = { ...ours, contract: CONTRACT };
  assert.deepEqual(complaints([here('assignable.ts')], paths), []);
  const listed = new Set(readFileSync(here('assignable.ts'), 'utf8').match(/(?<=ours\.)\w+/g));
  const { exports } = declarations(CONTRACT);
  assert.deepEqual(exports.filter((name) => !listed.has(name) && name !== 'ResultBase'), []);
});

test('wrong programs do not compile', () => {
  assert.deepEqual(complaints([here('misuse.ts')], ours), []);
});

test('the contract refuses it too', { skip: noContract }, () => {
  assert.deepEqual(complaints([here('misuse.ts')], { fanfetch: CONTRACT }), []);
});

test('the misuses are caught one by one', () => {
  // Without its comment every line must be an error of its own: none may hide behind another.
  const lines = readFileSync(here('misuse.ts'), 'utf8').split('\n');
  const wrong = lines.flatMap((line, number) => (line.includes('@ts-expect-error') ? [number + 2] : []));
  assert.ok(wrong.length > 100);
  assert.deepEqual(errorLines(lines.join('\n').replaceAll('@ts-expect-error', 'wrong:')), wrong);
});

test('the declarations need no DOM: what the runtime declares of fetch is enough', () => {
  const lib = ['lib.es2022.d.ts'];
  assert.deepEqual(complaints([here('no-dom.ts')], ours, { lib }), []);
});

test('they compile under the oldest settings that users still have', () => {
  const options = { lib: ['lib.es2018.d.ts', 'lib.dom.d.ts'], target: ts.ScriptTarget.ES2018, strict: false, exactOptionalPropertyTypes: false };
  assert.deepEqual(complaints([TYPES], {}, options), []);
});

/** The lines of the errors that `text` has in the place of misuse.ts. */
function errorLines(text) {
  const file = here('misuse.ts');
  const read = ts.sys.readFile;
  ts.sys.readFile = (path, encoding) => (path === file ? text : read(path, encoding));
  try {
    return complaints([file], ours).map((complaint) => Number(/\((\d+)\)/.exec(complaint)[1])).sort((a, b) => a - b);
  } finally {
    ts.sys.readFile = read;
  }
}
