/** One table of defaults: what the declarations state, the README repeats, and the core has. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { METHODS } from '../../src/js/protocol.js';
import { declarations, isAhead } from './declarations.mjs';
import { loadPackage } from './package.mjs';
import { ROOT } from './tsc.mjs';

const { interfaces, ahead } = declarations();

/** Option by name, with its group: what its `@default` says. */
const STATED = {
  ...statedIn('BatchOptions'),
  ...statedIn('EachOptions'),
  ...statedIn('TimeoutOptions', 'timeout.'),
  ...statedIn('RetryOptions', 'retry.'),
};

describe('in the core', () => {
  const config = core('policy');
  const retry = core('retry');
  const backoff = core('backoff');
  const limits = core('limits');

  /** Where the core has each default. */
  const IN_RUST = {
    'timeout.attempt': field(config, 'Timeout', 'attempt'),
    'timeout.headers': none(field(config, 'Timeout', 'headers')),
    'timeout.idle': none(field(config, 'Timeout', 'idle')),
    'timeout.total': none(field(config, 'Timeout', 'total')),
    timeout: { attempt: field(config, 'Timeout', 'attempt') },
    responseType: camel(field(config, 'Policy', 'read')),
    throwHttpErrors: { 'ThrowHttpErrors::Yes': true }[field(config, 'Policy', 'throw_http_errors')],
    maxBytes: field(config, 'Policy', 'max_bytes'),
    priority: field(config, 'Policy', 'priority'),
    'retry.limit': field(retry, 'RetryPolicy', 'limit'),
    retry: { limit: field(retry, 'RetryPolicy', 'limit') },
    'retry.statusCodes': list(retry, 'STATUS_CODES'),
    'retry.afterStatusCodes': list(retry, 'AFTER_STATUS_CODES'),
    'retry.maxRetryAfter': field(retry, 'RetryPolicy', 'max_retry_after'),
    'retry.retryOnTimeout': field(retry, 'RetryPolicy', 'on_timeout'),
    'retry.delay': field(backoff, 'Backoff', 'delay'),
    'retry.factor': field(backoff, 'Backoff', 'factor'),
    'retry.backoffLimit': field(backoff, 'Backoff', 'limit'),
    'retry.jitter': camel(field(backoff, 'Backoff', 'jitter')),
    concurrency: field(limits, 'Limits', 'concurrency'),
    concurrencyPerHost: field(limits, 'Limits', 'per_host'),
  };
  /** Defaults that are no number or word of the core: absent, off, or of the JavaScript side. */
  const ELSEWHERE = { method: 'GET', 'retry.methods': METHODS.filter((name) => name !== ''), stopOnError: false, dedupe: false, ordered: false, progressInterval: 100, hedge: false, circuitBreaker: false, 'retry.budget': false };

  for (const [option, stated] of Object.entries(STATED)) {
    test(option, () => {
      const known = { ...IN_RUST, ...ELSEWHERE };
      assert.ok(Object.hasOwn(known, option), 'a default is stated that this test does not know where to find');
      assert.deepEqual(stated, known[option]);
    });
  }

  test('each of them is stated', () => {
    assert.deepEqual(Object.keys({ ...IN_RUST, ...ELSEWHERE }).filter((option) => !Object.hasOwn(STATED, option)), []);
  });
});

describe('in the README', () => {
  const table = readmeTable();
  const skip = !table && 'the README has no table of options yet';

  test('each option of a batch has its line', { skip }, () => {
    const wanted = [...own('EachOptions'), ...own('TimeoutOptions', 'timeout.'), ...own('RetryOptions', 'retry.')];
    const rows = [...table.keys()];
    // A group's line may stand for its members, or theirs for it.
    const hasLine = (name) => table.has(name) || table.has(name.split('.')[0]) || rows.some((row) => row.startsWith(`${name}.`));
    assert.deepEqual(wanted.filter((name) => !hasLine(name)), []);
  });

  test('no line is about an option that does not exist', { skip }, () => {
    const known = new Set([...own('EachOptions'), ...own('ClientOptions'), ...own('TimeoutOptions', 'timeout.'),
      ...own('RetryOptions', 'retry.'), ...own('HedgeOptions', 'hedge.'), ...own('CircuitBreakerOptions', 'circuitBreaker.'), ...own('Hooks', 'hooks.')]);
    assert.deepEqual([...table.keys()].filter((name) => !known.has(name)), []);
  });

  for (const [option, stated] of Object.entries(STATED)) {
    test(option, { skip: skip || (!table.has(option) && 'its group has no such line') }, () => {
      assert.deepEqual(readDefault(table.get(option), stated), stated, `the README says ${table.get(option)}`);
    });
  }
});

