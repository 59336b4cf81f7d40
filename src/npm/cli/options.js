/** The command line: one table of options, and the reading of arguments by it. */

import { parseArgs } from 'node:util';
import { elsewhere } from './elsewhere.js';
import * as secret from './secret.js';
import * as read from './values.js';
import { isName, nearest } from '../../js/options/nearest.js';

/**
 * One row an option. `to` is its place in the library's options; a row without it is the command's own setting.
 * `value` names the argument in the help (none: a switch), `no` allows `--no-…` (which means
 * `false`, or `none`), `env` names the variable of the environment that is read where the option is not given, `needs` the option
 * without which it means nothing.
 */
export const OPTIONS = {
  from: { group: 'Input', value: 'FILE', read: (file) => [file], many: true },
  'base-url': { group: 'Input', value: 'URL', read: read.absoluteUrl, to: 'baseUrl' },
  resume: { group: 'Input', value: 'FILE', read: read.text },
  'keep-failures': { group: 'Input', needs: 'resume' },

  method: { group: 'Request', value: 'NAME', read: read.method, to: 'method', short: 'X' },
  header: { group: 'Request', value: "'NAME: VALUE'", read: secret.headers, to: 'headers', many: true, short: 'H', env: 'FANFETCH_HEADERS' },
  data: { group: 'Request', value: 'BODY', read: secret.body, to: 'body', short: 'd', excludes: 'json' },
  json: { group: 'Request', value: 'JSON', read: read.json, to: 'json' },
  bearer: { group: 'Request', value: 'TOKEN', read: secret.bearer, to: 'auth', excludes: 'user', env: 'FANFETCH_BEARER' },
  user: { group: 'Request', value: 'NAME:PASS', read: secret.credentials, to: 'auth', short: 'u', env: 'FANFETCH_USER' },

  concurrency: { group: 'Limits', value: 'N', note: '32', read: read.positiveOrAuto, to: 'concurrency', short: 'c' },
  'concurrency-per-host': { group: 'Limits', value: 'N', read: read.positive, to: 'concurrencyPerHost' },
  rate: { group: 'Limits', value: '20/s', read: read.rate, to: 'rateLimit', excludes: 'rate-per-host' },
  'rate-per-host': { group: 'Limits', value: '20/s', read: (text) => ({ ...read.rate(text), per: 'host' }), to: 'rateLimit' },
  'max-bytes': { group: 'Limits', value: 'SIZE', read: read.size, to: 'maxBytes' },
  'max-fetches': { group: 'Limits', value: 'N', read: read.positive, to: 'maxFetches' },
  dedupe: { group: 'Limits', to: 'dedupe' },

  timeout: { group: 'Time', value: 'TIME', note: '10s', no: true, read: read.duration, to: 'timeout.attempt' },
  'timeout-headers': { group: 'Time', value: 'TIME', read: read.duration, to: 'timeout.headers' },
  'timeout-idle': { group: 'Time', value: 'TIME', read: read.duration, to: 'timeout.idle' },
  'timeout-total': { group: 'Time', value: 'TIME', read: read.duration, to: 'timeout.total' },
  deadline: { group: 'Time', value: 'TIME', read: read.duration, to: 'deadline' },

  retry: { group: 'Retry', value: 'N', note: '2', no: true, none: 0, read: read.count, to: 'retry.limit' },
  'retry-delay': { group: 'Retry', value: 'TIME', note: '300ms', read: read.delay, to: 'retry.delay' },
  'retry-methods': { group: 'Retry', value: 'GET,POST', read: read.methods, to: 'retry.methods' },
  'retry-status-codes': { group: 'Retry', value: '429,503', read: read.statusCodes, to: 'retry.statusCodes' },
  'max-retry-after': { group: 'Retry', value: 'TIME', note: '1m', read: read.delay, to: 'retry.maxRetryAfter' },

  'response-type': { group: 'Output', value: 'json|text|bytes|none', read: read.choice('auto', 'json', 'text', 'bytes', 'none'), to: 'responseType', excludes: 'save' },
  'response-headers': { group: 'Output' },
  save: { group: 'Output', value: 'DIR', read: read.text },
  ordered: { group: 'Output', to: 'ordered' },
  'throw-http-errors': { group: 'Output', no: true, to: 'throwHttpErrors' },
  'stop-on-error': { group: 'Output' },
  progress: { group: 'Output', no: true },
  quiet: { group: 'Output', short: 'q' },
  version: { group: 'Output', short: 'V' },
  help: { group: 'Output', short: 'h' },
};

