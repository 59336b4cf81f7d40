#!/usr/bin/env node
/**
 * The fault server: a local HTTP/1.1 server that misbehaves on purpose, for the tests, the
 * benchmark and the demonstration. Four ports act as four hosts. There is no randomness: an
 * answer depends on the URL and on how often its key was seen.
 *
 * `node tests/server.mjs [--ttl SECONDS]` prints one line of JSON and serves until SIGTERM or
 * the end of its time to live. `startServer()` does the same inside a module.
 *
 * Every path takes `key` (attempt counter and log; default: path and query), `wait` (ms before
 * anything else happens) and `cors=0` (no CORS headers). The table ROUTES names the paths.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { Readable, pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createGzip, gzipSync } from 'node:zlib';

/**
 * Starts the server on loopback.
 *
 * @param {object} [options]
 * @param {string} [options.host] An IPv4 loopback address.
 * @param {number[]} [options.ports] Ports of the hosts; 0 takes a free one.
 * @returns {Promise<{host: string, ports: number[], origins: string[], slow: number,
 *   blackhole: number, refused: number, close: () => Promise<void>}>}
 */
export async function startServer({ host = '127.0.0.1', ports = [0, 0, 0, 0] } = {}) {
  const site = { host, ports: [], slow: 0, ledger: new Ledger() };
  const sockets = new Set();
  const servers = ports.map(() => createHttpServer(HTTP_OPTIONS));
  for (const server of servers) {
    server.on('connection', (socket) => track(site, sockets, socket));
    server.on('request', (req, res) => serve(site, req, res));
  }
  const slow = createSlowServer(servers[0], sockets);

  site.ports = await Promise.all(servers.map((server, i) => listen(server, host, ports[i])));
  site.slow = await listen(slow, host, 0);
  const [blackhole, refused] = await Promise.all([openBlackhole(host), findRefusedPort(host)]);

  async function close() {
    const closed = [...servers, slow].map((server) => new Promise((done) => server.close(done)));
    for (const socket of sockets) socket.destroy();
    await Promise.all([...closed, blackhole.close()]);
  }
  const origins = site.ports.map((port) => `http://${host}:${port}`);
  return { host, ports: site.ports, origins, slow: site.slow, blackhole: blackhole.port, refused, close };
}

/**
 * Bytes `offset` to `offset + length` of the endless body `version`: a pure function, so that a
 * body put together from several answers can be checked byte by byte.
 *
 * @param {number} offset
 * @param {number} length
 * @param {number} [version]
 * @returns {Uint8Array}
 */
export function bodyBytes(offset, length, version = 1) {
  const first = Math.floor(offset / 4);
  const words = new Uint32Array(Math.ceil((offset + length) / 4) - first);
  const salt = Math.imul(version, 0x9e3779b9);
  for (let i = 0; i < words.length; i++) {
    // A bijective integer hash: two versions differ in every word.
    let x = (first + i) ^ salt;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    words[i] = x ^ (x >>> 16);
  }
  return new Uint8Array(words.buffer, offset - first * 4, length);
}

/**
 * SHA-256, in hexadecimal, of the first `size` bytes of the body `version`.
 *
 * @param {number} size
 * @param {number} [version]
 * @returns {string}
 */
export function bodySha256(size, version = 1) {
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += BLOCK) hash.update(bodyBytes(at, Math.min(BLOCK, size - at), version));
  return hash.digest('hex');
}

