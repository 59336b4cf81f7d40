/** How requests are sent: what the options say of headers, body, address and authorisation, checked before a host sees it. */

import { refusedOption, shown, wrongOption } from '../output/errors.js';
import { AuthCache } from '../hooks/auth.js';
import { isName } from './nearest.js';
import { trimmed } from '../exchange/retry-after.js';
import {
  HAS_IDEMPOTENCY_KEY, HAS_LISTED_METHOD, HAS_METHODS, HAS_STREAM, METHODS, METHOD_SHIFT, WANTS_AFTER_RESPONSE, WANTS_BEFORE_REQUEST, WANTS_BEFORE_RETRY,
  WANTS_DEDUPE, WANTS_ON_RESULT, WANTS_REFRESH_AUTH, WANTS_SCHEMA,
} from '../protocol.js';

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

export const NO_HOOKS = { beforeRequest: [], afterResponse: [], beforeRetry: [], onResult: [] };

/** Whether an option goes to fetch as it is. */
export const passesOn = (name) => PASSED_ON.includes(name) || name === 'window';

export class RequestTemplate {
  constructor(hosts) {
    this.hosts = hosts;
    this.fetch = undefined;
    this.base = undefined;
    this.method = 'GET';
    this.query = undefined;
    this.extra = undefined;
    /** Headers of the client and the batch, and of the request itself; `undefined` takes one away. */
    this.shared = new Map();
    this.ownHeaders = new Map();
    /** The value of Authorization, or what is asked for it. */
    this.auth = undefined;
    this.authCache = undefined;
    this.hooks = NO_HOOKS;
    this.schema = undefined;
    this.dedupe = false;
    /** The options that it belongs to. */
    this.said = undefined;
    this.signature = undefined;
    this.body = undefined;
    /** The content type that goes with it, wherever it goes, unless a header says another. */
    this.bodyType = undefined;
    this.bodyKind = NO_BODY;
  }

  /**
   * This plan with the options of a client or a batch (or, with `own`, of one request) over it; they have no prototype.
   * Throws an `OptionError`.
   */
  with(options, own) {
    const template = Object.assign(new RequestTemplate(this.hosts), this);
    template.shared = new Map(this.shared);
    template.ownHeaders = new Map(this.ownHeaders);
    template.signature = undefined;
    const has = (name) => options[name] !== undefined;
    if (has('fetch')) template.fetch = checked('fetch', options.fetch, typeof options.fetch === 'function', 'a function like fetch');
    if (has('baseUrl')) template.base = baseUrl(options.baseUrl);
    if (has('method')) template.method = method(options.method);
    if (has('searchParams')) template.query = query(options.searchParams);
    if (has('headers')) readHeaders(own ? template.ownHeaders : template.shared, options.headers);
    if (has('auth')) {
      const asked = typeof options.auth === 'function';
      template.auth = asked ? undefined : authorization(options.auth);
      template.authCache = asked ? new AuthCache(async (refresh) => authorization(await options.auth({ refresh }))) : undefined;
    }
    if (has('body') && has('json')) throw refusedOption('json', 'excludes `body`: give one of them');
    if (has('body')) template.setBody(options.body);
    if (has('json')) template.setJson(options.json);
    for (const name of PASSED_ON) {
      if (has(name)) template.extra = { ...template.extra, [name]: options[name] };
    }
    // The platform's words for a priority are fetch's as well; a number is ours alone.
    if (typeof options.priority === 'string') template.extra = { ...template.extra, priority: options.priority };
    template.seal();
    return template;
  }

  /** What every request of this plan shares, made once: its headers at home and at another host. */
  seal() {
    this.sameOrigin = this.headersFor(true);
    this.crossOrigin = this.headersFor(false);
    this.stripOnRedirect = this.shared.size > 0 || this.auth !== undefined || this.authCache !== undefined;
    return this;
  }

  /** The headers as a record, or undefined where there are none. `home`: those of the client may come along. */
  headersFor(sameOrigin) {
    const all = new Map(sameOrigin ? [...this.shared, ...this.ownHeaders] : this.ownHeaders);
    if (sameOrigin && this.auth !== undefined && !all.has('authorization')) all.set('authorization', this.auth);
    if (this.bodyType !== undefined && !all.has('content-type')) all.set('content-type', this.bodyType);
    const kept = [...all].filter(([, value]) => value !== undefined);
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }

  /** Bits of what a request wants and is, and behind them the place of its method, see `protocol.js`. */
  traits(method = this.method, kind = this.bodyKind, keyed = this.hasIdempotencyKey(), asksAuth = this.authCache !== undefined && this.sameOrigin?.authorization === undefined) {
    const { beforeRequest, afterResponse, beforeRetry, onResult } = this.hooks;
    const methods = this.said?.methods;
    const place = METHODS.indexOf(method);
    return ((kind === MADE || asksAuth || beforeRequest.length + afterResponse.length > 0) && WANTS_BEFORE_REQUEST)
      | (afterResponse.length > 0 && WANTS_AFTER_RESPONSE) | (beforeRetry.length > 0 && WANTS_BEFORE_RETRY) | (onResult.length > 0 && WANTS_ON_RESULT)
      | (asksAuth && WANTS_REFRESH_AUTH) | (this.schema !== undefined && WANTS_SCHEMA) | (this.dedupe && kind === NO_BODY && WANTS_DEDUPE)
      | (keyed && HAS_IDEMPOTENCY_KEY) | (kind === STREAM && HAS_STREAM)
      | (methods !== undefined && HAS_METHODS) | (methods?.includes(method) && HAS_LISTED_METHOD)
      | (place < 0 ? METHODS.length - 1 : place) << METHOD_SHIFT;
  }

  /** A body that no request of its method can have. */
  isMisplaced() {
    return this.bodyKind !== NO_BODY && (this.method === 'GET' || this.method === 'HEAD');
  }

  hasIdempotencyKey() {
    return (this.ownHeaders.get('idempotency-key') ?? this.shared.get('idempotency-key')) !== undefined;
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
    this.bodyKind = KEPT;
  }
}

/** Kinds of bodies: none, kept and sent anew, a stream that is sent once, one that a function makes for each attempt. */
export const NO_BODY = 0, KEPT = 1, STREAM = 2, MADE = 3;

/** What makes requests of two plans the same to a server and to whoever takes the result, beside address and headers. */
export const signature = (template) => {
  if (template.signature === undefined) {
    const { extra, fetch, authCache, hooks, schema, said } = template;
    const named = [fetch, authCache, schema, ...Object.values(hooks).flat()].map((one) => one && nameOf(one));
    template.signature = JSON.stringify([named, said.manner, extra], (_, value) => (isPlain(value) ? value : nameOf(value)));
  }
  return template.signature;
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

/** Where a body comes from, as a kind; throws for what fetch would send as `[object Object]`. */
export const bodyKind = (body) => {
  if (body === null || body === undefined) return NO_BODY;
  if (typeof body === 'function') return MADE;
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return KEPT;
  if (typeof body === 'object') {
    if (typeof body.getReader === 'function' || typeof body[Symbol.asyncIterator] === 'function') return STREAM;
    if (BODY.test(Object.prototype.toString.call(body))) return KEPT;
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
