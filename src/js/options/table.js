/** Tables of options: each name with the check of its value. Defaults are the engine's alone. */

import { refusedOption, shown, unknownOption, wrongOption } from '../output/errors.js';
import { isName, nearest } from './nearest.js';
import { passesOn } from './passed-on.js';
import { JITTERS, OPTION_NUMBERS, READ_RESPONSE, READ_STREAM, RESPONSE_TYPES, RETRY_LIMIT, THROW_ASK, TIMEOUT_ATTEMPT } from '../protocol.js';

/** Options and values that the contract has and this release has not; what switches them off is accepted. */
const NOT_YET = ['circuitBreaker', 'hedge', 'retry.budget', 'snapshot'];

/**
 * Reads what is given into the layer `next`, by tables of names: own properties alone, each getter once, and all of them
 * before the first is checked. Gives what it read, without a prototype.
 */
export const read = (next, given, outer, tables) => {
  const said = { __proto__: null, ...given };
  for (const name of Object.keys(said)) {
    const option = outer + name;
    const check = tables.find((names) => Object.hasOwn(names, name))?.[name];
    const value = said[name];
    if (check === undefined) {
      if (outer === '' && passesOn(name)) continue;
      if (!isName(name)) throw refusedOption(outer.slice(0, -1) || 'options', 'holds a name that is unknown; it is not shown, as it may be a secret');
      let near;
      for (const names of tables) near ??= nearest(name, Object.keys(names));
      throw unknownOption(option, near && outer + near);
    }
    if (value === undefined) continue;
    if (value !== false && NOT_YET.includes(option)) throw wrongOption(option, value, 'left out only: this release does not have it yet');
    const result = check(option, value, next, name);
    if (result === undefined) continue;
    const place = OPTION_NUMBERS.indexOf(option);
    if (place < 0) next[name] = result;
    else next.numbers[place] = result;
  }
  return said;
};

export const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// Checks: what they give is kept, unless it is undefined; the others keep it themselves.

const is = (good, expected, tell) => (option, value) => {
  if (!good(value)) throw wrongOption(option, value, expected, tell);
  return value;
};
/** Shows the value of an option that can only be a number or a word, which is no secret. */
const spelt = (value) => (typeof value === 'number' ? String(value) : typeof value === 'string' && isName(value) ? `'${value}'` : shown(value));
const number = (good, expected) => is((value) => typeof value === 'number' && good(value), expected, spelt);
const notNegative = (value) => value >= 0;
const positive = (value) => value > 0;
const isFunction = (value) => typeof value === 'function';

const count = number((value) => value >= 1 && value === Math.trunc(value), 'a positive whole number or Infinity');
const wholeOr = (expected) => number((value) => value >= 0 && value === Math.trunc(value), expected);
const whole = wholeOr('a whole number of 0 or more, or Infinity');
const retries = wholeOr('a whole number of retries, false, or an object');
const bytes = number(notNegative, 'a number of bytes, 0 or more');
const span = number(notNegative, 'a number of milliseconds, 0 or more');
const limit = (option, value) => (value === false ? Infinity : positiveSpan(option, value));
const positiveSpan = number(positive, 'a positive number of milliseconds, Infinity or false');
const attempt = number(positive, 'a positive number of milliseconds, Infinity, false, or an object with attempt, headers, idle, total');
const flag = is((value) => typeof value === 'boolean', 'true or false');
const callable = is(isFunction, 'a function');
const word = (words, expected) => (option, value) => words.indexOf(is((given) => words.includes(given), expected, spelt)(option, value));
/** Checked by `template.js`. */
const elsewhere = () => {};

const list = (good, expected, made = (item) => item) => (option, value) => {
  // A hole is an item as well.
  const items = Array.isArray(value) ? [...value] : [undefined];
  if (!items.every(good)) throw wrongOption(option, value, expected);
  return items.map(made);
};
const LISTS = 'a list of them: methods as strings, statuses from 100 to 999';
const statuses = list((status) => status >= 100 && status < 1000 && Number.isInteger(status), LISTS);
const functions = list(isFunction, 'a list of functions');
const hooks = (option, value, next, name) => {
  next.hooks = { ...next.hooks, [name]: [...next.hooks[name], ...functions(option, value)] };
};

/** A value, or a function that is asked for it; `asking` is the number that says so. */
const asked = (check, asking) => (option, value, next, name) => {
  next.functions[name] = isFunction(value) ? value : undefined;
  return isFunction(value) ? asking : check(option, value);
};

const TIMEOUT = { attempt: limit, headers: limit, idle: limit, total: limit };

