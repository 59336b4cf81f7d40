/** The fault server is a measuring instrument: each path must do exactly what it is named for. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bodyBytes, bodySha256, startServer } from './server.mjs';

let site;
before(async () => { site = await startServer(); });
after(() => site.close());

const HEAD = /\r\n\r\n/;
const url = (path, host = 0) => site.origins[host] + path;
const get = (path, options) => fetch(url(path), options);
const json = async (path, options) => (await get(path, options)).json();
const bytes = async (path, options) => new Uint8Array(await (await get(path, options)).arrayBuffer());
const log = (key) => json(`/log?key=${encodeURIComponent(key)}`);
const sha = (data) => createHash('sha256').update(data).digest('hex');
const failure = (path, options) => bytes(path, options).then(() => 'no error', ({ cause, message }) => cause?.code ?? cause?.message ?? message);

/** Sends one request over a bare socket and collects what comes: to the end, for `ms`, or `until` it matches. */
function raw(path, { ms = 5000, until = null, port = site.ports[0], method = 'GET', head = '', body = '' } = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = connect(port, site.host, () => socket.write(`${method} ${path} HTTP/1.1\r\nHost: test\r\n${head}\r\n${body}`));
    const finish = (how) => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const split = text.indexOf('\r\n\r\n');
      resolve({ how, text, head: text.slice(0, split), body: split < 0 ? '' : text.slice(split + 4) });
    };
    const timer = setTimeout(finish, ms, 'open');
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (until?.test(Buffer.concat(chunks).toString('latin1'))) finish('matched');
    });
    socket.on('end', () => finish('fin'));
    socket.on('error', (error) => finish(error.code));
  });
}

/** A few tries: a reader held up by a busy machine meets in one poll what was sent apart. */
async function again(run, good, tries = 4) {
  const seen = await run();
  return good(seen) || tries === 1 ? seen : again(run, good, tries - 1);
}

async function ended(key, end) {
  for (let i = 0; i < 100 && (await log(key)).some((entry) => entry.end === null); i++) await sleep(10);
  assert.deepEqual([...new Set((await log(key)).map((entry) => entry.end))], [end]);
}