/** What each path does: the first segment picks the handler, the others are its argument. */
const ROUTES = {
  ok: (x) => x.ok(),
  delay: (x) => x.after(x.integer(x.argument), () => x.ok()),
  status: (x) => x.fail(x.integer(x.argument), pick(x, 'retry-after')),
  flaky,
  'retry-after': retryAfter,
  ratelimit: rateLimit,

  hang: () => {},
  'hang-headers': (x) => x.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Unfinished: '),
  'stall-body': (x) => x.sendPart(x.number('after', 10), x.number('total', 1000), () => {}),
  drip,
  'slow-accept': (x) => x.redirect(307, `http://${x.site.host}:${x.site.slow}${x.text('path', '/ok')}`),

  reset: (x) => x.cut('rst'),
  'reset-body': (x) => x.sendPart(x.number('after', 1000), x.number('total', 100_000), () => x.cut('rst')),
  truncate: (x) => x.sendPart(x.number('bytes', 50), x.number('declared', 100), () => x.cut('fin')),
  'bad-chunk': badChunk,
  'extra-bytes': (x) => x.send(200, 'hello, and bytes beyond the length', { 'content-length': 5 }),
  http10: (x) => x.sendRaw('HTTP/1.0 200 OK', { connection: 'close' }, 'until close', 'sent'),
  'early-hints': earlyHints,

  gzip: (x) => x.send(200, gzipSync(bodyBytes(0, x.number('bytes', 5000))), { 'content-encoding': 'gzip' }),
  'bad-gzip': badGzip,
  bomb,
  encodings,
  huge: (x) => sendRange(x, { size: x.number('bytes', 1_000_000) }),
  records: (x) => x.send(200, gzipSync(recordsOf(x.number('bytes', 1_000_000))), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  'big-header': (x) => x.ok({ 'x-big': 'x'.repeat(1024 * x.number('kb', 20)) }),

  'bad-json': (x) => x.send(200, '{"token":"S3CR3T",oops}', JSON_TYPE),
  'empty-json': (x) => x.send(200, '', JSON_TYPE),
  'bom-json': (x) => x.send(200, '\ufeff{"bom":true}', JSON_TYPE),
  'null-json': (x) => x.send(200, 'null', JSON_TYPE),
  'big-number-json': (x) => x.send(200, '{"unsafe":9007199254740993,"infinite":1e400}', JSON_TYPE),
  'lone-surrogate-json': (x) => x.send(200, '{"text":"\\ud800"}', JSON_TYPE),
  'deep-json': deepJson,
  latin1: (x) => x.send(200, Buffer.from('caf\u00e9 \u00fc\u00f1', 'latin1'), { 'content-type': 'text/plain; charset=iso-8859-1' }),
  'split-utf8': splitUtf8,

  redirect: redirectTimes,
  'redirect-loop': (x) => x.redirect(x.number('status', 302), x.url),
  'redirect-cross': redirectCross,
  'redirect-bad': redirectBad,

  auth,
  echo: (x) => x.json(200, echoOf(x)),
  'no-read': (x) => x.after(x.number('ms', 5000), () => x.cut('rst')),
  // Closed at once, with the upload unread, the reset could overtake the answer.
  'early-413': (x) => x.sendRaw('HTTP/1.1 413 Payload Too Large', REFUSAL, 'too large', 'sent', x.number('ms', 100)),
  range,
};

/** Paths that look at the server itself: neither counted nor logged. */
const CONTROLS = {
  '/log': (site, query) => site.ledger.entries(query.get('key')),
  '/concurrency': (site, query) => site.ledger.concurrency(query.get('reset') === '1'),
  '/__stats': (site) => site.ledger.stats(),
  '/__reset': (site) => site.ledger.reset() ?? { ok: true },
  '/sha': (_, query) => {
    const [size, v] = [Number(query.get('size')), Number(query.get('v') ?? 1)];
    return { size, v, sha256: bodySha256(size, v) };
  },
};

/** Handlers of these answer, or fall silent, while the upload is still unread. */
const UNREAD = new Set(['no-read', 'early-413']);

const BLOCK = 65_536;
const SLOW_MS = 500;
const REFUSAL = { 'content-length': 9, connection: 'close' };
const JSON_TYPE = { 'content-type': 'application/json' };
const HTTP_OPTIONS = { keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: BLOCK, noDelay: true };
const EXPOSED_HEADERS = [
  'Accept-Ranges, Content-Encoding, Content-Length, Content-Range, Date, ETag, Last-Modified, Link, Location',
  'RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate',
  'X-Attempt, X-Big, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Reset-After',
].join(', ');

// ---- The way of one request -------------------------------------------------------------------

function serve(site, req, res) {
  const mark = req.url.indexOf('?');
  const path = mark < 0 ? req.url : req.url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : req.url.slice(mark));
  if (req.method === 'OPTIONS' && req.headers['access-control-request-method']) {
    site.ledger.preflights++;
    res.writeHead(204, preflightHeaders(req, query)).end();
  } else if (Object.hasOwn(CONTROLS, path)) {
    res.writeHead(200, { ...JSON_TYPE, 'cache-control': 'no-store', ...corsHeaders(req, query) });
    res.end(JSON.stringify(CONTROLS[path](site, query)));
  } else {
    runRoute(new Exchange(site, req, res, path, query));
  }
}

