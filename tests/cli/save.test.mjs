/** `--save`: each body in a file of its own, and in no other place than there. */

import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileName } from '../../src/npm/cli/save.js';
import { byIndex, fanfetch, finished, setUp, start } from './command.mjs';

const { origin, directory } = await setUp();

describe('--save', () => {
  test('writes each body into a file of its own, under a readable name', async () => {
    const target = join(directory, 'saved', 'deep');
    const urls = [`${origin}/ok?q=a/b`, `${origin}/ok?q=a/b`, `${origin}/huge?bytes=70000`, `${origin}/status/404`, `${origin}/range/Pr%C3%BCfung.tar?size=10`];
    const { code, records } = await fanfetch(['--save', target, ...urls]);
    assert.equal(code, 1);
    const [first, second, large, missing, named] = byIndex(records);
    assert.equal('data' in first, false);
    assert.notEqual(first.file, second.file);
    assert.match(first.file, /000000-127\.0\.0\.1-\d+-ok-q-a-b\.json$/);
    assert.match(named.file, /000004-127\.0\.0\.1-\d+-range-Prüfung-size-10\.tar$/);
    assert.equal(JSON.parse(readFileSync(first.file, 'utf8')).ok, true);
    assert.equal(readFileSync(large.file).length, 70_000);
    assert.equal(missing.file, undefined);
    assert.equal(readdirSync(target).length, 4);
  });

  test('ends when a body cannot be written, even with standard input open', async () => {
    const target = join(directory, 'full');
    mkdirSync(join(target, `000000-${new URL(origin).host.replace(':', '-')}-ok.json`), { recursive: true });
    const child = start(['--save', target, '-']);
    child.stdin.write(`${origin}/ok\n`);
    const { code, stdout, stderr } = await finished(child);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^fanfetch: EISDIR/);
  });

  test('refuses a directory that cannot be one', async () => {
    const file = join(directory, 'occupied');
    writeFileSync(file, '');
    assert.equal((await fanfetch(['--save', file, `${origin}/ok`])).code, 2);
  });
});

describe('--save and symbolic links', () => {
  /** What the first body of `/ok` is called. */
  const name = (index = 0) => `00000${index}-${new URL(origin).host.replace(':', '-')}-ok.json`;

  /** A directory in which a link has the first body's name; `outside` is where it leads. */
  function planted(what, kind = 'file') {
    const [target, outside] = [join(directory, `linked-${what}`), join(directory, `outside-${what}`)];
    mkdirSync(target);
    if (kind === 'directory') mkdirSync(outside);
    if (kind === 'file') writeFileSync(outside, 'untouched');
    symlinkSync(outside, join(target, name()));
    return { target, outside };
  }

  for (const kind of ['file', 'directory', 'nothing']) {
    test(`a link to ${kind === 'nothing' ? kind : `a ${kind}`} in a file's place fails that URL alone`, async () => {
      const { target, outside } = planted(kind, kind);
      const { code, records, stderr } = await fanfetch(['--save', target, `${origin}/ok`, `${origin}/ok`]);
      assert.equal(code, 1);
      const [refused, saved] = byIndex(records);
      assert.deepEqual([refused.ok, refused.status, refused.error.name, refused.error.code, refused.file], [false, 200, 'OutputError', 'OUTPUT', undefined]);
      assert.equal(refused.error.message, `${join(target, name())} is a symbolic link, which --save does not follow`);
      assert.equal('data' in refused, false);
      assert.equal(JSON.parse(readFileSync(saved.file, 'utf8')).ok, true);
      assert.match(stderr, /1 ok, 1 failed/);
      assert.match(stderr, /^status +200 ×1 +OUTPUT ×1$/m);
      assert.deepEqual(readdirSync(target).sort(), [name(), name(1)]);
      assert.equal(readlinkSync(join(target, name())), outside);
      if (kind === 'file') assert.equal(readFileSync(outside, 'utf8'), 'untouched');
      else assert.deepEqual(existsSync(outside) ? readdirSync(outside) : [], []);
    });
  }

  test('a link under the name of an unfinished file of old is not written through', async () => {
    const [target, outside] = [join(directory, 'linked-part'), join(directory, 'outside-part')];
    mkdirSync(target);
    writeFileSync(outside, 'untouched');
    symlinkSync(outside, join(target, `${name()}.part`));
    const { code } = await fanfetch(['--save', target, `${origin}/ok`]);
    assert.deepEqual([code, readFileSync(outside, 'utf8')], [0, 'untouched']);
    assert.ok(lstatSync(join(target, name())).isFile());
  });

  test('the directory itself may be one, which its user has named', async () => {
    const [target, real] = [join(directory, 'named'), join(directory, 'real')];
    mkdirSync(real);
    symlinkSync(real, target);
    assert.equal((await fanfetch(['--save', target, `${origin}/ok`])).code, 0);
    assert.deepEqual(readdirSync(real), [name()]);
  });

  test('an older file is replaced, and a body that cannot be written leaves none', async () => {
    const target = join(directory, 'older');
    mkdirSync(join(target, name(1)), { recursive: true });
    writeFileSync(join(target, name()), 'older');
    const { code } = await fanfetch(['--save', target, '--concurrency', '1', `${origin}/ok`, `${origin}/ok`]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(readFileSync(join(target, name()), 'utf8')).ok, true);
    assert.deepEqual(readdirSync(target).sort(), [name(), name(1)]);
  });
});

describe('the name of a saved file', () => {
  const named = (url, type = '') => fileName({ request: { url: new URL(url, 'http://a.test').href, input: { tag: { index: 7 } } }, headers: new Headers({ 'content-type': type }) });

  test('has no way out of its directory, and nothing that a terminal obeys', () => {
    const paths = ['/../../etc/passwd', '/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/..%5c..%5cx', '/%00', '/a%0ab', '/%1b%5b31mx', '/%c2%9b31m', '/%e2%80%aegpj.exe', '/?..%2f', '/#/../x',
      `/${'..%2f'.repeat(500)}`, '/....', '/%e2%81%a6x'];
    for (const path of paths) {
      const name = named(path);
      assert.match(name, /^000007-[\p{L}\p{N}.-]*$/u, path);
      assert.ok(!name.includes('..') && Buffer.byteLength(name) < 230, name);
    }
  });

  test('ends as the address does, else as a known content type says', () => {
    assert.deepEqual(['/x.tar', '/x.tar///', '/', '/x'].map((path) => named(path)), ['000007-a.test-x.tar', '000007-a.test-x.tar', '000007-a.test.bin', '000007-a.test-x.bin']);
    const types = { 'text/html; charset=utf-8': '.html', 'application/problem+json': '.json', 'text/odd': '.txt', 'constructor': '.bin', '__proto__': '.bin', 'toString': '.bin' };
    for (const [type, ending] of Object.entries(types)) assert.equal(named('/x', type), `000007-a.test-x${ending}`);
  });
});
