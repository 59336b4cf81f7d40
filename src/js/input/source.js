/** Inputs: pulled from the user's iterable, resolved and checked, made ready to be sent. */

import { OptionError } from '../output/errors.js';
import { quietly } from '../exchange/body.js';
import { captured, within } from '../hooks/context.js';
import { NO_BODY, STREAM, basic, signature } from '../options/template.js';
import { ANSWER_READ, HAS_OPTIONS, HAS_SIGNAL, PULLED_DONE, PULLED_PENDING, PULLED_SPECIAL, PULLED_THREW, PULLED_UNSENDABLE, WANTS_DEDUPE } from '../protocol.js';

// The URL parser would drop these silently, and with them the difference between two addresses.
const UNFIT = /[\t\r\n\ud800-\udfff]/u;

const SLASH = 47;
/** Begins no address. */
const NOWHERE = '\n';

/** The hosts of one scope by number. The parser's own spelling of an origin finds its number without parsing again. */
export class Hosts {
  constructor() {
    this.clear();
  }

  /** Forgets all: an engine begins to count. */
  clear() {
    this.ids = new Map();
    this.origins = [];
    this.free = [];
    /** The one asked for last: inputs come host by host, or from one host alone, more often than not. */
    this.last = NOWHERE;
    this.lastId = 0;
    /** Identical requests by number, see {@link keyOf}. */
    this.keys = new Map();
    this.texts = [];
    this.freeKeys = [];
    /** Where nobody may touch a call but itself: what ends bodies of its that were lost, for it to call. */
    this.finalizers = undefined;
  }

  /** A number by which all scopes know the host: 53 bits of its origin's hash, since no text goes into the wasm. */
  name(id) {
    let [low, high] = [0, 1];
    for (const letter of this.origins[id]) {
      low = Math.imul(low ^ letter.charCodeAt(0), 2_654_435_761);
      high = Math.imul(high ^ letter.charCodeAt(0), 1_597_334_677);
    }
    return (high >>> 11) * 2 ** 32 + (low >>> 0);
  }

  find(url) {
    if (url.startsWith(this.last) && url.charCodeAt(this.last.length) === SLASH) return this.lastId;
    const slash = url.indexOf('/', 8);
    const origin = slash < 0 ? url : url.slice(0, slash);
    const id = this.ids.get(origin);
    if (id !== undefined) {
      this.last = origin;
      this.lastId = id;
    }
    return id;
  }

  intern(origin) {
    let id = this.ids.get(origin);
    if (id === undefined) {
      id = this.free.pop() ?? this.origins.length;
      this.origins[id] = origin;
      this.ids.set(origin, id);
    }
    return id;
  }

  /** The number of a request among those that are under way; the same for one that is identical, -1 where nobody can tell. */
  keyOf({ info }) {
    const { template, headers } = RequestInfo.sendOptions(info);
    let text;
    try {
      text = `${info.method} ${info.url}\n${JSON.stringify(headers)}\n${signature(template)}`;
    } catch {
      // JSON cannot say what an option holds.
      return -1;
    }
    let key = this.keys.get(text);
    if (key === undefined) {
      key = this.freeKeys.pop() ?? this.texts.length;
      this.texts[key] = text;
      this.keys.set(text, key);
    }
    return key;
  }

  /** Nothing that has this number is under way any more. */
  forgetKey(key) {
    this.keys.delete(this.texts[key]);
    this.texts[key] = undefined;
    this.freeKeys.push(key);
  }

  forget(id) {
    if (this.lastId === id) this.last = NOWHERE;
    this.ids.delete(this.origins[id]);
    this.free.push(id);
  }
}

/** What a result says of its request; what it takes to send it stays private, since it may hold secrets. */
export class RequestInfo {
  #input;
  #sendOptions;

  static {
    // A console shows the class's name, which minifying would change.
    Object.defineProperty(this, 'name', { value: 'RequestInfo' });
  }

  constructor(input, url, method, sendOptions, tag) {
    this.url = url;
    this.method = method;
    if (tag !== undefined) this.tag = tag;
    this.#input = input;
    this.#sendOptions = sendOptions;
  }

  get input() {
    return this.#input;
  }

  static sendOptions(info) {
    return info.#sendOptions;
  }
}

/** How one request is sent, where it is not just an address: the same object for all plain inputs of a plan. */
class SendOptions {
  constructor(template, headers, sameOrigin) {
    this.template = template;
    this.headers = headers;
    /** Carries what must not reach another origin: its redirects are followed by us, where the host shows them. */
    this.stripOnRedirect = (sameOrigin && template.stripOnRedirect) || template.hooks.beforeRequest.length > 0;
    /** Of a Request: its own, which it takes along to other origins. */
    this.ownHeaders = undefined;
    /** Its authorization is asked for, attempt by attempt. */
    this.asksAuth = sameOrigin && template.authCache !== undefined && headers?.authorization === undefined;
    this.request = undefined;
    /** By a header of its own it may be sent again, whatever its method. */
    this.isKeyed = false;
    this.body = template.body;
    this.bodyKind = template.bodyKind;
    /** It says no more than where to. */
    this.isPlain = template.method === 'GET' && headers === undefined && template.bodyKind === NO_BODY && !this.stripOnRedirect;
  }
}

