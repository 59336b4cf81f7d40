/** The command against the fault server: what comes out, what is sent, how it ends, and what it refuses. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { Histogram } from '../../src/npm/cli/histogram.js';
import { parseCommandLine } from '../../src/npm/cli/options.js';
import * as values from '../../src/npm/cli/values.js';
import { CLI, byIndex, fanfetch, finished, lacks, setUp, start, until } from './command.mjs';

const { origin, refused, directory } = await setUp();

describe('results', () => {
  test('one line of JSON per URL, in the shape that the help describes', async () => {
    const { code, records, stderr } = await fanfetch([`${origin}/ok?a=1`, `${origin}/ok?a=2`]);
    assert.equal(code, 0);
    assert.deepEqual(records.map(({ index }) => index).sort(), [0, 1]);
    const second = records.find(({ index }) => index === 1);
    assert.deepEqual(second.data, { ok: true, url: '/ok?a=2', attempt: 1 });
    assert.deepEqual([second.url, second.ok, second.status, second.attempts], [`${origin}/ok?a=2`, true, 200, 1]);
    assert.equal(second.bytes, JSON.stringify(second.data).length);
    assert.ok(second.ms > 0);
    assert.match(stderr, /^2 requests in .*: 2 ok, 0 failed/);
  });

  test('lines come as requests complete, not in the order of the arguments', async () => {
    const { records } = await fanfetch([`${origin}/delay/400`, `${origin}/ok`]);
    assert.deepEqual(records.map(({ index }) => index), [1, 0]);
  });

  test('--ordered holds lines back until it is their turn', async (t) => {
    if (await lacks('--ordered')) return t.skip('not in this version');
    const { records } = await fanfetch(['--ordered', `${origin}/delay/400`, `${origin}/ok`]);
    assert.deepEqual(records.map(({ index }) => index), [0, 1]);
  });

  test('text stays text, bytes are base64 and say so', async () => {
    const { records } = await fanfetch([`${origin}/split-utf8`, `${origin}/huge?bytes=1000`]);
    const [text, bytes] = byIndex(records);
    assert.equal(text.data, 'before \u{1f600} after');
    assert.equal(bytes.encoding, 'base64');
    const expected = await (await fetch(`${origin}/huge?bytes=1000`)).arrayBuffer();
    assert.deepEqual(Buffer.from(bytes.data, 'base64'), Buffer.from(expected));
  });

  test('--response-type none omits the body, --response-headers adds the headers', async () => {
    const { records } = await fanfetch(['--response-type', 'none', '--response-headers', `${origin}/ok`]);
    assert.equal('data' in records[0], false);
    assert.equal(records[0].headers['content-type'], 'application/json');
  });

  test('data that no line of JSON can hold is a failure of its own', async () => {
    const { code, records } = await fanfetch([`${origin}/deep-json`, `${origin}/ok`]);
    assert.equal(code, 1);
    assert.deepEqual(byIndex(records).map(({ ok, status, error }) => [ok, status, error?.code]), [[false, 200, 'OUTPUT'], [true, 200, undefined]]);
  });

  test('a redirect is followed and its end told', async () => {
    const { records } = await fanfetch([`${origin}/redirect/2`]);
    assert.deepEqual([records[0].url, records[0].finalUrl], [`${origin}/redirect/2`, `${origin}/redirect/0`]);
  });
});

describe('failures', () => {
  test('are lines of their own, and the exit code is 1', async () => {
    const { code, records } = await fanfetch(['--no-retry', `${origin}/ok`, `${origin}/status/404`, `${refused}/`, 'nowhere']);
    assert.equal(code, 1);
    const [fine, missing, broken, invalid] = byIndex(records);
    assert.equal(fine.ok, true);
    assert.deepEqual([missing.ok, missing.status, missing.error.code, missing.error.name], [false, 404, 'HTTP', 'HttpError']);
    assert.equal(missing.error.data.status, 404);
    assert.deepEqual([broken.error.code, broken.error.reason, broken.error.cause, broken.attempts], ['NETWORK', 'refused', 'ECONNREFUSED', 1]);
    assert.deepEqual([invalid.url, invalid.error.code, invalid.attempts], ['nowhere', 'INPUT', 0]);
  });

  test('are retried, and the retries are counted', async () => {
    const { code, records, stderr } = await fanfetch(['--retry', '3', '--retry-delay', '10ms', `${origin}/flaky?fail=3&key=cli-heals`]);
    assert.equal(code, 0);
    assert.equal(records[0].attempts, 4);
    assert.match(stderr, /1 retried \(3 retries\)/);
    assert.match(stderr, /^tries +4 ×1$/m);
  });

  test('--timeout is the time of one attempt', async () => {
    const { code, records } = await fanfetch(['--timeout', '150ms', '--no-retry', `${origin}/hang`]);
    assert.equal(code, 1);
    assert.equal(records[0].error.code, 'TIMEOUT');
    assert.ok(records[0].ms >= 140 && records[0].ms < 2000, `${records[0].ms} ms`);
  });

  test('--no-throw-http-errors makes every answer a success', async () => {
    const { code, records } = await fanfetch(['--no-throw-http-errors', `${origin}/status/404`]);
    assert.deepEqual([code, records[0].ok, records[0].status], [0, true, 404]);
  });

  test('--stop-on-error writes the failure and ends without the rest', async () => {
    const { code, records, ms } = await fanfetch(['--stop-on-error', `${origin}/status/404`, `${origin}/hang`]);
    assert.equal(code, 1);
    assert.deepEqual(records.map(({ status }) => status), [404]);
    assert.ok(ms < 5000, `ended after ${ms} ms`);
  });

  test('no secret of a request is shown', async () => {
    const secret = 'S3CR3T';
    const { records, stdout, stderr } = await fanfetch(['--bearer', secret, '-H', `x-api-key: ${secret}`, '--no-retry', `${origin}/status/500`, `${refused}/`, `http://u:${secret}@127.0.0.1:1/`, `http://u:${secret}@[bad/`, `{"headers":{"a":"${secret}"}`]);
    assert.equal(records.length, 5);
    assert.ok(!(stdout + stderr).includes(secret));
  });
});

describe('requests', () => {
  test('method, headers, body and credentials are sent', async () => {
    const args = ['-X', 'put', '-H', 'x-one: 1', '--header', 'x-two: a: b', '--data', 'hello', '--user', 'ada:pa:ss', `${origin}/echo`];
    const [{ data, method }] = (await fanfetch(args)).records;
    assert.deepEqual([method, data.method, data.body], ['PUT', 'PUT', 'hello']);
    assert.deepEqual([data.headers['x-one'], data.headers['x-two']], ['1', 'a: b']);
    assert.equal(data.headers.authorization, `Basic ${Buffer.from('ada:pa:ss').toString('base64')}`);
  });

  test('--json is a POST of that JSON', async () => {
    const [{ data }] = (await fanfetch(['--json', '{ "a": [1] }', `${origin}/echo`])).records;
    assert.deepEqual([data.method, data.body, data.headers['content-type']], ['POST', '{"a":[1]}', 'application/json']);
  });

  test('--base-url completes relative inputs', async () => {
    const { records } = await fanfetch(['--base-url', `${origin}/echo`, 'ok?x=1']);
    assert.equal(records[0].url, `${origin}/echo/ok?x=1`);
  });

  test('--concurrency and --concurrency-per-host are kept, exactly', async () => {
    for (const flags of [['--concurrency', '5'], ['--concurrency-per-host', '3']]) {
      await fetch(`${origin}/concurrency?reset=1`);
      await fanfetch([...flags, ...Array.from({ length: 20 }, (_, i) => `${origin}/delay/60?i=${i}`)]);
      const { peak } = await (await fetch(`${origin}/concurrency`)).json();
      assert.equal(peak, Number(flags[1]), flags[0]);
    }
  });

  test('--rate spreads the starts', async (t) => {
    if (await lacks('--rate ')) return t.skip('not in this version');
    const { ms } = await fanfetch(['--rate', '5/500ms', ...Array.from({ length: 11 }, (_, i) => `${origin}/ok?i=${i}`)]);
    assert.ok(ms >= 1000, `${ms} ms`);
  });

  test('--deadline ends what is unfinished', async (t) => {
    if (await lacks('--deadline')) return t.skip('not in this version');
    const { code, records } = await fanfetch(['--deadline', '300ms', `${origin}/hang`, `${origin}/ok`]);
    assert.equal(code, 1);
    assert.deepEqual(byIndex(records).map(({ error }) => error?.phase), ['deadline', undefined]);
  });
});

describe('lists', () => {
  const list = () => `# comment\r\n\r\n  ${origin}/ok?n=1\r\n{"url":"${origin}/echo","method":"POST","json":{"n":2},"tag":{"id":7}}\n${origin}/ok?n=3`;

  function assertList(records) {
    const [first, second, third] = byIndex(records);
    assert.equal(records.length, 3);
    assert.deepEqual([first.url, third.url], [`${origin}/ok?n=1`, `${origin}/ok?n=3`]);
    assert.deepEqual([second.method, second.data.body, second.tag], ['POST', '{"n":2}', { id: 7 }]);
  }

  test('from standard input, with comments, blank lines and requests as JSON', async () => {
    assertList((await fanfetch([], { input: list() })).records);
  });

  test('from a file, with arguments before it', async () => {
    const file = join(directory, 'urls.txt');
    writeFileSync(file, `\ufeff${list()}`);
    assertList((await fanfetch(['--from', file])).records);
    const { records } = await fanfetch(['--from', file, '-', `${origin}/ok?n=0`], { input: `${origin}/ok?n=-1` });
    assert.deepEqual(byIndex(records).map(({ url }) => url.split('?n=')[1]), ['-1', '0', '1', undefined, '3']);
  });

  test('a line that is no request fails alone', async () => {
    const { code, records } = await fanfetch([], { input: `{"url":\n{"method":"GET"}\n${origin}/ok\n{"url":"${origin}/ok","responseType":"stream"}\n` });
    assert.equal(code, 1);
    assert.deepEqual(byIndex(records).map((record) => record.error?.code ?? record.encoding ?? 'json'), ['INPUT', 'INPUT', 'json', 'base64']);
  });

  test('an empty list is no failure', async () => {
    const { code, stdout, stderr } = await fanfetch([], { input: '\n# nothing\n' });
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /^0 requests/);
  });

  test('results come while standard input is still open', async () => {
    const child = start([]);
    child.stdin.write(`${origin}/ok?live\n`);
    for await (const line of createInterface({ input: child.stdout })) {
      assert.equal(JSON.parse(line).status, 200);
      break;
    }
    child.stdin.end();
    assert.equal((await finished(child)).code, 0);
  });

  test('an endless list is read only as fast as it is fetched', async () => {
    const child = start(['--concurrency', '4', '--quiet']);
    let fed = 0;
    child.stdin.on('error', () => {});
    const feed = () => {
      while (!child.stdin.destroyed && child.stdin.write(`${origin}/hang?i=${fed++}#${'x'.repeat(1000)}\n`));
    };
    child.stdin.on('drain', feed);
    feed();
    await until(async () => (await (await fetch(`${origin}/__stats`)).json()).inflight === 4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = fed;
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGINT');
    const { code } = await finished(child);
    assert.equal(code, 130);
    assert.equal(fed, before, 'the list was still being read with every slot taken');
    assert.ok(fed < 2000, `${fed} lines were read`);
  });
});

describe('--resume', () => {
  test('fetches only what the results lack, and mends a torn last line', async () => {
    const results = join(directory, 'results.ndjson');
    const urls = [...[0, 1, 2].map((i) => `${origin}/ok?resume=${i}`), 'nowhere'];
    const again = () => fanfetch(['--resume', results, '--keep-failures', ...urls], { append: results });

    assert.match((await again()).stderr, /^4 requests/);
    const lines = readFileSync(results, 'utf8').trimEnd().split('\n');
    writeFileSync(results, `${lines[0]}\n${lines[1]}\n${lines[2].slice(0, 30)}`);
    assert.match((await again()).stderr, /^2 requests/);
    assert.match((await again()).stderr, /^0 requests/);
    const records = readFileSync(results, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(byIndex(records).map(({ url }) => url), urls);
  });

  test('does not take a result for that of another URL', async () => {
    const results = join(directory, 'other.ndjson');
    writeFileSync(results, `${JSON.stringify({ index: 0, url: `${origin}/ok?before` })}\n`);
    const { records } = await fanfetch(['--resume', results, `${origin}/ok?after`]);
    assert.deepEqual(records.map(({ url }) => url), [`${origin}/ok?after`]);
  });
});

describe('ends', () => {
  test('Ctrl-C: exit code 130, with all results written and the rest aborted', async () => {
    await fetch(`${origin}/__reset`);
    const child = start([]);
    child.stdin.write(`${origin}/ok?c=1\n${origin}/ok?c=2\n${origin}/hang?c=3\n`);
    const result = finished(child);
    await until(() => child.seen.split('\n').length === 3);
    child.kill('SIGINT');
    const { code, records, stderr } = await result;
    assert.equal(code, 130);
    assert.deepEqual(byIndex(records).map(({ status }) => status), [200, 200]);
    assert.match(stderr, /^2 requests .*interrupted$/m);
    await until(async () => (await (await fetch(`${origin}/__stats`)).json()).closedByClient === 1);
  });

  test('a reader that has enough ends it quietly', async () => {
    const child = start([]);
    child.stdin.on('error', () => {});
    const feed = setInterval(() => child.stdin.destroyed || child.stdin.write(`${origin}/ok\n`), 5);
    child.stdout.once('data', () => child.stdout.destroy());
    const { code, stderr } = await finished(child);
    clearInterval(feed);
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('no progress bar where standard error is no terminal; --quiet is silent', async () => {
    const args = [`${origin}/delay/300`, `${origin}/ok`];
    const { stderr } = await fanfetch(args);
    assert.ok(!/[\x1b\r]/.test(stderr));
    assert.equal((await fanfetch(['--quiet', ...args])).stderr, '');
  });

  test('a live progress bar where standard error is a terminal', async (t) => {
    // util-linux's script gives its child a terminal; other systems have another script, or none.
    if (!/util-linux/.test(spawnSync('script', ['--version']).stdout)) return t.skip('no way to get a terminal here');
    const list = join(directory, 'bar.txt');
    writeFileSync(list, [300, 400, 500].map((ms) => `${origin}/delay/${ms}\n`).join(''));
    const shown = (flags) => spawnSync('script', ['-qec', `'${process.execPath}' '${CLI}' --from '${list}' ${flags} > /dev/null`, '/dev/null'], { encoding: 'utf8' }).stdout;
    const bar = shown('');
    assert.match(bar, /=+-+ 33%  1\/3  ok 1/);
    assert.ok(bar.lastIndexOf('\x1b[?25h') > bar.lastIndexOf('\x1b[?25l'), 'the cursor stays hidden');
    assert.ok(!shown('--no-progress').includes('33%'));
  });

  test('the summary counts by status and by host, with percentiles', async () => {
    const { stderr } = await fanfetch(['--no-retry', `${origin}/delay/100`, `${origin}/ok`, `${origin}/status/503`, `${refused}/`]);
    assert.match(stderr, /^4 requests in [\d.]+ m?s: 2 ok, 2 failed, 0 retried/);
    assert.match(stderr, /^status +200 ×2 +503 ×1 +NETWORK ×1$/m);
    assert.match(stderr, /^host +ok +failed +retries +p50 +p95 +p99 +bytes$/m);
    const [, p95] = /^127\.0\.0\.1:\d+ +2 +1 +0 +\d+ ms +(\d+) ms/m.exec(stderr);
    assert.ok(Number(p95) >= 95 && Number(p95) < 1000, `p95 ${p95}`);
  });
});

describe('usage', () => {
  test('--help fits a screen and names every option it takes', async () => {
    const { code, stdout } = await fanfetch(['--help']);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(code, 0);
    assert.ok(lines.length <= 24, `${lines.length} lines`);
    assert.deepEqual(lines.filter((line) => line.length > 80), []);
    for (const flag of ['--concurrency', '--concurrency-per-host', '--timeout', '--retry', '--header', '--response-type', '--save', '--from', '--quiet']) {
      assert.ok(stdout.includes(flag.replace('--timeout', '--[no-]timeout').replace('--retry', '--[no-]retry')), flag);
    }
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(CLI, '..', 'package.json'), 'utf8'));
    assert.equal((await fanfetch(['--version'])).stdout, `${version}\n`);
  });

  const WRONG = {
    'a misspelt option, with the nearest name': [['--concurency', '5', 'http://a.test/'], /unknown option --concurency; did you mean --concurrency\?/],
    'a misspelt negation': [['--no-retyr', 'http://a.test/'], /did you mean --no-retry\?/],
    'an option of no likeness': [['--zzzzzz', 'http://a.test/'], /unknown option --zzzzzz\n/],
    'a token in the place of an option': [['--sk_S3CR3T', 'http://a.test/'], /unknown option; it is not shown, as it may be a secret\n/],
    'a missing value': [['http://a.test/', '--timeout'], /--timeout needs a value/],
    'a value for a switch': [['--quiet=yes', 'http://a.test/'], /--quiet takes no value/],
    'a number that is none': [['--concurrency', '0', 'http://a.test/'], /--concurrency must be a whole number above zero/],
    'a duration that is none': [['--timeout', 'soon', 'http://a.test/'], /--timeout must be a duration/],
    'a header without a name': [['--header', 'S3CR3T', 'http://a.test/'], /--header must be a header such as/],
    'JSON that is none': [['--json', '{', 'http://a.test/'], /--json must be valid JSON/],
    'two bodies': [['--data', 'a', '--json', '1', 'http://a.test/'], /--data and --json exclude each other/],
    'a list that is not there': [['--from', '/no/such/list'], /cannot read the list \/no\/such\/list: there is no such file/],
  };
  for (const [what, [args, message]] of Object.entries(WRONG)) {
    test(`exit code 2 for ${what}`, async () => {
      const { code, stdout, stderr } = await fanfetch(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
      assert.ok(!stderr.includes('S3CR3T') && !stderr.includes('    at '), stderr);
    });
  }
});

describe('parts', () => {
  test('durations, sizes and rates in their units', () => {
    const durations = { '250ms': 250, '1.5s': 1500, '2m': 120_000, '1h': 3_600_000 };
    for (const [text, ms] of Object.entries(durations)) assert.equal(values.duration(text), ms, text);
    const sizes = { '512': 512, '500kB': 500_000, '10MB': 1e7, '10mb': 1e7, '1MiB': 1_048_576, '2G': 2e9 };
    for (const [text, bytes] of Object.entries(sizes)) assert.equal(values.size(text), bytes, text);
    assert.deepEqual(values.rate('20/s'), { limit: 20, interval: 1000 });
    assert.deepEqual(values.rate('5/10s'), { limit: 5, interval: 10_000 });
    for (const text of ['', '0', '5', '-1', '10 parsecs', 's', '1e3', '1constructor']) assert.throws(() => values.duration(text), RangeError, text);
    assert.deepEqual(['0', '0ms', '5s'].map(values.delay), [0, 0, 5000]);
    assert.throws(() => values.delay('5'), RangeError);
    for (const text of ['20', '0/s', '5/0s', '/s', '5/']) assert.throws(() => values.rate(text), RangeError, text);
  });

  test('options arrive where the library expects them', () => {
    const { options, settings, urls } = parseCommandLine([
      '--timeout', '2s', '--timeout-total=1m', '--retry', '4', '--no-throw-http-errors', '-H', 'a: 1', '-H', 'a: 2', '-c', '7', '--save', 'x', '--', '--url',
    ]);
    assert.deepEqual(options, {
      timeout: { attempt: 2000, total: 60_000 }, retry: { limit: 4 }, throwHttpErrors: false, headers: [['a', '1'], ['a', '2']], concurrency: 7,
    });
    assert.deepEqual([settings, urls], [{ save: 'x' }, ['--url']]);
    assert.deepEqual(parseCommandLine(['--no-retry', '--no-timeout']).options, { retry: { limit: 0 }, timeout: { attempt: false } });
  });

  test('percentiles are within four percent, whatever the count', () => {
    const histogram = new Histogram();
    assert.equal(histogram.percentile(0.5), undefined);
    for (let ms = 1; ms <= 10_000; ms++) histogram.add(ms);
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = share * 10_000;
      assert.ok(Math.abs(histogram.percentile(share) - exact) <= exact * 0.04, `p${share * 100}: ${histogram.percentile(share)}`);
    }
  });
});
