/** How requests are sent: what the options say of headers, body, address and authorisation, checked before a host sees it. */

import { refusedOption, shown, wrongOption } from '../output/errors.js';
import { Keyring } from '../hooks/auth.js';
import { isName } from './nearest.js';
import { trimmed } from '../exchange/retry-after.js';

/** Members of `RequestInit`, and those that hosts add to it; handed to fetch as they are. */
export const PASSED_ON = [
  'cache', 'credentials', 'duplex', 'integrity', 'keepalive', 'mode', 'redirect', 'referrer', 'referrerPolicy',
  'attributionReporting', 'browsingTopics', 'sharedStorageWritable', 'targetAddressSpace', // browsers
  'cf', 'encodeResponseBody', // Cloudflare Workers
  'client', // Deno
  'decompress', 'proxy', 'tls', 'unix', 'verbose', // Bun
  'dispatcher', // Node
  'next', // Next.js
];

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
// What a header's value may be (Fetch standard): no NUL, CR or LF, and nothing that is no byte.
const HEADER_VALUE = /^[^\0\r\n\u0100-\uffff]*$/;
const UNFIT = 'holds a character that a header cannot carry';
const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/;
const BODY = /^\[object (?:ArrayBuffer|SharedArrayBuffer|Blob|File|FormData|URLSearchParams|ReadableStream)\]$/;

/** Methods that may be repeated: idempotent by RFC 9110 §9.2.2, and QUERY, which is safe. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'];

export const NO_HOOKS = { beforeRequest: [], afterResponse: [], beforeRetry: [], onResult: [] };

/** Whether an option goes to fetch as it is. */
export const passesOn = (name) => PASSED_ON.includes(name) || name === 'window';

export class Plan {
  constructor(hosts) {
    this.hosts = hosts;
    this.fetch = undefined;
    this.base = undefined;
    this.method = 'GET';
    this.query = undefined;
    this.extra = undefined;
    /** Headers of the client and the batch, and of the request itself; `undefined` takes one away. */
    this.shared = new Map();
    this.own = new Map();
    /** The value of Authorization, or what is asked for it. */
    this.auth = undefined;
    this.keyring = undefined;
    this.hooks = NO_HOOKS;
    this.schema = undefined;
    this.dedupe = false;
    /** The options that it belongs to. */
    this.said = undefined;
    this.signature = undefined;
    this.body = undefined;
    /** The content type that goes with it, wherever it goes, unless a header says another. */
    this.bodyType = undefined;
    /** Where the body comes from: 0 none, 1 kept and sent anew, 2 a stream, sent once, 3 made by a function. */
    this.bodyKind = 0;
  }

  /**
   * This plan with the options of a client or a batch (or, with `own`, of one request) over it; they have no prototype.
   * Throws an `OptionError`.
   */
  with(options, own) {
    const plan = Object.assign(new Plan(this.hosts), this);
    plan.shared = new Map(this.shared);
    plan.own = new Map(this.own);
    plan.signature = undefined;
    const has = (name) => options[name] !== undefined;
    if (has('fetch')) plan.fetch = checked('fetch', options.fetch, typeof options.fetch === 'function', 'a function like fetch');
    if (has('baseUrl')) plan.base = baseUrl(options.baseUrl);
    if (has('method')) plan.method = method(options.method);
    if (has('searchParams')) plan.query = query(options.searchParams);
    if (has('headers')) readHeaders(own ? plan.own : plan.shared, options.headers);
    if (has('auth')) {
      const asked = typeof options.auth === 'function';
      plan.auth = asked ? undefined : authorization(options.auth);
      plan.keyring = asked ? new Keyring(async (refresh) => authorization(await options.auth({ refresh }))) : undefined;
    }
    if (has('body') && has('json')) throw refusedOption('json', 'excludes `body`: give one of them');
    if (has('body')) plan.setBody(options.body);
    if (has('json')) plan.setJson(options.json);
    for (const name of PASSED_ON) {
      if (has(name)) plan.extra = { ...plan.extra, [name]: options[name] };
    }
    // The platform's words for a priority are fetch's as well; a number is ours alone.
    if (typeof options.priority === 'string') plan.extra = { ...plan.extra, priority: options.priority };
    plan.seal();
    return plan;
  }