test('a default may be given as it is stated', async () => {
  const { fetchAll, fetchEach } = await loadPackage();
  const later = new Set(interfaces.EachOptions.filter(isAhead).map(({ name }) => name));
  const refused = [];
  for (const [option, stated] of Object.entries(STATED)) {
    // Off is off, also where there is no on yet.
    if (later.has(option) && stated !== false) continue;
    if (option === 'ordered' && ahead.includes('fetchEach')) continue;
    const [group, member] = option.split('.');
    const options = { [group]: member ? { [member]: stated } : stated };
    const call = option === 'ordered' ? async () => fetchEach([], options).next() : async () => fetchAll([], options);
    await call().catch((error) => refused.push(`${option}: ${error.message}`));
  }
  assert.deepEqual(refused, []);
});

function statedIn(shape, prefix = '') {
  const stated = interfaces[shape].filter(({ own, fallback }) => own && fallback !== undefined);
  return Object.fromEntries(stated.map(({ name, fallback }) => [prefix + name, literal(fallback)]));
}

function own(shape, prefix = '') {
  return interfaces[shape].filter((member) => member.own).map(({ name }) => prefix + name);
}

/** A JavaScript literal, made of this realm's objects. */
function literal(text) {
  const value = runInNewContext(`(${text})`);
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;
}

function core(name) {
  return readFileSync(`${ROOT}src/core/${name}.rs`, 'utf8');
}

/** The value of `field` in `impl Default for Type`. */
function field(source, type, name) {
  const body = new RegExp(`impl Default for ${type} \\{[\\s\\S]*?\\n\\}`).exec(source)?.[0];
  assert.ok(body, `no impl Default for ${type}`);
  const value = new RegExp(`\\b${name}:\\s*([^,}\\n]+)`).exec(body)?.[1].trim();
  assert.ok(value, `no ${name} in ${body}`);
  if (/^[\d_.]+$/.test(value)) return Number(value.replaceAll('_', ''));
  if (value === 'f64::INFINITY' || value === 'u32::MAX') return Infinity;
  return { true: true, false: false }[value] ?? value;
}

function none(value) {
  return value === Infinity ? false : value;
}

/** `ReadAs::Auto` → `auto` */
function camel(variant) {
  const name = variant.split('::').at(-1);
  return name[0].toLowerCase() + name.slice(1);
}

function list(source, name) {
  const items = new RegExp(`const ${name}: [^=]+= (\\[[^\\]]*\\])`).exec(source)?.[1];
  assert.ok(items, `no ${name}`);
  return JSON.parse(items);
}

/** The README's options: name → default as written; `undefined` where there is no such table. */
function readmeTable() {
  if (!existsSync(`${ROOT}README.md`)) return undefined;
  const section = /^## Options\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readFileSync(`${ROOT}README.md`, 'utf8'))?.[1];
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? [];
  const cells = lines.map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('\\|', '|')));
  const options = cells.filter(([name]) => /^`[\w.]+`$/.test(name ?? ''));
  return options.length > 0 ? new Map(options.map(([name, fallback]) => [name.replaceAll('`', ''), fallback])) : undefined;
}

/** The first code in a cell; words that say off or none stand for however `stated` says it. */
function readDefault(cell, stated) {
  const code = /`([^`]+)`/.exec(cell)?.[1];
  if (code === undefined) return /^(off|none|no|no limit|unlimited)$/i.test(cell) && (stated === false || stated === Infinity) ? stated : cell;
  // `GET HEAD …` and `408 425 …`: lists without their punctuation.
  const items = code.split(/[\s,]+/);
  if (items.length > 1 && items.every((item) => /^\w+$/.test(item))) return items.map((item) => (/^\d+$/.test(item) ? Number(item) : item));
  try {
    return literal(code);
  } catch {
    return code;
  }
}
