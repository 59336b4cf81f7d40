/** What the command writes can be shown by a terminal: no text of others reaches it as an order. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { visible } from '../../src/npm/cli/visible.js';
import { CLI, byIndex, fanfetch, setUp } from './command.mjs';

const { directory } = await setUp();

/** A title, colours, a bell, DEL, C1, all that turns the direction, and ends of lines. */
const ORDERS = '\u001b]0;title\u0007\u001b[31mred\u0000\b\r\t\u007f\u0080\u009b31m\u009f\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';
/** Of these what an address may hold, and an argument. */
const IN_ADDRESS = ORDERS.replaceAll(/[\0\t\r]/g, '');
const OBEYED = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const server = createServer((request, response) => {
  response.setHeader('x-orders', 'a\x9b31m\x85b');
  if (request.url.startsWith('/text')) response.setHeader('content-type', 'text/plain; charset=utf-8').end(Buffer.from(`a\n${ORDERS}`));
  else if (request.url.startsWith('/fail')) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(Buffer.from(ORDERS));
  else response.setHeader('content-type', 'application/json').end(Buffer.from(JSON.stringify({ [ORDERS]: [ORDERS] })));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const origin = `http://127.0.0.1:${server.address().port}`;

const assertClean = (text) => assert.equal(OBEYED.exec(text)?.[0].charCodeAt(0).toString(16), undefined, JSON.stringify(text.slice(0, 2000)));

test('results are JSON without any, and have the same values', async () => {
  const input = `${origin}/json\n${origin}/text\n${origin}/fail?${IN_ADDRESS}#x\nno${ORDERS.trim()}where\n${JSON.stringify({ url: `${origin}/json`, tag: { [ORDERS]: ORDERS } })}\n`;
  const { stdout, stderr, records } = await fanfetch(['--no-retry', '--response-headers'], { input });
  assertClean(stdout);
  assertClean(stderr);
  assert.equal(records.length, 5);
  const [json, text, failed, nowhere, tagged] = byIndex(records);
  assert.deepEqual([json.data, text.data, failed.error.data], [{ [ORDERS]: [ORDERS] }, `a\n${ORDERS}`, ORDERS]);
  assert.equal(json.headers['x-orders'], 'a\x9b31m\x85b');
  assert.deepEqual([nowhere.url, nowhere.error.code], [`no${ORDERS}where`, 'INPUT']);
  assert.deepEqual(tagged.tag, { [ORDERS]: ORDERS });
});

test('messages have none either, in one line each', async () => {
  const name = `${ORDERS.replaceAll('\0', '')}\nx`;
  const folder = join(directory, name);
  mkdirSync(folder);
  writeFileSync(join(directory, 'file'), '');
  for (const args of [['--from', `/nowhere/${name}`], ['--from', folder], ['--save', join(directory, 'file', name), `${origin}/json`], ['--resume', folder, `${origin}/json`],
    [`--${name}`], ['--timeout', name, `${origin}/json`], ['--base-url', name, 'x'], ['--header', name, 'x'], [`-${name}`]]) {
    const { code, stdout, stderr } = await fanfetch(args);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assertClean(stderr);
    assert.match(stderr, /^fanfetch: [^\n]+\n(?:Try fanfetch --help\n)?$/);
  }
});

test('files are told of likewise', async () => {
  const folder = join(directory, `${ORDERS.replaceAll('\0', '')}saved`);
  const { code, stdout, stderr, records } = await fanfetch(['--save', folder, `${origin}/json?${IN_ADDRESS}`]);
  assert.equal(code, 0);
  assertClean(stdout + stderr);
  assert.ok(records[0].file.startsWith(folder));
});

test('a terminal gets none, on either way out', (t) => {
  // util-linux's script gives its child a terminal; other systems have another script, or none.
  if (!/util-linux/.test(spawnSync('script', ['--version']).stdout)) return t.skip('no way to get a terminal here');
  const list = join(directory, 'list.txt');
  writeFileSync(list, `${origin}/json\nno\u001b]0;x\u0007\u009b\u202ewhere\n`);
  const { stdout } = spawnSync('script', ['-qec', `'${process.execPath}' '${CLI}' --no-progress --no-retry --from '${list}'`, '/dev/null'], { encoding: 'utf8' });
  assert.match(stdout, /"url":"no\\u001b\]0;x\\u0007\\u009b\\u202ewhere"/);
  assertClean(stdout.replaceAll('\r\n', '\n'));
});

test('everything else stays as it is', () => {
  for (let code = 0; code < 0x10000; code++) {
    const sign = String.fromCharCode(code);
    const obeyed = OBEYED.test(sign) || sign === '\n';
    assert.equal(visible(`a${sign}b`), obeyed ? `a\\u${code.toString(16).padStart(4, '0')}b` : `a${sign}b`);
    if (obeyed) assert.equal(JSON.parse(`"${visible(sign)}"`), sign);
  }
});