describe('bodies and plain answers', () => {
  test('body bytes are a function of offset and version alone', async () => {
    const whole = bodyBytes(0, 1000);
    for (const [from, length] of [[0, 1], [3, 9], [997, 3], [500, 0]]) {
      assert.deepEqual(bodyBytes(from, length), whole.slice(from, from + length));
    }
    assert.equal(bodySha256(200_001), sha(bodyBytes(0, 200_001)));
    assert.notEqual(bodySha256(1000), bodySha256(1000, 2));
    assert.deepEqual(await json('/sha?size=77&v=2'), { size: 77, v: 2, sha256: sha(bodyBytes(0, 77, 2)) });
  });

  const answers = [
    ['/ok?key=plain', 200, '{"ok":true,"url":"/ok?key=plain","attempt":1}'],
    ['/status/418', 418, /"status":418/], ['/status/204', 204, ''], ['/status/abc', 400, /whole number/],
    ['/status/700', 400, /between/], ['/drip?bytes=x', 400, /bytes must be a number/], ['/nowhere', 404, /no such path/],
    ['/bad-json', 200, '{"token":"S3CR3T",oops}'], ['/empty-json', 200, ''], ['/null-json', 200, 'null'],
    ['/big-number-json', 200, /9007199254740993.*1e400/], ['/lone-surrogate-json', 200, /"\\ud800"/],
    ['/deep-json?depth=4', 200, '[[[[]]]]'], ['/split-utf8', 200, 'before \u{1f600} after'],
    ['/redirect/20', 200, /"url":"\/redirect\/0"/], ['/encodings?n=3', 200, '{"ok":true}'],
    ['/slow-accept?key=slowly', 200, /"url":"\/ok"/], ['/big-header?kb=4', 200, /true/],
    ['/http10', 200, 'until close'], ['/early-hints', 200, /"ok":true/],
  ];
  for (const [path, status, body] of answers) {
    test(`${path} answers ${status}`, async () => {
      const response = await get(path);
      const text = await response.text();
      assert.equal(response.status, status);
      if (typeof body === 'string') assert.equal(text, body);
      else assert.match(text, body);
    });
  }

  test('encodings of text and JSON are exact to the byte', async () => {
    assert.equal(Buffer.from(await bytes('/bom-json')).toString('hex').slice(0, 8), 'efbbbf7b');
    assert.deepEqual([...await bytes('/latin1')], [0x63, 0x61, 0x66, 0xe9, 0x20, 0xfc, 0xf1]);
    assert.equal((await (await get('/deep-json')).text()).length, 200_000);
    const cut = await again(() => raw('/split-utf8', { until: /before ../s }), (it) => it.body.length === 9);
    assert.equal(cut.body.length, 9);
  });

  test('gzip, drip and huge carry the body bytes', async () => {
    assert.deepEqual(await bytes('/gzip?bytes=3000'), bodyBytes(0, 3000));
    assert.deepEqual(await bytes('/drip?bytes=25&every=1'), bodyBytes(0, 25));
    assert.equal(sha(await bytes('/huge?bytes=300001')), bodySha256(300_001));
    const reader = (await get('/huge?bytes=inf')).body.getReader();
    assert.deepEqual((await reader.read()).value.slice(0, 500), bodyBytes(0, 500));
    await reader.cancel();
  });

  test('echo tells method, headers, length, digest and body', async () => {
    const seen = await json('/echo?key=echo', { method: 'PUT', body: 'hello', headers: { 'x-mark': 'm' } });
    assert.deepEqual([seen.method, seen.headers['x-mark'], seen.length, seen.sha256, seen.body], ['PUT', 'm', 5, sha('hello'), 'hello']);
    assert.equal((await json('/echo')).sha256, sha(''));
    assert.equal((await log('echo'))[0].sha256, sha('hello'));
  });

  test('bomb inflates to megabytes of zeros', async () => {
    const zeros = await bytes('/bomb?mb=3');
    assert.equal(zeros.length, 3 * 2 ** 20);
    assert.ok(zeros.every((byte) => byte === 0));
    assert.ok((await raw('/bomb?mb=3', { head: 'Connection: close\r\n' })).body.length < 20_000);
  });
});

