/**
 * Time for attackers: none. What reads the text of a server or a user does so in time that grows with its length and no
 * faster. Expressions are judged one by one as they stand in the sources, whatever reads by loops or by several of them is
 * fed a megabyte of what would be the worst for it.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { decode, excerpt } from '../src/js/exchange/body.js';
import { classify } from '../src/js/exchange/network-error.js';
import { nearest } from '../src/js/options/nearest.js';
import { Options } from '../src/js/options/options.js';
import { next } from '../src/js/exchange/redirect.js';
import { Hosts } from '../src/js/input/hosts.js';
import { Source } from '../src/js/input/source.js';
import { FORMS, httpDate, retryAfter, trimmed } from '../src/js/exchange/retry-after.js';
import { lines } from '../src/npm/cli/inputs.js';
import { parseCommandLine } from '../src/npm/cli/options.js';
import { shownUrl, toLine } from '../src/npm/cli/record.js';
import { fileName } from '../src/npm/cli/save.js';
import { Summary } from '../src/npm/cli/summary.js';
import * as values from '../src/npm/cli/values.js';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

describe('expressions', () => {
  /** Those that are no literal, by the file that makes them. */
  const MADE = { 'js/exchange/retry-after.js': FORMS };
  let judge;

  before(async () => {
    // In this process, by no program that is started for it.
    process.env.RECHECK_BACKEND = 'pure';
    const { checkSync } = await import('recheck');
    judge = (source, flags = '') => {
      const { status, complexity } = checkSync(source, flags, { timeout: 60_000 });
      return status === 'safe' ? 'linear' : complexity?.summary ?? status;
    };
  });

  test('the judge knows those that take quadratic or exponential time', () => {
    assert.deepEqual(['^[ \\t]+|[ \\t]+$', '(a+)+$', '^[a-z]+$'].map((source) => judge(source)), ['2nd degree polynomial', 'exponential', 'linear']);
  });

  for (const file of readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith('.js')).sort()) {
    const { literals, made } = expressionsOf(file);
    if (literals.length + made === 0) continue;
    test(`${file} has none that takes longer than linear time`, () => {
      assert.equal(made > 0, file in MADE, `${file} makes expressions at run time: name them in MADE`);
      const all = [...literals, ...(MADE[file] ?? []).map((source) => [source, ''])];
      assert.deepEqual(all.map(([source, flags]) => [source, judge(source, flags)]), all.map(([source]) => [source, 'linear']));
    });
  }

  function expressionsOf(file) {
    const literals = [];
    let made = 0;
    const look = (node) => {
      if (ts.isRegularExpressionLiteral(node)) literals.push(/^\/(.*)\/([a-z]*)$/s.exec(node.text).slice(1));
      else if (ts.isIdentifier(node) && node.text === 'RegExp') made += 1;
      ts.forEachChild(node, look);
    };
    look(ts.createSourceFile(file, readFileSync(join(SOURCES, file), 'utf8'), ts.ScriptTarget.Latest));
    return { literals, made };
  }
});

const MEGABYTE = 2 ** 20;
/** What a quadratic one needs a few minutes for; in milliseconds of the processor's time, which a busy machine does not change. */
const LIMIT = 500;

/** Runs of separators, blanks, quotes, and of what almost begins or ends something. */
const UNITS = [' ', '\t', '\n', ',', ';', '"', '\\', '/', '.', '-', '+', '=', '&', '%', '@', ':', '0', 'a', 'é', '\ud800', ' x', '",', '\\"', '"a";r=1,', 'a=1&', 'a.b+'];
const run = (unit) => (length) => unit.repeat(Math.ceil(length / unit.length));
/** Each between what one of them would begin and end with. */
const within = (begin, end) => UNITS.map((unit) => (length) => `${begin}${run(unit)(length)}${end}`);
const RUNS = [...UNITS.map(run), ...within('x', 'x')];

/** Whatever comes of it: only its time is looked at. */
async function holds(act, shapes = RUNS) {
  for (const [place, shape] of shapes.entries()) {
    // First a small one, so that a slow one fails within a second.
    for (const length of [MEGABYTE / 16, MEGABYTE]) {
      const given = shape(length);
      let least = Infinity;
      for (let round = 0; round < 3 && least > LIMIT; round++) least = Math.min(least, await timed(act, given));
      assert.ok(least <= LIMIT, `shape ${place} (${JSON.stringify(String(given).slice(0, 12))}…): ${Math.round(least)} ms for ${length} of it`);
    }
  }
}