  /** What every request of this plan shares, made once: its headers at home and at another host. */
  seal() {
    this.home = this.headersFor(true);
    this.away = this.headersFor(false);
    this.guarded = this.shared.size > 0 || this.auth !== undefined || this.keyring !== undefined;
    return this;
  }

  /** The headers as a record, or undefined where there are none. `home`: those of the client may come along. */
  headersFor(home) {
    const all = new Map(home ? [...this.shared, ...this.own] : this.own);
    if (home && this.auth !== undefined && !all.has('authorization')) all.set('authorization', this.auth);
    if (this.bodyType !== undefined && !all.has('content-type')) all.set('content-type', this.bodyType);
    const kept = [...all].filter(([, value]) => value !== undefined);
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }

  /**
   * Bits: 1 it may be sent again, by its method or a key, and since its body can be had again, 2 each attempt is made ready first,
   * 64 hooks see the response, 128 another authorization can be had, 256 a schema is to be satisfied, 512 hooks are told of
   * retries, 1024 identical requests may share it, 2048 hooks are told of the result.
   */
  traits(method = this.method, kind = this.bodyKind, keyed = this.hasIdempotencyKey(), asks = this.keyring !== undefined && this.home?.authorization === undefined) {
    const { beforeRequest, afterResponse, beforeRetry, onResult } = this.hooks;
    const prepares = kind === 3 || asks || beforeRequest.length + afterResponse.length > 0;
    const repeatable = kind !== STREAM && (keyed || (this.said?.methods ?? METHODS).includes(method));
    return (repeatable ? 1 : 0) | (prepares ? 2 : 0) | (afterResponse.length > 0 ? 64 : 0)
      | (asks && kind !== STREAM ? 128 : 0) | (this.schema === undefined ? 0 : 256) | (beforeRetry.length > 0 ? 512 : 0)
      | (this.dedupe && kind === 0 && (method === 'GET' || method === 'HEAD') ? SHARED : 0) | (onResult.length > 0 ? 2048 : 0);
  }

  /** A body that no request of its method can have. */
  isMisplaced() {
    return this.bodyKind > 0 && (this.method === 'GET' || this.method === 'HEAD');
  }

  hasIdempotencyKey() {
    return (this.own.get('idempotency-key') ?? this.shared.get('idempotency-key')) !== undefined;
  }

  setBody(body) {
    this.body = body;
    this.bodyType = undefined;
    this.bodyKind = bodyKind(body);
  }

  setJson(value) {
    let text;
    try {
      text = JSON.stringify(value);
    } catch {
      // The host's message may quote the value.
      throw refusedOption('json', 'cannot be serialised: it is circular, holds a BigInt or its toJSON throws');
    }
    if (text === undefined) throw wrongOption('json', value, 'what JSON can say');
    this.body = text;
    this.bodyType = 'application/json';
    this.bodyKind = 1;
  }
}

/** Of the kinds of body, the one that is sent once. */
export const STREAM = 2;

/** Of the bits of {@link Plan.traits}. */
export const SHARED = 1024;

/** What makes requests of two plans the same to a server and to whoever takes the result, beside address and headers. */
export const signature = (plan) => {
  if (plan.signature === undefined) {
    const { extra, fetch, keyring, hooks, schema, said } = plan;
    const named = [fetch, keyring, schema, ...Object.values(hooks).flat()].map((one) => one && nameOf(one));
    plan.signature = JSON.stringify([named, said.manner, extra], (_, value) => (isPlain(value) ? value : nameOf(value)));
  }
  return plan.signature;
};

const isPlain = (value) => (typeof value !== 'object' && typeof value !== 'function') || value === null || [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));

let names;
let count = 0;
/** Another word for each object that is told from others only by being itself. */
const nameOf = (value) => {
  names ??= new WeakMap();
  if (!names.has(value)) names.set(value, `#${(count += 1)}`);
  return names.get(value);
};