const RETRY = {
  limit: whole,
  methods: list((method) => typeof method === 'string', LISTS, (method) => method.toUpperCase()),
  statusCodes: statuses,
  afterStatusCodes: statuses,
  maxRetryAfter: span,
  delay: asked(span),
  factor: number(notNegative, 'a number of 0 or more'),
  backoffLimit: span,
  jitter: asked(word(JITTERS, "'full', 'equal', 'decorrelated', 'none' or a function of the delay")),
  retryOnTimeout: flag,
  shouldRetry: asked(callable),
  budget: elsewhere,
};

const RATE = {
  limit: count,
  interval: number((value) => value > 0 && value < Infinity, 'a positive, finite number of milliseconds'),
  per: word(['client', 'host'], "'client' or 'host'"),
};

const HOOKS = { beforeRequest: hooks, afterResponse: hooks, beforeRetry: hooks, onResult: hooks };

/** A group of options, with what it is where it is no object. */
const group = (names, otherwise) => (option, value, next) => {
  if (!isRecord(value)) return otherwise(option, value, next);
  read(next, value, `${option}.`, [names]);
};

const set = (next, option, value) => {
  next.numbers[OPTION_NUMBERS.indexOf(option)] = value;
};

const responseType = word(RESPONSE_TYPES, "'auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData' or 'none'");
/** Returns true for a type whose bodies are handed out unread. */
export const isUnread = (type) => type === READ_STREAM || type === READ_RESPONSE;
export const UNREAD = "any type but 'stream' and 'response' here: their bodies hold their slots until they are read";

export const REQUEST = {
  method: elsewhere,
  headers: elsewhere,
  body: elsewhere,
  json: elsewhere,
  searchParams: elsewhere,
  auth: elsewhere,
  responseType,
  schema: is((value) => {
    const standard = value?.['~standard'];
    return (typeof value === 'object' || isFunction(value)) && standard?.version === 1 && isFunction(standard.validate);
  }, 'a Standard Schema: an object with `~standard`, of version 1'),
  throwHttpErrors: asked(is((value) => typeof value === 'boolean', 'a boolean or a function of the status'), THROW_ASK),
  timeout: group(TIMEOUT, (option, value, next) => {
    if (value !== false) set(next, 'timeout.attempt', attempt(option, value));
    else next.numbers.fill(Infinity, TIMEOUT_ATTEMPT, RETRY_LIMIT);
  }),
  retry: group(RETRY, (option, value, next) => set(next, 'retry.limit', value === false ? 0 : retries(option, value))),
  hedge: elsewhere,
  maxBytes: bytes,
  expectedBytes: bytes,
  priority: (option, value) => {
    const place = ['low', 'auto', 'high'].indexOf(value);
    return place < 0 ? finite(option, value) : place - 1;
  },
  signal: (option, value, next) => {
    if (value === null) return;
    signal(option, value);
    if (next.level === 'request') next.signal = value;
    else next.signals = [...next.signals, value];
  },
  credentials: elsewhere,
  cache: elsewhere,
  redirect: elsewhere,
  mode: elsewhere,
};
const finite = number(Number.isFinite, "a finite number, 'high', 'low' or 'auto'");
/** A signal may be of any realm. */
const signal = is(
  (value) => typeof value === 'object' && typeof value.aborted === 'boolean' && isFunction(value.addEventListener),
  'an AbortSignal or null',
);

export const CALL = {
  concurrency: (option, value) => {
    if (isRecord(value) || value === 'auto') throw wrongOption(option, value, 'a positive whole number or Infinity: this release does not find it by itself yet', spelt);
    return count(option, value);
  },
  concurrencyPerHost: count,
  rateLimit: (option, value, next) => {
    rate(option, value, next);
    for (const name of ['rateLimit.limit', 'rateLimit.interval']) {
      if (Number.isNaN(next.numbers[OPTION_NUMBERS.indexOf(name)])) throw wrongOption(name, undefined, 'a positive number');
    }
  },
  circuitBreaker: elsewhere,
  deadline: (option, value, next) => {
    const until = Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : NaN;
    set(next, 'until', until);
    return Number.isNaN(until) ? deadline(option, value) : Infinity;
  },
  stopOnError: flag,
  dedupe: flag,
  maxFetches: whole,
  onProgress: callable,
  progressInterval: span,
  hooks: group(HOOKS, is(isRecord, 'an object of lists of functions')),
  baseUrl: elsewhere,
  fetch: elsewhere,
  referrer: elsewhere,
  keepalive: elsewhere,
};
/** Options that are objects of options. */
export const GROUPS = { timeout: TIMEOUT, retry: RETRY, rateLimit: RATE, hooks: HOOKS };

const rate = group(RATE, is(isRecord, 'an object with limit, interval and per'));
const deadline = number(notNegative, 'a number of milliseconds, 0 or more, or a valid Date');

export const EACH = { ordered: flag, highWaterMark: count };

export const CLIENT = { snapshot: is(isRecord, 'what `client.snapshot()` gave') };

export const SPEC = { url: elsewhere, tag: elsewhere };