function runRoute(x) {
  const start = () => {
    if (x.settled) return;
    try {
      (Object.hasOwn(ROUTES, x.route) ? ROUTES[x.route] : noSuchPath)(x);
    } catch (error) {
      if (!x.res.headersSent) x.json(error.status ?? 400, { error: error.message });
    }
  };
  const ready = x.query.has('wait') ? () => x.after(Number(x.query.get('wait')), start) : start;
  const hasBody = Number(x.req.headers['content-length']) > 0 || 'transfer-encoding' in x.req.headers;
  if (hasBody && !UNREAD.has(x.route)) readBody(x, ready);
  else ready();
}

function noSuchPath() {
  throw Object.assign(new Error('no such path'), { status: 404 });
}

/** Reads the upload before the handler runs, so that even a failed attempt logs what it carried. */
function readBody(x, done) {
  const hash = createHash('sha256');
  const opening = [];
  x.entry.length = 0;
  x.req.on('data', (chunk) => {
    hash.update(chunk);
    if (x.entry.length < BLOCK) opening.push(chunk);
    x.entry.length += chunk.length;
  });
  x.req.on('error', () => {});
  x.req.on('end', () => {
    x.entry.sha256 = hash.digest('hex');
    x.body = Buffer.concat(opening).subarray(0, BLOCK);
    done();
  });
}

/** One counted request: its parameters, the ways to answer it, and its line in the log. */
class Exchange {
  constructor(site, req, res, path, query) {
    const [, route, argument = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
    Object.assign(this, { site, req, res, path, query, route, argument, url: req.url, socket: req.socket });
    this.link = req.socket[LINK];
    this.key = query.get('key') ?? req.url;
    this.timers = [];
    this.settled = false;
    this.held = false;
    this.entry = site.ledger.begin(this);
    this.attempt = this.entry.attempt;
    this.link.exchange = this;
    res.on('finish', () => this.settle('sent'));
    res.on('close', () => this.settle('client-closed'));
  }

  text(name, fallback) {
    return this.query.get(name) ?? fallback;
  }

  number(name, fallback) {
    const text = this.query.get(name);
    if (text === null) return fallback;
    const value = text === 'inf' ? Infinity : Number(text);
    if (text === '' || Number.isNaN(value)) throw new RangeError(`${name} must be a number`);
    return value;
  }

  integer(text) {
    if (!/^\d+$/.test(text)) throw new RangeError('the path must end in a whole number');
    return Number(text);
  }

  /** A timer that dies with the request. */
  after(ms, run) {
    this.timers.push(setTimeout(run, ms));
  }

  headers(extra) {
    return { 'x-attempt': String(this.attempt), ...corsHeaders(this.req, this.query), ...extra };
  }

  ok(headers) {
    this.json(200, { ok: true, url: this.url, attempt: this.attempt }, headers);
  }

  json(status, value, headers) {
    this.send(status, JSON.stringify(value), { ...JSON_TYPE, ...headers });
  }

  send(status, body, headers) {
    const bare = status === 204 || status === 304;
    const length = bare ? {} : { 'content-length': Buffer.byteLength(body) };
    this.start(status, { ...length, ...headers });
    this.res.end(bare ? '' : body);
  }

  start(status, headers) {
    this.entry.status = status;
    this.res.writeHead(status, this.headers({ 'content-type': 'application/octet-stream', ...headers }));
  }

  fail(status, headers) {
    if (status < 200 || status > 599) throw new RangeError('the status must lie between 200 and 599');
    this.json(status, { status, attempt: this.attempt, url: this.url }, headers);
  }

  redirect(status, location) {
    this.json(status, { location }, { location });
  }

  /** Announces `declared` bytes, sends the first `bytes` of them, then leaves the rest to `then`. */
  sendPart(bytes, declared, then) {
    this.start(200, { 'content-length': declared });
    this.res.flushHeaders();
    writeBody(this, { end: bytes }, then);
  }

  /** A response that the HTTP module would refuse to write; FIN follows after `linger` ms. */
  sendRaw(statusLine, headers, body, end = 'server-closed', linger = 0) {
    const lines = Object.entries(this.headers(headers)).map(([name, value]) => `${name}: ${value}\r\n`);
    this.entry.status = Number(statusLine.split(' ')[1]);
    this.write(`${statusLine}\r\n${lines.join('')}\r\n${body}`, () => {
      this.settle(end);
      setTimeout(() => this.socket.destroySoon(), linger).unref();
    });
  }

  write(bytes, then) {
    this.socket.write(bytes, 'latin1', then);
  }

  /** Ends the connection once the peer's kernel has all that was sent. */
  cut(how) {
    if (this.settled) return;
    const close = () => {
      this.settle('server-closed');
      if (how === 'rst') this.socket.resetAndDestroy();
      else this.socket.destroySoon();
    };
    if (how === 'rst' && this.res.headersSent) whenDelivered(this, () => this.after(DELIVERY_GRACE_MS, close));
    else close();
  }

  settle(end) {
    if (this.settled) return;
    this.settled = true;
    this.timers.forEach(clearTimeout);
    if (this.link.exchange === this) this.link.exchange = null;
    this.site.ledger.finish(this, end);
  }
}

function track(site, sockets, socket) {
  const link = { id: ++site.ledger.sockets.opened, host: `${site.host}:${socket.localPort}`, exchange: null };
  socket[LINK] = link;
  sockets.add(socket);
  site.ledger.sockets.open++;
  // FIN arrives before the socket is torn down: seen here, a request that follows at once on
  // another connection cannot be counted beside the one given up.
  socket.on('end', () => link.exchange?.settle('client-closed'));
  socket.on('error', () => {});
  socket.on('close', () => {
    sockets.delete(socket);
    site.ledger.sockets.open--;
  });
}

function corsHeaders(req, query) {
  if (query.get('cors') === '0') return undefined;
  const { origin } = req.headers;
  if (origin === undefined) return ANY_ORIGIN;
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED_HEADERS,
    'timing-allow-origin': '*',
    vary: 'Origin',
  };
}