/** The inputs of one call. */
export class Source {
  /** The input that was taken last, what was thrown in its place, and what applies to it where it has options of its own. */
  info;
  fault;
  ownOptions;
  /** That of the input, where it has one, and the functions that it asks. */
  signal;
  functions;
  /** Nothing more is to be had of it, or wanted. */
  over = false;
  options;
  template;
  call;
  /** The parcels of what goes to the origin of `baseUrl`, and of all else. */
  sameOrigin;
  crossOrigin;
  async;
  /** How many there are, where that is known. */
  size;
  iterator;

  /** `call` is what is known of the call: its context, and its client's family. */
  constructor(requests, options, call = { context: captured() }) {
    const { template } = options;
    this.options = options;
    this.template = template;
    this.call = call;
    this.sameOrigin = new SendOptions(template, template.sameOrigin, true);
    this.crossOrigin = new SendOptions(template, template.crossOrigin, false);
    if (typeof requests === 'string') {
      throw new OptionError('requests', 'the requests were a lone string, which would be fetched letter by letter; give a list: [url]');
    }
    const async = requests?.[Symbol.asyncIterator];
    const sync = requests?.[Symbol.iterator];
    if (typeof async !== 'function' && typeof sync !== 'function') {
      throw new OptionError('requests', 'the requests are not iterable; give a list, a generator or an async iterable of URLs or requests');
    }
    this.async = typeof async === 'function';
    this.size = this.async ? undefined : sizeOf(requests);
    this.iterator = this.async ? async.call(requests) : sync.call(requests);
  }

  /** Takes the next input: the number of its host, or one of the codes above; `PENDING` tells the exchange when it is there. */
  pull(exchange) {
    const question = exchange.open();
    if (this.async && !this.over) {
      within(this.call.context, this.#wait, this, exchange, question);
      return PULLED_PENDING;
    }
    exchange.close();
    return exchange.take(this, within(this.call.context, this.#next, this));
  }

  #next() {
    try {
      return this.over ? PULLED_DONE : this.take(this.iterator.next());
    } catch (error) {
      return this.threw(error);
    }
  }

  async #wait(exchange, question) {
    let place;
    try {
      place = this.take(await this.iterator.next());
    } catch (error) {
      place = this.threw(error);
    }
    if (exchange.hears(question)) exchange.answer(ANSWER_READ, exchange.take(this, place));
  }

  /** Something that the wasm called threw. */
  caught(error) {
    this.threw(error);
  }

  threw(error) {
    this.over = true;
    this.fault = error;
    return PULLED_THREW;
  }

  close() {
    if (this.over) return;
    this.over = true;
    quietly(() => within(this.call.context, this.#end, this));
  }

  #end() {
    return this.iterator.return?.();
  }

  /** The wasm trapped: it pulls nothing more. */
  onTrap() {
    this.close();
  }

  take(step) {
    if (typeof step !== 'object' || step === null) throw new TypeError('the iterator gave a result that is not an object');
    this.over ||= Boolean(step.done);
    if (this.over) return PULLED_DONE;
    const { value } = step;
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

  /** A spec that says no more than where to, and whose. */
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

  /** A spec with options of its own; where they are wrong, only its own result fails. */
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
    if (UNFIT.test(text)) return this.unsendable(input, 'its URL holds a character that no URL can hold', undefined, input);
    if (template.base === undefined && template.query === undefined) place = template.hosts.find(text);
    if (place === undefined) {
      let parsed;
      try {
        parsed = new URL(text, template.base);
      } catch {
        return this.unsendable(input, template.base ? 'its URL cannot be parsed' : 'its URL cannot be parsed (a relative one needs `baseUrl`)', undefined, input);
      }
      if (!/^https?:$/.test(parsed.protocol)) return this.unsendable(input, `fetch cannot send to \`${parsed.protocol}\` addresses`, undefined, input);
      const login = takeLogin(parsed);
      template.query?.forEach((value, name) => parsed.searchParams.append(name, value));
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

  /** Whether nothing more is to be known of the input than where it goes. */
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

/** How many a list or a set holds. Only what has no length is asked for another word of it. */
const sizeOf = (requests) => {
  const { length } = requests;
  if (Number.isInteger(length)) return length;
  const { size } = requests;
  return Number.isInteger(size) ? size : undefined;
};

const address = (url) => {
  if (typeof url === 'object' && url !== null && Object.prototype.toString.call(url) === '[object URL]') return url.href;
  return url;
};

/** Takes the user info out of a URL: hosts refuse such URLs, and it is a secret. */
const takeLogin = (url) => {
  if (url.username === '' && url.password === '') return undefined;
  const login = basic(unescaped(url.username), unescaped(url.password));
  url.username = '';
  url.password = '';
  return login;
};

const unescaped = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const tagOf = (spec) => {
  try {
    return Object.hasOwn(Object(spec), 'tag') ? spec.tag : undefined;
  } catch {
    return undefined;
  }
};
