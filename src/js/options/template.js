/** Options of how requests are sent (headers, body, address, authorization), checked before a host sees them. */

import { refusedOption, wrongOption } from '../output/errors.js';
import { AuthCache } from '../hooks/auth.js';
import { authorization } from './authorization.js';
import { KEPT, MADE, NO_BODY, STREAM, bodyKind } from './body-kind.js';
import { checked } from './checked.js';
import { readHeaders } from './headers.js';
import { PASSED_ON } from './passed-on.js';
import { baseUrl, method, query } from './target.js';
import {
  HAS_IDEMPOTENCY_KEY, HAS_LISTED_METHOD, HAS_METHODS, HAS_STREAM, METHODS, METHOD_SHIFT, WANTS_AFTER_RESPONSE, WANTS_BEFORE_REQUEST, WANTS_BEFORE_RETRY,
  WANTS_DEDUPE, WANTS_ON_RESULT, WANTS_REFRESH_AUTH, WANTS_SCHEMA,
} from '../protocol.js';

export const NO_HOOKS = { beforeRequest: [], afterResponse: [], beforeRetry: [], onResult: [] };

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
   * Returns a copy with the options of a client or a batch (or, with `own`, of one request) over it; they have no prototype.
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

  /** Makes what its requests share once: headers for the same origin and for another. */
  seal() {
    this.sameOrigin = this.headersFor(true);
    this.crossOrigin = this.headersFor(false);
    this.stripOnRedirect = this.shared.size > 0 || this.auth !== undefined || this.authCache !== undefined;
    return this;
  }

  /** Returns the headers as a record, or undefined if there are none; with `sameOrigin` those of the client as well. */
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