describe('failing on purpose', () => {
  const faults = [
    ['/reset', 'ECONNRESET', ''], ['/truncate', 'fin', bodyText(50)], ['/reset-body', 'ECONNRESET', bodyText(1000)],
    ['/hang', 'open', ''], ['/hang-headers', 'open', ''], ['/stall-body', 'open', bodyText(10)],
    ['/bad-chunk', 'fin', /^5\r\nhello\r\nzz\r\n/], ['/bad-chunk/unfinished', 'fin', /^5\r\nhello\r\n$/],
    ['/bad-chunk/overlong', 'fin', /\r\n5\r\nworld and/], ['/extra-bytes', 'open', /^hello, and/],
    ['/flaky?mode=reset&key=f1', 'ECONNRESET', ''], ['/flaky?mode=hang&key=f2', 'open', ''],
    ['/flaky?mode=truncate&key=f3', 'fin', bodyText(50)], ['/http10', 'fin', 'until close'],
  ];
  for (const [path, how, body] of faults) {
    test(`${path} on the exchange: ${how}`, async () => {
      const seen = await again(() => raw(path, { ms: how === 'open' ? 250 : 5000 }), (it) => it.how === how);
      assert.equal(seen.how, how);
      if (typeof body === 'string') assert.equal(seen.body, body);
      else assert.match(seen.body, body);
    });
  }
  function bodyText(length) {
    return Buffer.from(bodyBytes(0, length)).toString('latin1');
  }

  const errors = {
    '/reset': 'ECONNRESET', '/reset-body': 'ECONNRESET', '/truncate': 'UND_ERR_SOCKET', '/bad-chunk/unfinished': 'UND_ERR_SOCKET',
    '/bad-chunk': 'HPE_INVALID_CHUNK_SIZE', '/bad-chunk/overlong': /^HPE_/, '/bad-gzip': 'Z_DATA_ERROR', '/bad-gzip?kind=crc': 'Z_DATA_ERROR',
    '/bad-gzip?kind=truncated': 'no error', '/encodings': /too many content-encodings/, '/big-header': 'UND_ERR_HEADERS_OVERFLOW',
    '/redirect-loop': /redirect count exceeded/, '/redirect/25': /redirect count exceeded/, '/redirect-bad?kind=invalid': 'ERR_INVALID_URL',
    '/redirect-bad?kind=scheme': /HTTP\(S\) scheme/, '/redirect-bad?kind=data': /HTTP\(S\) scheme/, '/redirect-bad?kind=creds': /cross origin not allowed/,
    '/redirect-bad?kind=crlf': /^HPE_/, '/redirect-bad': 'no error',
  };
  for (const [path, expected] of Object.entries(errors)) {
    test(`${path} in fetch: ${expected}`, async () => {
      const code = await failure(path);
      if (typeof expected === 'string') assert.equal(code, expected);
      else assert.match(code, expected);
    });
  }

  test('a header block that never ends has begun; early hints come before the answer', async () => {
    assert.match((await raw('/hang-headers', { until: /Unfinished/ })).text, /^HTTP\/1.1 200 OK\r\n.*X-Unfinished: $/s);
    assert.match((await raw('/early-hints', { until: /200 OK/ })).text, /^HTTP\/1.1 103 .*\r\n\r\nHTTP\/1.1 200 OK/s);
    assert.match((await raw('/http10')).head, /^HTTP\/1.0 200 OK/);
  });

  test('flaky fails as often as told, per key, with the header asked for', async () => {
    const path = '/flaky?fail=2&status=500&retry-after=7&key=';
    const seen = [];
    for (const key of ['a', 'a', 'b', 'a']) {
      const response = await get(path + key);
      seen.push([response.status, response.headers.get('x-attempt'), response.headers.get('retry-after')]);
    }
    assert.deepEqual(seen, [[500, '1', '7'], [500, '2', '7'], [500, '1', '7'], [200, '3', null]]);
  });

  test('uploads: unread until the end of patience, or refused before they came', async () => {
    const upload = { method: 'POST', head: 'Content-Length: 5000000\r\n', body: 'x'.repeat(100_000) };
    assert.equal((await raw('/no-read?ms=60&key=nr', upload)).how, 'ECONNRESET');
    await ended('nr', 'server-closed');
    const begun = performance.now();
    const early = await raw('/early-413?ms=80&key=early', { ...upload, body: '' });
    assert.deepEqual([early.how, early.head.slice(9, 12), early.body], ['fin', '413', 'too large']);
    assert.ok(performance.now() - begun > 75);
    await ended('early', 'sent');
  });

  test('special ports: slow answers late, refused refuses, blackhole never connects', async () => {
    const begun = performance.now();
    assert.match((await raw('/ok', { port: site.slow, until: /true/ })).text, /200 OK/);
    assert.ok(performance.now() - begun > 480);
    assert.equal((await raw('/ok', { port: site.slow, ms: 400 })).text, '');
    assert.equal((await raw('/ok', { port: site.refused })).how, 'ECONNREFUSED');
    const socket = connect(site.blackhole, site.host);
    assert.equal(await Promise.race([new Promise((done) => socket.on('connect', done)), sleep(500, 'hangs')]), 'hangs');
    socket.destroy();
  });
});

