/** Inputs as requests: each resolved against the options, and checked before a host sees it. */

import { OptionError } from '../output/errors.js';
import { NO_BODY, STREAM } from '../options/body-kind.js';
import { address, appendQuery, isCanonical, isUnfit, takeLogin } from './address.js';
import { RequestInfo } from './request-info.js';
import { SendOptions } from './send-options.js';
import { HAS_OPTIONS, HAS_SIGNAL, PULLED_SPECIAL, PULLED_UNSENDABLE, WANTS_DEDUPE } from '../protocol.js';

export class Resolver {
  /** The input resolved last, and its options, signal and functions. */
  info;
  ownOptions;
  signal;
  functions;
  options;
  template;
  /** Send options of plain inputs, for the origin of `baseUrl` and for all others. */
  sameOrigin;
  crossOrigin;

  constructor(options) {
    const { template } = options;
    this.options = options;
    this.template = template;
    this.sameOrigin = new SendOptions(template, template.sameOrigin, true);
    this.crossOrigin = new SendOptions(template, template.crossOrigin, false);
  }

  /** Resolves an input into `info`. Returns the number of its host for the engine, or `PULLED_UNSENDABLE`. */
  resolve(value) {
    this.signal = undefined;
    this.functions = this.options.functions;
    try {
      const place = this.accept(value);
      return place < 0 || this.isPlain() ? place : place + PULLED_SPECIAL;
    } catch (error) {
      return this.unsendable(value, 'it throws when it is looked at', error, value);
    }
  }

  accept(value) {
    if (typeof value === 'string') return this.plain(value, value);
    if (typeof value === 'object' && value !== null) {
      const kind = Object.prototype.toString.call(value);
      if (kind === '[object URL]') return this.plain(value, value.href);
      if (kind === '[object Request]') return this.request(value);
      if (Object.hasOwn(value, 'url')) return this.short(value);
    }
    return this.unsendable(value, 'the input is neither a URL nor a Request nor an object with a `url`');
  }

  /** Accepts a spec with no more than `url` and `tag`. */
  short(spec) {
    try {
      for (const name of Object.keys(spec)) {
        if (name !== 'url' && name !== 'tag') return this.spec(spec);
      }
      return this.plain(spec, address(spec.url), spec.tag);
    } catch (error) {
      return this.unsendable(spec, 'a property of the input throws', error);
    }
  }

  /** Accepts a spec with options of its own. If they are wrong, its own result fails and no other. */
  spec(spec) {
    let ownOptions;
    try {
      ownOptions = this.options.over(spec, 'request');
    } catch (error) {
      return this.unsendable(spec, error instanceof OptionError ? error.message.slice(10) : 'a property of the input throws', error, spec);
    }
    const { template, given, signal } = ownOptions;
    this.ownOptions = ownOptions;
    this.functions = ownOptions.functions;
    this.signal = signal;
    return this.plain(spec, address(given.url), given.tag, template);
  }

  plain(input, text, tag, template = this.template) {
    if (typeof text !== 'string') return this.unsendable(input, 'its `url` is neither a string nor a URL', undefined, input);
    let place;
    let url = text;
    let sendOptions = template === this.template ? this.sameOrigin : new SendOptions(template, template.sameOrigin, true);
    if (template.base === undefined && template.query === undefined && isCanonical(text)) place = template.hosts.find(text);
    if (place === undefined) {
      if (isUnfit(text)) return this.unsendable(input, 'its URL holds a character that no URL can hold', undefined, input);
      let parsed;
      try {
        parsed = new URL(text, template.base);
      } catch {
        return this.unsendable(input, template.base ? 'its URL cannot be parsed' : 'its URL cannot be parsed (a relative one needs `baseUrl`)', undefined, input);
      }
      if (!/^https?:$/.test(parsed.protocol)) return this.unsendable(input, `fetch cannot send to \`${parsed.protocol}\` addresses`, undefined, input);
      const login = takeLogin(parsed);
      if (template.query !== undefined) appendQuery(parsed, template.query);
      url = `${parsed.href}`;
      place = template.hosts.intern(`${parsed.origin}`);
      if (template.base !== undefined && parsed.origin !== template.base.origin) {
        sendOptions = template === this.template ? this.crossOrigin : new SendOptions(template, template.crossOrigin, false);
      }
      if (login !== undefined) {
        sendOptions = new SendOptions(template, { authorization: login, ...sendOptions.headers }, false);
        sendOptions.stripOnRedirect = true;
      }
    }
    if (template.isMisplaced()) {
      return this.unsendable(input, `a ${template.method} request has no body; give \`method: 'POST'\` or another that has one`, undefined, input, url, template.method);
    }
    this.info = new RequestInfo(input, url, template.method, sendOptions, tag);
    return place;
  }

  request(request) {
    const { template } = this;
    if (request.bodyUsed) return this.unsendable(request, 'the body of the Request was already used', undefined, request);
    const parsed = new URL(request.url);
    const place = template.hosts.intern(`${parsed.origin}`);
    const sameOrigin = template.base === undefined || parsed.origin === template.base.origin;
    const login = takeLogin(parsed);
    const given = sameOrigin ? template.sameOrigin : template.crossOrigin;
    const sendOptions = new SendOptions(template, undefined, sameOrigin);
    // Its own headers stand over those of the batch; without any of ours the Request goes as it is.
    if (given !== undefined || login !== undefined || sendOptions.asksAuth || sendOptions.stripOnRedirect) {
      sendOptions.ownHeaders = Object.fromEntries(request.headers);
      sendOptions.headers = { ...given, ...(login && { authorization: login }), ...sendOptions.ownHeaders };
      sendOptions.asksAuth &&= sendOptions.headers.authorization === undefined;
    }
    sendOptions.isPlain = false;
    sendOptions.request = login === undefined ? request : parsed.href;
    sendOptions.isKeyed = request.headers.has('idempotency-key');
    sendOptions.bodyKind = request.body ? STREAM : NO_BODY;
    sendOptions.body = undefined;
    // A Request of another make may have none.
    this.signal = request.signal ?? undefined;
    this.info = new RequestInfo(request, `${parsed.href}`, request.method.toUpperCase(), sendOptions);
    return place;
  }

  unsendable(input, why, cause, spec, url = '', method = 'GET') {
    this.signal = undefined;
    this.info = new RequestInfo(input, url, method, { template: this.template, fault: { why, cause } }, tagOf(spec));
    return PULLED_UNSENDABLE;
  }

  /** Returns true if the engine need know no more of the input than its host. */
  isPlain() {
    const sendOptions = RequestInfo.sendOptions(this.info);
    return (sendOptions === this.sameOrigin || (sendOptions === this.crossOrigin && this.template.authCache === undefined)) && this.signal === undefined;
  }

  /** Bits of an input that is not plain: those of its template, and what only it has. */
  traits() {
    const { template, bodyKind, request, asksAuth, isKeyed } = RequestInfo.sendOptions(this.info);
    const bits = template.traits(this.info.method, bodyKind, isKeyed || template.hasIdempotencyKey(), asksAuth);
    const shared = typeof request === 'object' ? bits & ~WANTS_DEDUPE : bits;
    return shared | (this.signal === undefined ? 0 : HAS_SIGNAL) | (template === this.template ? 0 : HAS_OPTIONS);
  }
}

const tagOf = (spec) => {
  try {
    return Object.hasOwn(Object(spec), 'tag') ? spec.tag : undefined;
  } catch {
    return undefined;
  }
};