function preflightHeaders(req, query) {
  const cors = corsHeaders(req, query);
  return cors && {
    ...cors,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '*',
    'access-control-allow-private-network': 'true',
    'access-control-max-age': '600',
  };
}

const LINK = Symbol('link');
const ANY_ORIGIN = { 'access-control-allow-origin': '*' };
// A reader on libuv that meets data and a reset in one poll reports an ordinary end.
const DELIVERY_GRACE_MS = 40;

// ---- What was seen ----------------------------------------------------------------------------

/** Counters and the log. Bounded, because benchmarks send millions of requests. */
class Ledger {
  constructor() {
    this.sockets = { open: 0, opened: 0 };
    Object.assign(this, { inflight: 0, held: 0, perHost: {}, arrived: [], waiting: [], holding: null });
    this.reset();
  }

  reset() {
    Object.assign(this, { keys: new Map(), buckets: new Map(), tokens: new Map() });
    Object.assign(this, { logged: 0, requests: 0, closedByClient: 0, preflights: 0, byPath: {}, byStatus: {} });
    for (const host of Object.values(this.perHost)) host.requests = 0;
    this.resetPeaks();
  }

  resetPeaks() {
    for (const count of [this, ...Object.values(this.perHost)]) count.peak = count.held;
  }

  begin(x) {
    const { req, link, key, route, url } = x;
    const seen = this.seen(key);
    const t = performance.now();
    const gap = seen.attempts === 0 ? null : round(t - seen.last);
    const { range = null, 'if-range': ifRange = null } = req.headers;
    const entry = {
      key, url, t: round(t), gap, attempt: ++seen.attempts, method: req.method, host: link.host, socket: link.id,
      range, ifRange, status: null, length: null, sha256: null, end: null, ms: null,
    };
    seen.last = t;
    if (seen.entries.length < MAX_PER_KEY) {
      seen.entries.push(entry);
      this.logged++;
    }
    this.count(x, Object.hasOwn(ROUTES, route) ? route : 'other');
    return entry;
  }

  seen(key) {
    let seen = this.keys.get(key);
    if (seen) return seen;
    if (this.logged >= MAX_LOGGED) {
      const [oldest, { entries }] = this.keys.entries().next().value;
      this.keys.delete(oldest);
      this.logged -= entries.length;
    }
    seen = { attempts: 0, last: 0, entries: [] };
    this.keys.set(key, seen);
    return seen;
  }