describe('waits and limits', () => {
  test('delay, wait and drip take their time', async () => {
    for (const [path, least] of [['/delay/80', 80], ['/ok?wait=80', 80], ['/drip?bytes=5&chunk=1&every=20&length=0', 100]]) {
      const begun = performance.now();
      await bytes(path);
      const ms = performance.now() - begun;
      assert.ok(ms >= least - 2 && ms < least + 400, `${path}: ${ms}`);
    }
    assert.equal((await get('/drip?bytes=1&length=0')).headers.get('content-length'), null);
  });

  test('retry-after comes in every form, then an answer', async () => {
    const header = async (query) => (await get(`/retry-after?${query}`)).headers.get('retry-after');
    assert.equal(await header('seconds=99999999999'), '99999999999');
    assert.equal(await header('raw='), '');
    assert.equal(await header('raw=0x10'), '0x10');
    const formats = { imf: /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/, rfc850: /^\w+day, \d\d-\w{3}-\d\d [\d:]{8} GMT$/, asctime: /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/ };
    for (const [date, pattern] of Object.entries(formats)) {
      const value = await header(`date=${date}&in=100`);
      assert.match(value, pattern);
      const ahead = Date.parse(date === 'asctime' ? `${value} GMT` : value) - Date.now();
      assert.ok(ahead > 98_000 && ahead <= 100_000, `${value}: ${ahead}`);
    }
    assert.deepEqual([(await get('/retry-after?key=ra')).status, (await get('/retry-after?key=ra')).status], [429, 200]);
  });

  test('the token bucket denies, tells when, refills, and is one per host', async () => {
    const path = '/ratelimit?limit=2&window=0.4&min-retry-after=3&key=rl';
    const all = await Promise.all([1, 2, 3].map(() => get(path)));
    const denied = all.find((response) => response.status === 429);
    assert.equal(all.filter((response) => response.ok).length, 2);
    assert.equal(denied.headers.get('retry-after'), '3');
    assert.equal(denied.headers.get('ratelimit'), '"default";r=0;t=1');
    assert.ok(Math.abs(denied.headers.get('x-ratelimit-reset') - Date.now() / 1000) < 2);
    assert.ok(Number(denied.headers.get('x-ratelimit-reset-after')) <= 0.2);
    assert.equal((await fetch(url(path, 1))).status, 200);
    await sleep(220);
    assert.equal((await get(path)).status, 200);
    assert.deepEqual((await json('/__stats')).ratelimit[`127.0.0.1:${site.ports[0]} rl`], { allowed: 3, denied: 1 });
  });
});