/** Where a body comes from, see {@link Plan}; throws for what fetch would send as `[object Object]`. */
export const bodyKind = (body) => {
  if (body === null || body === undefined) return 0;
  if (typeof body === 'function') return 3;
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return 1;
  if (typeof body === 'object') {
    if (typeof body.getReader === 'function' || typeof body[Symbol.asyncIterator] === 'function') return 2;
    if (BODY.test(Object.prototype.toString.call(body))) return 1;
  }
  throw wrongOption('body', body, 'a string, bytes, Blob, FormData, URLSearchParams, a stream, or a function that gives one (see also `json`)');
};

/** The Authorization header of a user name and password (RFC 7617, as UTF-8), which may be longer than an argument list. */
export const basic = (username, password) =>
  `Basic ${btoa(Array.from(new TextEncoder().encode(`${username}:${password}`), (byte) => String.fromCharCode(byte)).join(''))}`;

const checked = (option, value, good, expected) => {
  if (!good) throw wrongOption(option, value, expected);
  return value;
};

const baseUrl = (given) => {
  try {
    const url = new URL(given);
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {
    // Told below.
  }
  throw refusedOption('baseUrl', 'is not an absolute http(s) URL');
};

const method = (given) => {
  const upper = typeof given === 'string' && TOKEN.test(given) ? given.toUpperCase() : '';
  if (upper === '' || FORBIDDEN_METHOD.test(upper)) {
    throw wrongOption('method', given, 'the name of a method that fetch can send');
  }
  return upper;
};

const query = (given) => {
  if (typeof given === 'string' || Object.prototype.toString.call(given) === '[object URLSearchParams]') return new URLSearchParams(given);
  checked('searchParams', given, typeof given === 'object' && given !== null && !Array.isArray(given), 'a string, URLSearchParams or an object');
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checked(inner('searchParams', name), value, /^(?:string|number|boolean)$/.test(typeof value), 'a string, a number or a boolean');
    params.append(name, String(value));
  }
  return params;
};

/** The name of what is wrong within an option, as far as it may be shown. */
const inner = (option, name) => (isName(name) ? `${option}.${name}` : option);

const readHeaders = (into, given) => {
  checked('headers', given, typeof given === 'object' && given !== null, 'Headers, an object, or a list of names and values');
  const listed = typeof given[Symbol.iterator] === 'function';
  const seen = new Set();
  for (const pair of listed ? given : Object.entries(given)) {
    if (typeof pair !== 'object' || pair === null || pair.length !== 2) {
      throw refusedOption('headers', 'holds what is not a pair of a name and a value');
    }
    const [name, value] = pair;
    // Neither is shown: a refused header is often a secret with a line break behind it.
    if (typeof name !== 'string' || !TOKEN.test(name)) throw refusedOption('headers', 'holds a name that HTTP does not allow');
    const key = name.toLowerCase();
    if (value === undefined) {
      into.set(key, undefined);
      continue;
    }
    if (!/^(?:string|number|boolean)$/.test(typeof value)) throw wrongOption(inner('headers', key), value, 'a string, or undefined to take it away');
    const text = trimmed(String(value));
    if (!HEADER_VALUE.test(text)) throw refusedOption(inner('headers', key), UNFIT);
    into.set(key, seen.has(key) ? `${into.get(key)}, ${text}` : text);
    seen.add(key);
  }
};

const authorization = (given) => {
  const expected = '{ bearer } or { username, password }';
  if (typeof given !== 'object' || given === null) throw wrongOption('auth', given, expected);
  const { bearer, username, password } = { __proto__: null, ...given };
  if (typeof bearer === 'string') {
    if (!HEADER_VALUE.test(bearer)) throw refusedOption('auth.bearer', UNFIT);
    return `Bearer ${bearer}`;
  }
  if (typeof username === 'string' && typeof password === 'string') return basic(username, password);
  throw refusedOption('auth', `was ${shown(given)} of another shape; it may be ${expected}`);
};