  count(x, route) {
    const host = (this.perHost[x.link.host] ??= { inflight: 0, held: 0, peak: 0, requests: 0 });
    this.requests++;
    this.byPath[route] = (this.byPath[route] ?? 0) + 1;
    this.inflight++;
    host.requests++;
    host.inflight++;
    this.arrived.push(x);
    this.holding ??= setImmediate(() => this.hold());
  }

  /**
   * Peaks count a request once it has outlived a whole turn of the event loop. A client may end
   * one request and begin another while we are busy; the kernel then reports the new request
   * first, and the end of one unread so far only a turn after its beginning.
   */
  hold() {
    for (const x of this.waiting) {
      if (x.settled) continue;
      x.held = true;
      for (const count of [this, this.perHost[x.link.host]]) count.peak = Math.max(count.peak, ++count.held);
    }
    [this.waiting, this.arrived] = [this.arrived, []];
    this.holding = this.waiting.length > 0 ? setImmediate(() => this.hold()) : null;
  }

  finish({ entry, link, held }, end) {
    const status = entry.status ?? 'none';
    entry.end = end;
    entry.ms = round(performance.now() - entry.t);
    this.byStatus[status] = (this.byStatus[status] ?? 0) + 1;
    if (end === 'client-closed') this.closedByClient++;
    for (const count of [this, this.perHost[link.host]]) {
      count.inflight--;
      if (held) count.held--;
    }
  }

  entries(key) {
    if (key !== null) return this.keys.get(key)?.entries ?? [];
    return [...this.keys.values()].flatMap((seen) => seen.entries).sort((a, b) => a.t - b.t);
  }

  concurrency(reset) {
    const answer = { inflight: this.inflight, peak: this.peak, perHost: structuredClone(this.perHost) };
    if (reset) this.resetPeaks();
    return answer;
  }

  stats() {
    const { rss, heapUsed } = process.memoryUsage();
    const { requests, sockets, closedByClient, preflights, byPath, byStatus } = this;
    const ratelimit = Object.fromEntries([...this.buckets].map(([k, { allowed, denied }]) => [k, { allowed, denied }]));
    return { ...this.concurrency(false), requests, sockets, closedByClient, preflights, byPath, byStatus, ratelimit, memory: { rss, heapUsed } };
  }
}

function round(ms) {
  return Math.round(ms * 100) / 100;
}

const MAX_PER_KEY = 10_000;
const MAX_LOGGED = 100_000;

// ---- Statuses and waits -----------------------------------------------------------------------

function flaky(x) {
  const mode = x.text('mode', 'status');
  if (x.attempt > x.number('fail', 1)) return x.ok();
  if (mode === 'reset') return x.cut('rst');
  if (mode === 'hang') return undefined;
  if (mode === 'truncate') return ROUTES.truncate(x);
  if (mode === 'status') return x.fail(x.number('status', 503), pick(x, 'retry-after'));
  throw new RangeError('mode must be status, reset, hang or truncate');
}

function retryAfter(x) {
  if (x.attempt > x.number('fail', 1)) return x.ok();
  const date = x.text('date');
  const value = x.text('raw') ?? (date ? httpDate(date, Date.now() + 1000 * x.number('in', 1)) : x.text('seconds', '1'));
  return x.fail(x.number('status', 429), { 'retry-after': value });
}

/** A time in one of the three formats of RFC 9110, section 5.6.7. */
function httpDate(format, time) {
  const imf = new Date(time).toUTCString();
  const [, day, dd, month, year, clock] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(imf);
  if (format === 'imf') return imf;
  if (format === 'rfc850') return `${LONG_DAYS[day]}, ${dd}-${month}-${year.slice(-2)} ${clock} GMT`;
  if (format === 'asctime') return `${day} ${month} ${String(Number(dd)).padStart(2)} ${clock} ${year}`;
  throw new RangeError('date must be imf, rfc850 or asctime');
}

const LONG_DAYS = Object.fromEntries(['Mon', 'Tues', 'Wednes', 'Thurs', 'Fri', 'Satur', 'Sun'].map((day) => [day.slice(0, 3), `${day}day`]));