describe('ranges', () => {
  const part = async (headers, query = '') => {
    const response = await get(`/range?size=1000${query}`, { headers });
    return { status: response.status, range: response.headers.get('content-range'), body: new Uint8Array(await response.arrayBuffer()) };
  };

  test('serves, refuses and ignores ranges', async () => {
    assert.deepEqual(await part({ range: 'bytes=100-199' }), { status: 206, range: 'bytes 100-199/1000', body: bodyBytes(100, 100) });
    assert.deepEqual(await part({ range: 'bytes=990-' }), { status: 206, range: 'bytes 990-999/1000', body: bodyBytes(990, 10) });
    assert.deepEqual(await part({ range: 'bytes=-5' }), { status: 206, range: 'bytes 995-999/1000', body: bodyBytes(995, 5) });
    assert.equal((await part({ range: 'bytes=1000-' })).range, 'bytes */1000');
    assert.equal((await part({ range: 'lines=1-2' })).status, 200);
    assert.equal((await part({ range: 'bytes=5-', 'if-range': '"v1-1000"' })).status, 206);
    assert.deepEqual((await part({ range: 'bytes=5-', 'if-range': '"other"' })).body, bodyBytes(0, 1000));
    assert.equal((await bytes('/range?size=0')).length, 0);
  });

  test('changes its version at the request asked for', async () => {
    await part({}, '&change=2&key=ch');
    const changed = await part({ range: 'bytes=5-', 'if-range': '"v1-1000"' }, '&change=2&key=ch');
    assert.deepEqual(changed, { status: 200, range: null, body: bodyBytes(0, 1000, 2) });
  });

  for (const [how, end] of [['rst', /ECONNRESET|fin/], ['fin', /^fin$/]]) {
    test(`is cut at an absolute offset by ${how}, as many times as told`, async () => {
      const path = `/range?size=5e6&drop=3000000&times=2&how=${how}&key=cut-${how}`;
      const first = await raw(path);
      assert.match(first.how, end);
      assert.equal(first.body.length, 3_000_000);
      assert.equal(sha(Buffer.from(first.body, 'latin1')), bodySha256(3_000_000));
      const second = await raw(path, { head: 'Range: bytes=3000000-\r\nIf-Range: "v1-5000000"\r\n' });
      assert.match(second.how, end);
      assert.equal(second.body, '');
      assert.equal((await bytes(path, { headers: { range: 'bytes=3000000-' } })).length, 2_000_000);
      const seen = await log(`cut-${how}`);
      assert.deepEqual(seen.map((entry) => entry.end), ['server-closed', 'server-closed', 'sent']);
      assert.deepEqual([seen[1].range, seen[1].ifRange], ['bytes=3000000-', '"v1-5000000"']);
    });
  }
});

describe('redirects and authorisation', () => {
  test('redirects to another port, or badly', async () => {
    const location = async (path) => (await get(path, { redirect: 'manual' })).headers.get('location');
    assert.equal(await location('/redirect-cross'), url('/echo', 1));
    assert.equal(await location('/redirect-cross?to=2&path=/ok'), url('/ok', 2));
    assert.equal((await get('/redirect-cross?status=307', { redirect: 'manual' })).status, 307);
    assert.equal(await location('/redirect-bad?kind=empty'), '');
    assert.match(await location('/redirect-bad?kind=creds'), /S3CR3T@/);
    assert.equal(await location('/redirect/3?key=k'), '/redirect/2?key=k');
  });

  test('basic and bearer; a bearer token dies after its uses, a new one works', async () => {
    const status = async (path, authorization) => (await get(path, { headers: { authorization } })).status;
    assert.equal(await status('/auth/basic?pass=p', `Basic ${btoa('user:p')}`), 200);
    assert.equal(await status('/auth/basic?pass=p', `Basic ${btoa('user:q')}`), 401);
    const seen = [];
    for (const token of ['t1', 't1', 't1', 't2', 'x']) seen.push(await status('/auth/bearer?token=t&uses=2', `Bearer ${token}`));
    assert.deepEqual(seen, [200, 200, 401, 200, 401]);
  });
});

