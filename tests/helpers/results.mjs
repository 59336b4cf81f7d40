import { assert } from './assert.mjs';

const OUTCOMES = ['success', 'http', 'network', 'timeout', 'aborted', 'body'];
const CODES = ['HTTP', 'NETWORK', 'TIMEOUT', 'ABORTED', 'BODY_TRUNCATED', 'BODY_TOO_LARGE', 'BODY_LENGTH', 'BODY_CHANGED', 'BODY_PARSE',
  'BODY_SCHEMA', 'CIRCUIT_OPEN', 'BUDGET_EXHAUSTED', 'INPUT', 'HOOK', 'CLOSED', 'INTERNAL'];
const REASONS = ['refused', 'unresolved', 'reset', 'unreachable', 'tls', 'redirects', 'blocked', 'protocol', 'unknown'];
const NAMES = { HTTP: 'HttpError', NETWORK: 'NetworkError', TIMEOUT: 'TimeoutError', ABORTED: 'AbortedError', INPUT: 'InputError' };

/** The marker, and as it looks inside Basic credentials of the user `u`. */
const SECRETS = ['S3CR3T', 'dTpTM0NSM1Q'];

/** Asserts that there is one result per input, in order, and that each has the declared shape. */
export function assertResults({ requests, results }) {
  assert(Array.isArray(results), 'the results are an array');
  if (Array.isArray(requests)) assert.equal(results.length, requests.length, 'one result per input');
  results.forEach((result, index) => {
    assert.equal(result.index, index, 'results are in the order of the inputs');
    if (Array.isArray(requests)) assert.equal(result.request.input, requests[index], 'a result knows its input');
    assertShape(result);
  });
}

/** Asserts that no secret is in anything that a failure or a rejection shows. */
export function assertSilent({ results = [], error }, inspect = () => '') {
  const ours = typeof error?.code === 'string' ? [error] : [];
  for (const shown of ours) silent([...faces(shown), inspect(shown)]);
  for (const result of results) {
    // What the server sent, data or headers, is not ours to hide: an echo sends the secrets back.
    if (result.ok) silent([JSON.stringify({ ...result, data: undefined }), inspect(result.request)]);
    else silent([JSON.stringify(result), ...faces(result.error), inspect({ ...result, headers: undefined })]);
  }
}

function assertShape(result) {
  const { request, attempts, timings } = result;
  assert.equal(typeof request.url, 'string', 'request.url');
  assert.equal(request.method, request.method.toUpperCase(), 'request.method');
  assert(!Object.keys(request).includes('input'), 'request.input is not enumerable');
  for (const name of ['queued', 'waited', 'total']) assert.between(timings[name], 0, 1e7, `timings.${name}`);
  for (const attempt of attempts) assertAttempt(attempt);
  if (result.ok) {
    assert.equal(result.error, undefined, 'error of a success');
    assert.equal(typeof result.status, 'number', 'status');
    assert.equal(typeof result.headers.get, 'function', 'headers');
    assert.equal(typeof result.url, 'string', 'url');
    assert.equal(typeof result.statusText, 'string', 'statusText');
    assert.equal(typeof result.redirected, 'boolean', 'redirected');
    assert.equal(result.response?.status, result.bytes === undefined ? result.status : undefined, 'a response whose body was read is let go');
    assert(attempts.length >= 1, 'a success has an attempt');
  } else {
    assertError(result);
  }
}

function assertError({ ok, error, data, request, attempts }) {
  assert.equal(ok, false, 'ok');
  assert.equal(data, undefined, 'data of a failure');
  assert(error instanceof Error, 'the error is an Error');
  assert(CODES.includes(error.code), `the code ${error.code} is declared`);
  assert.equal(error.name, NAMES[error.code] ?? (error.code.startsWith('BODY_') ? 'BodyError' : error.name), 'error.name');
  assert.equal(typeof error.retryable, 'boolean', 'error.retryable');
  assert.equal(error.attempts, attempts.length, 'error.attempts');
  assert.equal(error.url, request.url, 'error.url');
  assert.equal(error.method, request.method, 'error.method');
  assert(error.message.length > 0, 'the error says something');
  if (error.code === 'NETWORK') assert(REASONS.includes(error.reason), `the reason ${error.reason} is declared`);
  const plain = error.toJSON();
  assert.same([plain.code, plain.name], [error.code, error.name], 'toJSON');
  assert.same(JSON.parse(JSON.stringify(plain)), plain, 'toJSON gives plain fields');
}

function assertAttempt(attempt) {
  assert.between(attempt.startedAt, 0, 1e7, 'startedAt');
  assert.between(attempt.duration, 0, 1e7, 'duration');
  assert(OUTCOMES.includes(attempt.outcome), `the outcome ${attempt.outcome} is declared`);
  if (attempt.delay !== undefined) {
    assert.between(attempt.delay, 0, 2 ** 31 - 1, 'delay');
    assert(['backoff', 'retry-after', 'rate-limit-headers', 'cooldown'].includes(attempt.delayedBy), `delayedBy ${attempt.delayedBy}`);
  }
}

/** Everything that an error shows of itself. */
function faces(error) {
  return [error.message, error.stack, String(error), JSON.stringify(error), JSON.stringify(error.toJSON?.() ?? null), String(error.option)];
}

function silent(texts) {
  for (const text of texts) {
    for (const secret of SECRETS) assert(!text?.includes(secret), `a secret is shown: ${text}`);
  }
}