/** A token bucket of `limit` tokens that refills in `window` seconds, one per host and key. */
function rateLimit(x) {
  const [limit, window, now] = [x.number('limit', 10), x.number('window', 1), performance.now()];
  const { buckets } = x.site.ledger;
  const name = `${x.link.host} ${x.key}`;
  const bucket = buckets.get(name) ?? { tokens: limit, at: now, allowed: 0, denied: 0 };
  buckets.set(name, bucket);
  bucket.tokens = Math.min(limit, bucket.tokens + ((now - bucket.at) / 1000) * (limit / window));
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens--;
    bucket.allowed++;
    const untilFull = ((limit - bucket.tokens) * window) / limit;
    return x.ok(rateLimitHeaders(limit, window, bucket.tokens, untilFull));
  }
  bucket.denied++;
  const wait = ((1 - bucket.tokens) * window) / limit;
  const seconds = Math.max(Math.ceil(wait), x.number('min-retry-after', 0));
  return x.fail(429, { 'retry-after': String(seconds), ...rateLimitHeaders(limit, window, 0, wait) });
}

function rateLimitHeaders(limit, window, tokens, reset) {
  const remaining = Math.floor(tokens);
  const seconds = Math.ceil(reset);
  return {
    'ratelimit-policy': `"default";q=${limit};w=${window}`,
    ratelimit: `"default";r=${remaining};t=${seconds}`,
    ...{ 'ratelimit-limit': limit, 'ratelimit-remaining': remaining, 'ratelimit-reset': seconds },
    ...{ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining },
    ...{ 'x-ratelimit-reset': Math.ceil(Date.now() / 1000 + reset), 'x-ratelimit-reset-after': reset.toFixed(3) },
  };
}

function pick(x, name) {
  return x.query.has(name) ? { [name]: x.query.get(name) } : undefined;
}

// ---- Broken transport -------------------------------------------------------------------------

/** Chunks at fixed times: the last one leaves `every` × (number of chunks) after the head. */
function drip(x) {
  const bytes = x.number('bytes', 100);
  const chunk = Math.max(1, x.number('chunk', 10));
  const every = x.number('every', 20);
  const begun = performance.now();
  x.start(200, x.text('length') === '0' ? {} : { 'content-length': bytes });
  x.res.flushHeaders();
  const next = (sent) => {
    if (sent >= bytes) return x.res.end();
    const due = begun + every * (Math.floor(sent / chunk) + 1);
    return x.after(Math.max(0, due - performance.now()), () => {
      const size = Math.min(chunk, bytes - sent);
      x.res.write(bodyBytes(sent, size));
      next(sent + size);
    });
  };
  next(0);
}

