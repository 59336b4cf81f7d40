import assert from 'node:assert/strict';
import { answer, scripted } from '../../helpers/fakes.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

check('a POST is not repeated after a reset', async (_, world) => {
  const url = world.at('/reset');
  const [result] = await world.fetchAll([{ url, method: 'POST', body: 'x' }]);
  assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
  await world.sent(url, 1);
});

for (const [how, options] of [
  ['listed in retry.methods', { retry: { methods: ['POST'] } }],
  ['with an idempotency-key header', { headers: { 'idempotency-key': '7' } }],
  ['with an Idempotency-Key header of its own', { headers: new Headers({ 'Idempotency-Key': '7' }) }],
]) {
  check(`a POST ${how} is repeated`, async (_, world) => {
    const url = world.at('/reset');
    const [result] = await world.fetchAll([{ url, method: 'POST', body: 'x', ...options }]);
    assert.deepEqual(brief(result), [false, 'NETWORK', 3]);
    const entries = await world.sent(url, 3);
    assert.equal(new Set(entries.map(({ method }) => method)).size, 1);
  });
}

check('retry.methods replaces the default methods', async (_, world) => {
  const [result] = await world.fetchAll([world.at('/reset')], { retry: { methods: ['POST'] } });
  assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
});

for (const method of ['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'patch']) {
  check(`${method} is repeated only if it may be`, { attempts: 'off' }, async (_, world) => {
    const fetch = scripted(new TypeError('fetch failed'));
    const [result] = await world.fetchAll([world.at('/reset')], { method, fetch });
    assert.deepEqual(brief(result), [false, 'NETWORK', method === 'patch' ? 1 : 3]);
    assert.equal(result.request.method, method.toUpperCase());
    assert.equal(fetch.calls[0].method, method.toUpperCase());
  });
}

for (const path of ['/truncate', '/truncate?bytes=0', '/reset-body?after=1000', '/bad-chunk/unfinished']) {
  for (const responseType of ['text', 'bytes', 'json', 'auto']) {
    check(`${path} as ${responseType} is BODY_TRUNCATED after all attempts`, async (_, world) => {
      const url = world.at(path);
      const [result] = await world.fetchAll([url], { responseType });
      assert.deepEqual(brief(result), [false, 'BODY_TRUNCATED', 3]);
      assert.deepEqual([result.status, result.error.status, result.error.retryable], [200, 200, true]);
      assert.ok(result.attempts.every(({ outcome, status, code }) => outcome === 'body' && status === 200 && code === 'BODY_TRUNCATED'));
      await world.sent(url, 3);
    });
  }
}

check('a body that breaks off once is whole in the end', async (_, world) => {
  const [result] = await world.fetchAll([world.at('/flaky?mode=truncate')]);
  assert.equal(result.ok, true);
  assert.equal(result.data.ok, true);
  assert.deepEqual(result.attempts.map(({ outcome }) => outcome), ['body', 'success']);
});

for (const path of ['/bad-chunk', '/bad-chunk/overlong']) {
  check(`${path} is an error, and nothing of it a success`, async (_, world) => {
    const [result] = await world.fetchAll([world.at(path)], { responseType: 'text' });
    assert.equal(result.ok, false);
    assert.ok(['NETWORK', 'BODY_TRUNCATED'].includes(result.error.code), result.error.code);
  });
}

for (const kind of ['garbage', 'crc']) {
  check(`a gzip body with ${kind} is an error`, async (_, world) => {
    const [result] = await world.fetchAll([world.at(`/bad-gzip?kind=${kind}`)], { responseType: 'bytes' });
    assert.equal(result.ok, false);
    assert.match(result.error.code, /^(NETWORK|BODY_TRUNCATED)$/);
  });
}

check('a truncated gzip body, which the host accepts, is caught by expectedBytes', async (_, world) => {
  const url = world.at('/bad-gzip?kind=truncated&bytes=5000');
  const [result] = await world.fetchAll([url], { responseType: 'bytes', expectedBytes: 5000 });
  assert.deepEqual(brief(result), [false, 'BODY_LENGTH', 3]);
  const [whole] = await world.fetchAll([world.at('/gzip?bytes=5000')], { responseType: 'bytes', expectedBytes: 5000 });
  assert.deepEqual([whole.ok, whole.bytes, whole.data.byteLength], [true, 5000, 5000]);
});

check('a refused port is NETWORK, tried three times in less than a second', async (_, world) => {
  const begun = performance.now();
  const [result] = await world.fetchAll([`http://${world.host}:${world.refused}/`]);
  assert.deepEqual(brief(result), [false, 'NETWORK', 3]);
  assert.ok(performance.now() - begun < 1000);
  assert.equal(result.error.retryable, true);
  assert.equal(result.error.cause.cause.code, 'ECONNREFUSED');
  assert.equal(result.error.reason, 'refused');
  assert.equal(result.error.message, `GET ${result.request.url}: the connection was refused (ECONNREFUSED) after 3 attempts`);
  assert.equal(result.error.toJSON().reason, 'refused');
});

check('a port that swallows connections is TIMEOUT in the time of two attempts', async (_, world) => {
  const begun = performance.now();
  const [result] = await world.fetchAll([`http://${world.host}:${world.blackhole}/`], { timeout: { attempt: 300 }, retry: 1 });
  const total = performance.now() - begun;
  assert.deepEqual(brief(result), [false, 'TIMEOUT', 2]);
  assert.ok(total >= 600 && total <= 1200, `${total} ms`);
});

for (const url of ['http://127.0.0.1:6666/', 'https://127.0.0.1:6667/', 'ftp://127.0.0.1/', 'ws://127.0.0.1/', 'http://[::bad', 'http://', 'http://h:99999/']) {
  check(`${url} is refused without a second attempt`, async (_, world) => {
    const [result, other] = await world.fetchAll([url, world.at('/ok')]);
    assert.equal(result.ok, false);
    assert.match(result.error.code, /^(NETWORK|INPUT)$/);
    assert.equal(result.error.retryable, false);
    assert.ok(result.attempts.length <= 1);
    if (!URL.canParse(url)) assert.deepEqual(brief(result), [false, 'INPUT', 0]);
    assert.equal(other.ok, true);
  });
}

check('odd but valid answers are right, and no bytes of one are in another', { attempts: 'off' }, async (_, world) => {
  const odd = ['/early-hints', '/http10', '/extra-bytes'];
  const urls = [...odd, ...Array(20).fill('/ok')].map((path) => world.at(path));
  for (const concurrency of [1, 8]) {
    const results = await world.fetchAll(urls, { concurrency, responseType: 'text' });
    assert.deepEqual(results.map(({ status }) => status), Array(23).fill(200));
    assert.equal(results[1].data, 'until close');
    assert.equal(results[2].data, 'hello');
    for (const { data, request } of [results[0], ...results.slice(3)]) assert.ok(request.url.endsWith(JSON.parse(data).url));
  }
});

for (const headers of [undefined, { 'x-api-key': 'k' }]) {
  const who = headers ? 'with headers' : 'by the host';
  check(`too many redirects (${who}) are NETWORK at once; 20 are followed`, { attempts: 'off' }, async (_, world) => {
    const urls = ['/redirect-loop', '/redirect/25', '/redirect/21', '/redirect/20'].map((path) => world.at(path));
    const results = await world.fetchAll(urls, { headers });
    for (const result of results.slice(0, 3)) {
      assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
      assert.equal(result.error.retryable, false);
    }
    assert.equal(results[3].ok, true);
    assert.equal(new URL(results[3].url).pathname, '/redirect/0');
    assert.equal((await world.log(urls[3])).length, 21);
  });

  for (const kind of ['invalid', 'scheme', 'data', 'creds', 'crlf', 'empty', 'none']) {
    check(`a redirect to a bad Location (${kind}, ${who}) fails and shows no secret`, { attempts: 'off' }, async (_, world) => {
      const [result] = await world.fetchAll([world.at(`/redirect-bad?kind=${kind}`)], { headers });
      if (['invalid', 'scheme', 'data'].includes(kind)) {
        assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
        assert.equal(result.error.retryable, false);
      }
      if (kind === 'none') assert.deepEqual([result.error.code, result.status], ['HTTP', 302]);
      assert.ok(result.attempts.length <= 3);
    });
  }

  check(`each redirect status keeps or changes the method as fetch does (${who})`, { attempts: 'off' }, async (_, world) => {
    for (const [status, method, kept] of [[301, 'POST', 'GET'], [302, 'POST', 'GET'], [303, 'PUT', 'GET'], [307, 'POST', 'POST'], [308, 'PUT', 'PUT'],
      [301, 'PUT', 'PUT'], [303, 'HEAD', 'HEAD']]) {
      const url = world.at(`/redirect-cross?to=0&status=${status}`);
      const body = method === 'HEAD' ? undefined : 'body';
      const [result] = await world.fetchAll([url], { headers, method, body, retry: false });
      assert.equal(result.ok, true, `${status} ${method}`);
      if (method !== 'HEAD') assert.deepEqual([result.data.method, result.data.body], [kept, kept === 'GET' ? '' : 'body'], `${status} ${method}`);
      assert.equal(new URL(result.url).pathname, '/echo');
    }
  });
}

check('network failures are recognised in every host\'s words', { attempts: 'off' }, async (_, world) => {
  const words = [new TypeError('fetch failed'), new TypeError('terminated'), new TypeError('Failed to fetch'),
    new TypeError('NetworkError when attempting to fetch resource.'), new TypeError('Load failed'), new Error('Network connection lost.')];
  for (const failure of words) {
    const fetch = scripted(failure, answer());
    const [result] = await world.fetchAll([world.at('/ok')], { fetch });
    assert.equal(result.ok, true, failure.message);
    assert.equal(fetch.calls.length, 2, failure.message);
  }
});

check('any other value that a custom fetch throws is the cause of a NETWORK', { attempts: 'off' }, async (_, world) => {
  for (const thrown of [new Error('boom'), new RangeError('Invalid value'), 'text', undefined, null, { code: 7 }]) {
    for (const fetch of [async () => { throw thrown; }, () => { throw thrown; }]) {
      const [result] = await world.fetchAll([world.at('/ok')], { fetch });
      assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
      assert.equal(result.error.cause, thrown);
      assert.equal(result.error.retryable, false);
    }
  }
});

check('a failure that would repeat is not repeated: Node says which', { attempts: 'off' }, async (_, world) => {
  const codes = ['ERR_INVALID_URL', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_STATUS', 'HPE_INVALID_HEADER_TOKEN', 'UND_ERR_HEADERS_OVERFLOW',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'];
  for (const code of codes) {
    const cause = Object.assign(new Error('said so'), { code });
    const [result] = await world.fetchAll([world.at('/ok')], { fetch: scripted(new TypeError('fetch failed', { cause })) });
    assert.deepEqual([...brief(result), result.error.retryable], [false, 'NETWORK', 1, false], code);
  }
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT']) {
    const cause = Object.assign(new Error('said so'), { code });
    const [result] = await world.fetchAll([world.at('/ok')], { fetch: scripted(new TypeError('fetch failed', { cause })) });
    assert.deepEqual([...brief(result), result.error.retryable], [false, 'NETWORK', 3, true], code);
  }
});