async function timed(act, given) {
  const begun = process.cpuUsage();
  try {
    await act(given);
  } catch {
    // Refused.
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

describe('a megabyte takes no time', () => {
  const NAMES = ['retry-after-ms', 'retry-after', 'ratelimit', 'ratelimit-reset', 'x-ratelimit-reset-after', 'x-ratelimit-reset'];
  for (const name of NAMES) {
    test(`in ${name}`, () => holds((text) => retryAfter((header) => (header === name ? text : null), 0)));
  }

  test('in the parameters of ratelimit', async () => {
    const read = (text) => retryAfter((header) => (header === 'ratelimit' ? text : null), 0);
    for (const [begin, end] of [['"a";r=', ''], ['"a";t=', '"'], ['"', '";r=0;t=5'], ['"a";x="', '";t=1'], ['"a";r=0;t=1', ';']]) await holds(read, within(begin, end));
  });

  test('in a date', async () => {
    await holds((text) => httpDate(text, 0), [...RUNS, ...within('Sun, 06 Nov 1994 08:49:37', ' GMT'), ...within('Sunday', ''), ...within('Sun Nov ', '1994')]);
    await holds((text) => retryAfter((header) => (header === 'date' ? text : header === 'retry-after' ? 'Sun, 06 Nov 1994 08:49:37 GMT' : null), 0));
  });

  test('around a value that is stripped of its blanks', () => holds(trimmed));

  test('in a content type', async () => {
    for (const read of [decode.bind(null, 0), excerpt]) {
      const act = (type) => read(new TextEncoder().encode('{}').buffer, { headers: { get: () => type } });
      await holds(act, [...RUNS, ...within('application/', '+json'), ...within('application/a', '+xml x'), ...within('application/json', 'x'), ...within('text/', 'json')]);
    }
  });

  test('in the beginning of a body', () => {
    const act = (text) => excerpt(new TextEncoder().encode(text).buffer, { headers: { get: () => 'application/json' } });
    return holds(act, [...RUNS, ...within('{"a":"', '"}'), ...within('[[', ']]')]);
  });

  test('in what a host says of a failure', async () => {
    await holds((text) => classify(new Error(text)), [...RUNS, ...within('network', ' error'), run('too many '), run('connection ')]);
    await holds((text) => classify(new Error('fetch failed', { cause: { code: text, message: text } })), [...RUNS, ...within('HPE_', ''), run('HPE_'), run('bad por')]);
  });

  test('in where a redirect leads', () => {
    const route = { url: 'http://a.test/', method: 'GET', headers: {}, crossed: false };
    return holds((text) => next(route, 302, text, 1, { template: Options.base().template }), [...RUNS, ...within('http://', '/'), ...within('http://u:', '@b/')]);
  });

  const over = (given) => Options.base().over(given, 'call');
  const OPTIONS = {
    'a header': (text) => ({ headers: { 'x-a': text } }), 'the name of a header': (text) => ({ headers: { [text]: 'x' } }),
    'a bearer': (text) => ({ auth: { bearer: text } }), 'a user name': (text) => ({ auth: { username: text, password: '' } }),
    'a method': (text) => ({ method: text }), 'a base': (text) => ({ baseUrl: `http://a/${text}` }), 'no base': (text) => ({ baseUrl: text }),
    'a query': (text) => ({ searchParams: text }), 'a value of a query': (text) => ({ searchParams: { [text]: text } }), 'a body': (text) => ({ body: text }),
    'JSON': (text) => ({ json: text }), 'a word': (text) => ({ responseType: text }), 'a number': (text) => ({ timeout: text }),
    'methods': (text) => ({ retry: { methods: [text] } }), 'the name of an option': (text) => ({ [text]: 1 }), 'the name of an inner one': (text) => ({ retry: { [text]: 1 } }),
  };
  for (const [what, given] of Object.entries(OPTIONS)) test(`in options: ${what}`, () => holds((text) => over(given(text))));

  test('in options of very many parts', async () => {
    const many = (part) => (length) => Array.from({ length: length / 16 }, (_, i) => part(i));
    const parts = [many((i) => [`x-${i}`, 'a']), many(() => ['x-a', 'b'])];
    await holds((headers) => over({ headers }), parts);
    await holds((list) => over({ headers: Object.fromEntries(list), searchParams: Object.fromEntries(list) }), parts);
    await holds((methods) => over({ retry: { methods } }), [many((i) => `M${i}`)]);
    await holds((list) => over(Object.fromEntries(list)), parts);
  });

  test('in an address', async () => {
    const accept = (text) => {
      const source = new Source([text], Options.base().over({ searchParams: { a: '1' } }, 'call'));
      source.take(source.iterator.next());
    };
    await holds(accept, [...RUNS, ...within('http://a.test/', ''), ...within('http://a.test/?', '#'), ...within('http://', '/'), ...within('http://u:', '@a.test/')]);
    await holds((text) => new Hosts().find(text));
    await holds((text) => {
      const hosts = new Hosts();
      hosts.name(hosts.intern(text));
    });
  });

  test('in a name that is near to none', () => holds((text) => nearest(text, ['concurrency', 'retry', 'x'.repeat(40)])));

  for (const [name, read] of Object.entries({ ...values, choice: values.choice('a', 'b') })) {
    test(`on the command line: ${name}`, () => holds(read, [...RUNS, ...within('1', 's'), ...within('a:', ''), ...within('1/', 'ms')]));
  }

  test('on the command line: many options, and unknown ones', async () => {
    // Node itself takes quadratic time for more of them.
    await holds(parseCommandLine, [(length) => Array.from({ length: length / 128 }, (_, i) => `-Hx-${i}:1`)]);
    await holds((text) => parseCommandLine([`--${text}`]));
  });

  test('in a list, however its lines are cut', async () => {
    const read = async (chunks) => {
      for await (const line of lines(Readable.from(chunks, { objectMode: false }))) shownUrl(line.trim());
    };
    const cut = (text) => Array.from({ length: Math.ceil(text.length / 256) }, (_, i) => text.slice(i * 256, i * 256 + 256));
    // A line is a request: what a megabyte of empty ones costs is not their reading.
    await holds(read, UNITS.filter((unit) => unit !== '\n').map((unit) => (length) => cut(run(unit)(length))));
  });

  test('in what the command shows of a result', async () => {
    const result = (text, more) => ({
      ok: true, index: 0, request: { url: `http://a.test/${text}`, method: 'GET', input: { url: text, tag: { index: 0 } } }, url: `http://a.test/${text}`,
      headers: new Headers(), attempts: [], timings: { total: 1 }, ...more,
    });
    await holds((text) => fileName(result(text)), [...RUNS, ...within('%2F', '/x')]);
    await holds((text) => fileName(result('', { headers: { get: () => text } })));
    await holds((text) => fileName(result(`?${text}`)));
    await holds((text) => toLine(result(text, { data: text })));
    await holds((text) => new Summary().add(result(text)));
  });
});