function badChunk(x) {
  const bodies = { '': '5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n', unfinished: '5\r\nhello\r\n', overlong: '5\r\nhello\r\n5\r\nworld and more\r\n0\r\n\r\n' };
  if (!Object.hasOwn(bodies, x.argument)) noSuchPath();
  x.sendRaw('HTTP/1.1 200 OK', { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' }, bodies[x.argument]);
}

function earlyHints(x) {
  x.write('HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n');
  x.ok();
}

/**
 * Waits until the peer has acknowledged everything: a reset throws away what still waits in our
 * send buffer, and tests count the bytes before the cut.
 */
function whenDelivered(x, then) {
  const table = '/proc/net/tcp'; // Elsewhere than on Linux the grace period alone has to do.
  const hex = (port) => port.toString(16).toUpperCase().padStart(4, '0');
  const unsent = new RegExp(`:${hex(x.socket.localPort)} \\w+:${hex(x.socket.remotePort)} \\w+ 0*[1-9A-F]\\w*:`);
  if (existsSync(table) && unsent.test(readFileSync(table, 'latin1'))) x.after(5, () => whenDelivered(x, then));
  else then();
}

// ---- Bodies -----------------------------------------------------------------------------------

/** Writes body bytes from `at` to `end`, as fast as the peer reads them. */
function writeBody(x, { at = 0, end, version = 1 }, then) {
  if (x.settled || x.res.destroyed) return;
  if (at >= end) return then();
  const size = Math.min(BLOCK, end - at);
  x.res.write(bodyBytes(at, size, version), (error) => {
    if (!error) writeBody(x, { at: at + size, end, version }, then);
  });
}

/** Sends bytes `start` to `end` of a body of `size`; a finite `drop` cuts the connection there. */
function sendRange(x, { size, start = 0, end = size, version = 1, status = 200, headers, drop = Infinity, how = 'rst' }) {
  const length = Number.isFinite(end) ? { 'content-length': end - start } : {};
  x.start(status, { ...length, ...headers });
  if (x.req.method === 'HEAD') return x.res.end();
  x.res.flushHeaders();
  const cut = drop >= start && drop < end;
  return writeBody(x, { at: start, end: cut ? drop : end, version }, () => (cut ? x.cut(how) : x.res.end()));
}

function badGzip(x) {
  const plain = bodyBytes(0, x.number('bytes', 5000));
  const kind = x.text('kind', 'garbage');
  const packed = gzipSync(plain);
  if (kind === 'garbage') packed.set(plain.subarray(0, packed.length - 4), 0);
  else if (kind === 'crc') packed[packed.length - 8] ^= 0xff;
  else if (kind !== 'truncated') throw new RangeError('kind must be garbage, truncated or crc');
  const body = kind === 'truncated' ? packed.subarray(0, packed.length >> 1) : packed;
  x.send(200, body, { 'content-encoding': 'gzip' });
}

function bomb(x) {
  const megabyte = Buffer.alloc(2 ** 20);
  let left = x.number('mb', 100);
  const zeros = new Readable({ read() { this.push(left-- > 0 ? megabyte : null); } });
  x.start(200, { 'content-encoding': 'gzip' });
  pipeline(zeros, createGzip(), x.res, () => {});
}

function encodings(x) {
  const count = x.number('n', 10);
  let body = Buffer.from('{"ok":true}');
  for (let i = 0; i < count; i++) body = gzipSync(body);
  const names = Array(count).fill('gzip').join(', ');
  x.send(200, body, { ...JSON_TYPE, ...(count > 0 && { 'content-encoding': names }) });
}

const records = new Map();
/** A JSON list of records, as APIs give them, of about that many bytes; made once for each size. */
function recordsOf(bytes) {
  if (!records.has(bytes)) {
    const list = [];
    for (let sum = 2, id = 0; sum < bytes; id++) {
      const address = { street: `${id} Main Street`, city: `City ${id % 97}`, zip: String(10_000 + id) };
      list.push({ id, name: `Name ${id}`, email: `user${id}@api.example`, active: id % 3 === 0, score: id / 7, tags: [`a${id % 7}`, `b${id % 5}`], address });
      sum += JSON.stringify(list.at(-1)).length + 1;
    }
    records.set(bytes, JSON.stringify(list));
  }
  return records.get(bytes);
}

function deepJson(x) {
  const depth = x.number('depth', 100_000);
  x.send(200, '['.repeat(depth) + ']'.repeat(depth), JSON_TYPE);
}

function splitUtf8(x) {
  const body = Buffer.from('before \u{1f600} after');
  x.start(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  x.res.write(body.subarray(0, 9));
  x.after(50, () => x.res.end(body.subarray(9)));
}

/** A file of `size` bytes; the first `times` requests that reach offset `drop` are cut there. */
function range(x) {
  const size = x.number('size', 100_000);
  const version = x.attempt >= x.number('change', Infinity) ? 2 : 1;
  const etag = `"v${version}-${size}"`;
  const modified = new Date(Date.UTC(2024, 0, version)).toUTCString();
  const headers = { 'accept-ranges': 'bytes', etag, 'last-modified': modified };
  const drop = x.attempt <= x.number('times', 1) ? x.number('drop', Infinity) : Infinity;
  const how = x.text('how', 'rst');
  const current = [undefined, etag, modified].includes(x.req.headers['if-range']);
  const part = current ? parseRange(x.req.headers.range, size) : null;
  if (!part) return sendRange(x, { size, version, headers, drop, how });
  if (part.start >= size) return x.json(416, { size }, { ...headers, 'content-range': `bytes */${size}` });
  headers['content-range'] = `bytes ${part.start}-${part.end - 1}/${size}`;
  return sendRange(x, { size, ...part, version, status: 206, headers, drop, how });
}

/** The one range of a Range header as [start, end); null where it is absent or to be ignored. */
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') return { start: match[2] === '0' ? size : Math.max(0, size - Number(match[2])), end: size };
  const start = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return match[2] !== '' && Number(match[2]) < start ? null : { start, end: last + 1 };
}

// ---- Redirects, authorisation, uploads --------------------------------------------------------

function redirectTimes(x) {
  const left = x.integer(x.argument);
  if (left === 0) return x.ok();
  return x.redirect(x.number('status', 302), `/redirect/${left - 1}${x.url.slice(x.path.length)}`);
}

/** To another port: `to` is the number of a host or a port; default: the next host. */
function redirectCross(x) {
  const { host, ports } = x.site;
  const next = (ports.indexOf(x.socket.localPort) + 1) % ports.length;
  const to = x.number('to', next);
  x.redirect(x.number('status', 302), `http://${host}:${ports[to] ?? to}${x.text('path', '/echo')}`);
}

function redirectBad(x) {
  const { host, ports } = x.site;
  const kind = x.text('kind', 'none');
  const creds = `http://user:S3CR3T@${host}:${ports[0]}/ok`;
  const locations = { empty: '', invalid: 'http://[::bad', scheme: `ftp://${host}/`, data: 'data:text/plain,hello', creds };
  if (kind === 'none') return x.json(302, {});
  // A bare carriage return inside a value: what a server lets through that can be injected into.
  if (kind === 'crlf') return x.sendRaw('HTTP/1.1 302 Found', { location: '/ok\rX-Injected: yes', 'content-length': 0 }, '');
  if (!Object.hasOwn(locations, kind)) throw new RangeError('kind must be none, empty, invalid, scheme, data, creds or crlf');
  return x.redirect(302, locations[kind]);
}

function auth(x) {
  const given = x.req.headers.authorization ?? '';
  if (x.argument === 'basic') {
    const wanted = Buffer.from(`${x.text('user', 'user')}:${x.text('pass', 'pass')}`).toString('base64');
    if (given === `Basic ${wanted}`) return x.ok();
    return x.fail(401, { 'www-authenticate': 'Basic realm="fault"' });
  }
  if (x.argument !== 'bearer') noSuchPath();
  if (useToken(x, given)) return x.ok();
  return x.fail(401, { 'www-authenticate': 'Bearer error="invalid_token"' });
}

/** Every token that starts with `token` is good for `uses` answers: a refreshed one is a new one. */
function useToken(x, given) {
  if (!given.startsWith(`Bearer ${x.text('token', 'token')}`)) return false;
  const { tokens } = x.site.ledger;
  const name = `${x.key} ${given}`;
  const used = tokens.get(name) ?? 0;
  tokens.set(name, used + 1);
  return used < x.number('uses', Infinity);
}

function echoOf({ req, url, entry, attempt, link, body }) {
  const { method, headers } = req;
  const sha256 = entry.sha256 ?? createHash('sha256').digest('hex');
  return { method, url, host: link.host, headers, length: entry.length ?? 0, sha256, body: body?.toString() ?? '', attempt };
}

// ---- Special ports ----------------------------------------------------------------------------

/** Connections are open at once but reach `server` only after half a second. */
function createSlowServer(server, sockets) {
  return createTcpServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const timer = setTimeout(() => {
      server.emit('connection', socket);
      socket.resume();
    }, SLOW_MS);
    socket.on('close', () => clearTimeout(timer) ?? sockets.delete(socket));
  });
}