/** Codes as Node (on its `cause`) and Bun (on the error itself) give them, and words of Node's where it has no code. */
const REASONS = {
  refused: ['ECONNREFUSED', 'ConnectionRefused'],
  unresolved: ['ENOTFOUND', 'EAI_AGAIN'],
  reset: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ConnectionClosed'],
  unreachable: ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'],
  tls: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
  redirects: ['ERR_INVALID_URL', 'TooManyRedirects', 'redirect count exceeded', 'URL scheme must be a HTTP(S) scheme', 'unexpected redirect',
    'cross origin not allowed for request mode "cors"'],
  blocked: ['bad port', 'Requests to port 6000 are blocked', 'unknown scheme'],
  protocol: ['HPE_INVALID_CONSTANT', 'HPE_INVALID_STATUS', 'HPE_INVALID_EOF_STATE', 'UND_ERR_HEADERS_OVERFLOW', 'too many content-encodings in response: 10, maximum allowed is 5'],
  unknown: ['UND_ERR_BODY_TIMEOUT', 'ENOMEM', 'no such words'],
};

check('the code of the host tells a NetworkError\'s reason; its message names both', { attempts: 'off' }, async (_, world) => {
  for (const [reason, signs] of Object.entries(REASONS)) {
    for (const sign of signs) {
      const [code, words] = sign.includes(' ') ? [undefined, sign] : [sign, 'UNSAID'];
      const told = Object.assign(new Error(words), code && { code });
      const failures = [new TypeError('fetch failed', { cause: told }), Object.assign(new TypeError('fetch failed'), code ? { code } : { cause: told })];
      for (const failure of failures) {
        const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch: scripted(failure), retry: 0 });
        assert.deepEqual([error.code, error.reason, error.toJSON().reason], ['NETWORK', reason, reason], sign);
        assert.equal(error.message.includes(`(${code})`), code !== undefined && code !== 'ENOMEM', error.message);
        assert.ok(!error.message.includes(words), error.message);
      }
    }
  }
});