/** The command was called wrongly: a message for the user, and exit code 2. */
export class UsageError extends Error {}

/**
 * Reads the arguments after the command's name.
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env] variables of the environment
 * @returns {{ urls: string[], settings: Record<string, any>, options: Record<string, any> }}
 *   `settings` by option name, `options` as the library takes them
 */
export function parseCommandLine(args, env = {}) {
  const { tokens } = parseArgs({ args, options: SYNTAX, strict: false, allowPositionals: true, tokens: true });
  const given = new Map();
  for (const token of tokens) {
    if (token.kind === 'option') take(given, token);
  }
  refuseContradictions(given);
  for (const [name, row] of Object.entries(OPTIONS)) {
    const value = env[row.env];
    // What is said on the command line wins, also over a variable for what it excludes.
    const isTaken = [...given.keys()].some((other) => other === name || other === row.excludes || OPTIONS[other].excludes === name);
    if (row.env && value && !isTaken) take(given, { name, rawName: row.env, value });
  }

  const command = { urls: tokens.filter(({ kind }) => kind === 'positional').map(({ value }) => value), settings: {}, options: {} };
  for (const [name, value] of given) {
    const { to } = OPTIONS[name];
    if (to) place(command.options, to.split('.'), value);
    else command.settings[name] = value;
  }
  // As curl does it: who gives a body means to send it, and fetch refuses a GET with one.
  if ((given.has('data') || given.has('json')) && !given.has('method')) command.options.method = 'POST';
  return command;
}

const SYNTAX = Object.fromEntries(Object.entries(OPTIONS).flatMap(([name, { value, short, no }]) => [
  [name, { type: value ? 'string' : 'boolean', ...(short && { short }) }],
  ...(no ? [[`no-${name}`, { type: 'boolean' }]] : []),
]));

function take(given, { name, rawName, value }) {
  if (!Object.hasOwn(SYNTAX, name)) throw new UsageError(unknown(name, rawName));
  const negated = name.startsWith('no-');
  const key = negated ? name.slice(3) : name;
  const row = OPTIONS[key];
  if (negated || !row.value) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    given.set(key, negated ? (row.none ?? false) : true);
  } else {
    if (value === undefined) throw new UsageError(`${rawName} needs a value: ${row.value}`);
    const parsed = readValue(row, rawName, value);
    given.set(key, row.many ? [...(given.get(key) ?? []), ...parsed] : parsed);
  }
}

function readValue(row, rawName, value) {
  try {
    return row.read(value);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${rawName} must be ${error.message}`);
    throw error;
  }
}

function unknown(name, rawName) {
  if (!isName(name)) return 'unknown option; it is not shown, as it may be a secret';
  const hint = elsewhere(name);
  if (hint !== undefined) return `unknown option ${rawName}; ${hint}`;
  const names = Object.keys(SYNTAX);
  // Rather than what it is like, what it is the beginning of: the shortest such name.
  const begun = names.filter((full) => name.length > 1 && full.startsWith(name)).sort((a, b) => a.length - b.length);
  const guess = begun[0] ?? nearest(name, names);
  return `unknown option ${rawName}${guess ? `; did you mean --${guess}?` : ''}`;
}

function refuseContradictions(given) {
  for (const name of given.keys()) {
    const other = OPTIONS[name].excludes;
    if (given.has(other)) throw new UsageError(`--${name} and --${other} exclude each other`);
    const { needs } = OPTIONS[name];
    if (needs !== undefined && !given.has(needs)) throw new UsageError(`--${name} means nothing without --${needs}`);
  }
}

/** `timeout.attempt` is the member `attempt` of the option `timeout`. */
function place(target, [first, ...rest], value) {
  if (rest.length === 0) target[first] = value;
  else place((target[first] ??= {}), rest, value);
}