/**
 * A port on which connecting itself hangs: its thread is blocked, so nothing is ever accepted,
 * and connections of our own fill the backlog.
 */
async function openBlackhole(host) {
  const worker = new Worker(NEVER_ACCEPTS, { eval: true, workerData: host });
  const port = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  worker.unref();
  const fillers = [];
  for (let connected = true; connected && fillers.length < 64; ) {
    const socket = connect(port, host).unref();
    socket.on('error', () => {});
    fillers.push(socket);
    connected = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      setTimeout(resolve, 150, false);
    });
  }
  async function close() {
    for (const socket of fillers) socket.destroy();
    await worker.terminate();
  }
  return { port, close };
}

const NEVER_ACCEPTS = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ host: workerData, port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

async function findRefusedPort(host) {
  const server = createTcpServer();
  const port = await listen(server, host, 0);
  await new Promise((done) => server.close(done));
  return port;
}

function listen(server, host, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => resolve(server.address().port));
  });
}

// ---- As a command -----------------------------------------------------------------------------

async function main() {
  const { values } = parseArgs({ options: { ttl: { type: 'string' } } });
  const seconds = Number(values.ttl ?? 600);
  if (!(seconds > 0 && seconds <= 2_000_000)) throw new RangeError('--ttl must be a number of seconds');
  const { host, ports, slow, blackhole, refused, close } = await startServer();
  const stop = () => close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  setTimeout(stop, seconds * 1000);
  process.stdout.write(`${JSON.stringify({ pid: process.pid, host, ports, slow, blackhole, refused })}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