check('the reason of what the host itself fails with', { attempts: 'off' }, async (_, world) => {
  const failures = {
    '/reset': ['reset', /the connection was closed before the response was complete \(\w+\)$/],
    '/redirect-loop': ['redirects', /its redirects could not be followed$/],
    '/redirect-bad?kind=scheme': ['redirects', /its redirects could not be followed$/],
    '/encodings?n=10': ['protocol', /the response is not valid HTTP$/],
  };
  for (const [path, [reason, message]] of Object.entries(failures)) {
    const [{ error }] = await world.fetchAll([world.at(path)], { retry: 0 });
    assert.equal(error.reason, reason, path);
    assert.match(error.message, message);
  }
  for (const headers of [undefined, { 'x-api-key': 'k' }]) {
    const [{ error }] = await world.fetchAll([world.at('/redirect-loop')], { headers });
    assert.deepEqual([error.reason, error.retryable], ['redirects', false], 'also where we follow them');
  }
  const [port, name] = await world.fetchAll(['http://127.0.0.1:6666/', 'http://nowhere.invalid/'], { retry: 0 });
  assert.deepEqual([port.error.reason, port.error.retryable], ['blocked', false]);
  assert.deepEqual([name.error.reason, name.error.retryable], ['unresolved', true]);
});

check('an error that hides what it is has an unknown reason, and shows nothing', { attempts: 'off' }, async (_, world) => {
  const hostile = (name) => Object.defineProperty(new TypeError('fetch failed'), name, { get() { throw new Error('UNSAID'); } });
  const failures = [
    ...['message', 'code', 'cause'].map(hostile),
    new TypeError('fetch failed', { cause: hostile('code') }), new TypeError('fetch failed', { cause: hostile('message') }),
    Object.assign(new Error('UNSAID'), { code: 'UNSAID' }), Object.assign(new Error('UNSAID'), { code: { toString() { throw new Error('UNSAID'); } } }),
    Object.assign(new Error('bad port'), { code: 'UNSAID' }), Object.assign(new TypeError('fetch failed'), { code: 'ECONNREFUSED UNSAID' }),
    'UNSAID', undefined, null, 7, Symbol('UNSAID'), Object.create(null),
    new Proxy({}, { get() { throw new Error('UNSAID'); } }),
  ];
  for (const failure of failures) {
    const [result, other] = await world.fetchAll([world.at('/ok'), world.at('/ok')], { fetch: scripted(() => { throw failure; }, answer()), retry: 0, concurrency: 1 });
    assert.deepEqual(brief(result), [false, 'NETWORK', 1]);
    assert.ok(['unknown', 'blocked', 'refused'].includes(result.error.reason), result.error.reason);
    assert.ok(!JSON.stringify(result.error).includes('UNSAID') && !result.error.message.includes('UNSAID'));
    assert.equal(other.ok, true);
  }
});
