/** The command meets the habits of people: units, addresses, options of other commands, secrets, a run that goes on. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { elsewhere } from '../../src/npm/cli/elsewhere.js';
import { OPTIONS, parseCommandLine } from '../../src/npm/cli/options.js';
import { withScheme } from '../../src/npm/cli/scheme.js';
import { toLine } from '../../src/npm/cli/record.js';
import { CLI, byIndex, fanfetch, setUp } from './command.mjs';

const { origin, refused, directory } = await setUp();

describe('times', () => {
  for (const option of ['--timeout', '--timeout-total', '--deadline', '--retry-delay']) {
    test(`${option} 5 is refused for the lack of a unit`, async () => {
      const { code, stderr } = await fanfetch([option, '5', origin]);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`^fanfetch: ${option} must be .*with its unit, such as 500ms, 10s or 2m\n`));
    });
  }
});

describe('addresses', () => {
  test('hosts without a scheme get one', () => {
    const cases = {
      'example.com/x': 'https://example.com/x', 'example.com': 'https://example.com', 'example.com?q=a:b': 'https://example.com?q=a:b',
      'bücher.example/ü': 'https://bücher.example/ü', 'intranet:8443/x': 'https://intranet:8443/x', 'localhost:8701/x': 'http://localhost:8701/x',
      localhost: 'http://localhost', 'api.localhost/x': 'http://api.localhost/x', '127.0.0.1:80/x': 'http://127.0.0.1:80/x', '[::1]:8701/x': 'http://[::1]:8701/x',
    };
    for (const [typed, meant] of Object.entries(cases)) assert.equal(withScheme(typed), meant);
  });

  test('everything else stays as it is', () => {
    for (const typed of ['https://a.test', 'HTTP://a.test', 'mailto:ada@a.test', 'data:,x', 'nowhere', '/path', './x', '//a.test/x', '', 'user:pass@a.test', '-x.test']) {
      assert.equal(withScheme(typed), typed);
    }
  });

  test('arguments, lists, requests as JSON and --base-url take them', async () => {
    const host = origin.replace('http://', '');
    const list = `${host}/ok?1\n{"url":"${host}/ok?2"}\n`;
    const { records } = await fanfetch([`${host}/ok?0`, '-'], { input: list });
    assert.deepEqual(byIndex(records).map(({ url }) => url), [0, 1, 2].map((i) => `${origin}/ok?${i}`));
    const based = await fanfetch(['--base-url', `${host}/echo/`, 'example.com'], {});
    assert.deepEqual(based.records.map(({ url }) => url), [`${origin}/echo/example.com`]);
  });
});

describe('a broken line of a list', () => {
  test('is told with its number and its text', async () => {
    const file = join(directory, 'broken.txt');
    writeFileSync(file, `# a comment\n${origin}/ok\n{"url": "${'x'.repeat(100)}\nnowhere\n`);
    const { code, records } = await fanfetch(['--from', file]);
    const [, broken, nowhere] = byIndex(records);
    assert.equal(code, 1);
    assert.equal(broken.error.message, `line 3 of ${file} is no JSON: {"url": "${'x'.repeat(71)}…`);
    assert.match(nowhere.error.message, /\(line 4 of .*broken\.txt: nowhere\)$/);
    assert.deepEqual([broken.error.code, nowhere.error.code], ['INPUT', 'INPUT']);
  });

  test('of standard input is told likewise, without what may be a secret', async () => {
    const { records } = await fanfetch([], { input: '{"headers":{"authorization":"S3CR3T"\n' });
    assert.equal(records[0].error.message, 'line 1 of standard input is no JSON');
  });
});

describe('--resume', () => {
  const setting = (name) => {
    const results = join(directory, name);
    const again = (...args) => fanfetch(['--resume', results, '--retry', '0', ...args, `${origin}/ok?${name}`, `${origin}/status/503?${name}`, `${refused}/`], { append: results });
    return { results, again };
  };

  test('tries failures again, and the exit code is 1 while one remains', async () => {
    const { results, again } = setting('again');
    assert.equal((await again()).code, 1);
    const second = await again();
    assert.match(second.stderr, /^2 requests/);
    assert.equal(second.code, 1);
    const indexes = readFileSync(results, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line).index);
    assert.deepEqual(indexes.sort(), [0, 1, 1, 2, 2]);
    // Of several results of one index the last counts.
    for (const index of [1, 2]) {
      const { url } = readFileSync(results, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)).find((record) => record.index === index);
      appendFileSync(results, `${JSON.stringify({ index, url, ok: true })}\n`);
    }
    const last = await again();
    assert.match(last.stderr, /^0 requests/);
    assert.equal(last.code, 0);
  });

  test('--keep-failures leaves them, and the exit code is 1 all the same', async () => {
    const { again } = setting('kept');
    await again();
    const { code, stderr } = await again('--keep-failures');
    assert.match(stderr, /^0 requests .*; 2 earlier failures were kept\n/);
    assert.equal(code, 1);
  });

  test('--keep-failures alone is refused', async () => {
    const { code, stderr } = await fanfetch(['--keep-failures', origin]);
    assert.deepEqual([code, stderr.split('\n')[0]], [2, 'fanfetch: --keep-failures means nothing without --resume']);
  });
});

describe('bytes', () => {
  const result = (data) => ({ index: 0, ok: true, status: 200, data, attempts: [], timings: { total: 1 }, request: { url: 'http://a.test/', method: 'GET', input: { url: '', tag: { index: 0 } } } });

  test('go to a terminal as a note of their size, and elsewhere as base64', () => {
    const shown = JSON.parse(toLine(result(new Uint8Array(12_345)), { toTerminal: true }).line);
    assert.deepEqual([shown.note, shown.data, shown.encoding], ['12.3 kB of binary data, not shown on a terminal', undefined, undefined]);
    const piped = JSON.parse(toLine(result(new Uint8Array([1, 2, 3])), { toTerminal: false }).line);
    assert.deepEqual([piped.data, piped.encoding, piped.note], ['AQID', 'base64', undefined]);
  });

  test('are noted by the command itself on a terminal', (t) => {
    if (!/util-linux/.test(spawnSync('script', ['--version']).stdout)) return t.skip('no way to get a terminal here');
    const { stdout } = spawnSync('script', ['-qec', `'${process.execPath}' '${CLI}' --quiet --response-type bytes '${origin}/ok'`, '/dev/null'], { encoding: 'utf8', timeout: 20_000 });
    assert.match(stdout, /"note":"\d+ B of binary data, not shown on a terminal"/);
  });
});

describe('options of other commands', () => {
  const FAMILIAR = {
    '-o out.txt': /`> FILE`, or save each body by --save/, '-i': /--from FILE.*--response-headers/, '-j 8': /--concurrency N/, '--retries 3': /--retry N/,
    '--output x': /`> FILE`/, '-P 4': /--concurrency/, '--max-time 3': /--timeout TIME/, '-k': /NODE_EXTRA_CA_CERTS/, '--input-file=x': /--from FILE/,
    '--max-concurrent-downloads=3': /--concurrency/, '-L': /redirects are followed/, '--user-agent x': /--header 'user-agent/, '--token x': /--bearer/,
  };
  for (const [given, hint] of Object.entries(FAMILIAR)) {
    test(`${given} gets a hint`, async () => {
      const { code, stderr } = await fanfetch([...given.split(' '), origin]);
      assert.equal(code, 2);
      assert.match(stderr, hint);
      assert.ok(stderr.startsWith(`fanfetch: unknown option ${given.split(/[ =]/)[0]}; `), stderr);
    });
  }

  test('hints are only of options that the command has not', () => {
    for (const [name, { short }] of Object.entries(OPTIONS)) assert.deepEqual([name, short].map(elsewhere), [undefined, undefined], name);
  });

  test('hints name options that the command has', () => {
    const source = readFileSync(new URL('../../src/npm/cli/elsewhere.js', import.meta.url), 'utf8');
    const named = [...source.slice(source.indexOf('HINTS = new Map')).matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
    assert.ok(named.length > 30);
    for (const name of named) assert.ok(Object.hasOwn(OPTIONS, name.replace(/^no-/, '')), name);
  });
});

describe('messages', () => {
  test('name the command once', async () => {
    const { stderr } = await fanfetch(['--max-fetches', '1', '--from', '/no/such/file']);
    assert.equal(stderr.match(/fanfetch:/g).length, 1, stderr);
    const option = await fanfetch(['--header', 'a: 1', '--concurrency', 'auto', origin]);
    assert.ok((option.stderr.match(/fanfetch:/g) ?? []).length <= 1, option.stderr);
  });
});

describe('secrets off the command line', () => {
  const file = (name, text) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  test('headers, tokens, credentials and bodies come from files', async () => {
    const headers = file('headers.txt', '# mine\nx-one: 1\r\n\nx-two: a: b\n');
    const { records: [one] } = await fanfetch(['-H', `@${headers}`, '-H', 'x-three: 3', '--bearer', `@${file('token', 'S3CR3T\n')}`, '--data', `@${file('body', 'from a file')}`, `${origin}/echo`]);
    assert.deepEqual(['x-one', 'x-two', 'x-three', 'authorization'].map((name) => one.data.headers[name]), ['1', 'a: b', '3', 'Bearer S3CR3T']);
    assert.equal(one.data.body, 'from a file');
    const { records: [two] } = await fanfetch(['--user', `@${file('user', 'ada:S3CR3T\n')}`, `${origin}/echo`]);
    assert.equal(two.data.headers.authorization, `Basic ${btoa('ada:S3CR3T')}`);
  });

  test('an unfit file is a wrong usage, and nothing of it is shown', async () => {
    for (const args of [['--bearer', '@/no/such/file'], ['--bearer', `@${file('bad', 'S3CR3T of two words')}`], ['-H', `@${file('bad2', 'S3CR3T')}`]]) {
      const { code, stderr } = await fanfetch([...args, origin]);
      assert.equal(code, 2);
      assert.ok(!stderr.includes('S3CR3T') && !stderr.includes('    at '), stderr);
    }
  });

  test('the environment holds them where the command line does not', () => {
    const env = { FANFETCH_HEADERS: 'x-one: 1\nx-two: 2', FANFETCH_BEARER: 'token', FANFETCH_USER: '' };
    const { options } = parseCommandLine(['https://a.test'], env);
    assert.deepEqual(options, { headers: [['x-one', '1'], ['x-two', '2']], auth: { bearer: 'token' } });
    assert.deepEqual(parseCommandLine(['--user', 'a:b', '-H', 'c: d'], env).options, { headers: [['c', 'd']], auth: { username: 'a', password: 'b' } });
  });
});