describe('the facts that were seen', () => {
  test('the log tells how each request ended', async () => {
    await get('/delay/30?key=sent').then((response) => response.text());
    await raw('/hang?key=gone', { ms: 100 });
    await raw('/huge?bytes=inf&key=left', { until: HEAD });
    await raw('/reset?key=cut');
    for (const [key, end] of Object.entries({ sent: 'sent', gone: 'client-closed', left: 'client-closed', cut: 'server-closed' })) await ended(key, end);
    const [entry] = await log('sent');
    assert.equal(entry.host, `127.0.0.1:${site.ports[0]}`);
    assert.deepEqual([entry.attempt, entry.gap, entry.method, entry.status], [1, null, 'GET', 200]);
    assert.ok(entry.ms >= 28 && entry.socket > 0);
  });

  test('gaps and uploads of every attempt are logged', async () => {
    for (const ms of [60, 0]) await sleep(ms, await bytes('/flaky?key=up', { method: 'POST', body: 'same' }));
    const [first, second] = await log('up');
    assert.ok(second.gap >= 58 && Math.abs(second.t - first.t - second.gap) < 0.1);
    assert.deepEqual([first.sha256, second.sha256, second.length], [sha('same'), sha('same'), 4]);
  });

  test('peaks are counted, in all and per host, and can be reset', async () => {
    await json('/concurrency?reset=1');
    await Promise.all([0, 0, 0, 1, 1].map((host) => fetch(url('/delay/60', host)).then((response) => response.text())));
    const { inflight, peak, perHost } = await json('/concurrency?reset=1');
    assert.deepEqual([inflight, peak, ...site.ports.slice(0, 2).map((port) => perHost[`127.0.0.1:${port}`].peak)], [0, 5, 3, 2]);
    assert.equal((await json('/concurrency')).peak, 0);
  });

  test('preflights are answered and not counted; cors=0 withholds the headers', async () => {
    const head = 'Origin: http://page\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a\r\n';
    const preflight = await raw('/ok?key=pre', { method: 'OPTIONS', head, until: HEAD });
    assert.match(preflight.head, /204.*allow-origin: http:\/\/page.*allow-headers: x-a/s);
    assert.deepEqual(await log('pre'), []);
    assert.equal((await json('/__stats')).preflights, 1);
    assert.match((await raw('/ok', { head: 'Origin: http://page\r\n', until: HEAD })).head, /expose-headers: .*Retry-After/);
    assert.doesNotMatch((await raw('/ok?cors=0', { head: 'Origin: http://page\r\n', until: HEAD })).head, /access-control/i);
  });

  test('stats add up, and a reset forgets everything', async () => {
    const stats = await json('/__stats');
    assert.ok(stats.byPath.hang >= 1 && stats.byStatus[200] > 10 && stats.closedByClient >= 2 && stats.memory.rss > 0);
    assert.ok(stats.sockets.open >= 1 && stats.sockets.opened >= stats.sockets.open);
    await json('/__reset');
    const { requests, inflight, peak, byPath } = await json('/__stats');
    assert.deepEqual([requests, inflight, peak, byPath, await log('sent')], [0, 0, 0, {}, []]);
  });
});

describe('as a command', () => {
  const start = async (t, ...args) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', import.meta.url)), ...args]);
    t.after(() => child.kill('SIGKILL'));
    const info = JSON.parse(await new Promise((done) => child.stdout.once('data', done)));
    return { child, info, origin: `http://${info.host}:${info.ports[3]}`, exit: new Promise((done) => child.on('exit', done)) };
  };

  test('a request given up is not counted beside its successor on another connection', async (t) => {
    const { origin } = await start(t);
    const hangFor = async (ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), ms);
      await fetch(`${origin}/hang`, { signal: controller.signal }).catch(() => {});
    };
    for (let round = 0; round < 20; round++) {
      // Idle connections are what lets the successor be seen first.
      await Promise.all(Array.from({ length: 30 }, () => fetch(`${origin}/delay/5`).then((response) => response.text())));
      await fetch(`${origin}/concurrency?reset=1`).then((response) => response.text());
      await Promise.all(Array.from({ length: 5 }, async () => { for (let i = 0; i < 5; i++) await hangFor(3); }));
      const { peak } = await (await fetch(`${origin}/concurrency`)).json();
      assert.ok(peak <= 5, `round ${round}: ${peak}`);
    }
  });

  for (const [name, args, stop] of [['SIGTERM', [], (child) => child.kill('SIGTERM')], ['its time to live', ['--ttl', '0.6'], () => {}]]) {
    test(`tells where it is, and ends on ${name}`, async (t) => {
      const { child, info, origin, exit } = await start(t, ...args);
      assert.deepEqual([info.pid, info.ports.length], [child.pid, 4]);
      assert.equal((await fetch(`${origin}/ok`)).status, 200);
      stop(child);
      assert.equal(await Promise.race([exit, sleep(3000, 'still running', { ref: false })]), 0);
    });
  }
});
