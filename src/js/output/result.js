/** Results and errors that the user gets, each made by one literal. */

import {
  AbortedError, BodyError, BudgetError, FanFetchError, HookError, HttpError, InputError, NetworkError, TimeoutError, isInternal,
} from './errors.js';
import { explainNetwork } from '../exchange/network-error.js';
import { RequestInfo } from '../input/request-info.js';
import { reasonOf } from '../runtime/signals.js';
import {
  BODY_LONG, BODY_PARSE, BODY_SCHEMA, BODY_SHORT, BODY_TOO_LARGE, BODY_TRUNCATED, DELAYED_BY, FAILURE_ABORTED, FAILURE_BODY, FAILURE_BUDGET, FAILURE_CLOSED,
  FAILURE_HOOK, FAILURE_HTTP, FAILURE_INPUT, FAILURE_NETWORK, FAILURE_TIMEOUT, PHASES,
} from '../protocol.js';

/** Classes, codes and outcomes of an attempt by kind of failure, and codes by fault of a body. */
const CLASSES = {
  [FAILURE_HTTP]: HttpError, [FAILURE_NETWORK]: NetworkError, [FAILURE_TIMEOUT]: TimeoutError, [FAILURE_ABORTED]: AbortedError, [FAILURE_BODY]: BodyError,
  [FAILURE_BUDGET]: BudgetError, [FAILURE_INPUT]: InputError, [FAILURE_HOOK]: HookError, [FAILURE_CLOSED]: FanFetchError,
};
const CODES = {
  [FAILURE_HTTP]: 'HTTP', [FAILURE_NETWORK]: 'NETWORK', [FAILURE_TIMEOUT]: 'TIMEOUT', [FAILURE_ABORTED]: 'ABORTED', [FAILURE_BUDGET]: 'BUDGET_EXHAUSTED',
  [FAILURE_INPUT]: 'INPUT', [FAILURE_HOOK]: 'HOOK', [FAILURE_CLOSED]: 'CLOSED',
};
const OUTCOMES = { [FAILURE_HTTP]: 'http', [FAILURE_NETWORK]: 'network', [FAILURE_TIMEOUT]: 'timeout', [FAILURE_BODY]: 'body' };
const BODY_CODES = {
  [BODY_TRUNCATED]: 'BODY_TRUNCATED', [BODY_TOO_LARGE]: 'BODY_TOO_LARGE', [BODY_SHORT]: 'BODY_LENGTH', [BODY_LONG]: 'BODY_LENGTH',
  [BODY_PARSE]: 'BODY_PARSE', [BODY_SCHEMA]: 'BODY_SCHEMA',
};

const code = (kind, detail) => (kind === FAILURE_BODY ? BODY_CODES[detail] : CODES[kind]);

/** Makes the record of one attempt. `kind` is -1 for a success, `delayedBy` for no wait after it. */
export const record = (startedAt, duration, status, kind, detail, delay, delayedBy) => {
  const outcome = kind < 0 ? 'success' : OUTCOMES[kind] ?? 'aborted';
  // What is added to a literal is kept in an object of its own.
  const attempt = status > 0 ? { startedAt, duration, outcome, status } : { startedAt, duration, outcome };
  if (kind < 0) return attempt;
  return { ...attempt, code: code(kind, detail), ...(delayedBy >= 0 && { delay, delayedBy: DELAYED_BY[delayedBy] }) };
};

/** The result of a success; `bytes` is -1 where its body was not read. */
export const success = (index, { info: request, response, status, statusText, headers, url, redirected, data, attempts }, timings, bytes) => ({
  ok: true,
  index,
  request,
  data,
  status,
  statusText,
  headers,
  url: urlOf(url, request),
  redirected,
  // A read one is let go: in Node it weighs more than all the rest together.
  response: bytes >= 0 ? undefined : response,
  bytes: bytes >= 0 ? bytes : undefined,
  attempts,
  timings,
});

/** The URL that answered. Hosts write it anew for each response: the request's own costs nothing. */
const urlOf = (other, { url }) => (other === '' || other === url ? url : other);

/** The result of a failure. */
export const failure = (index, { info: request, status, headers, url, failure: error, attempts = [] }, timings) => {
  const result = { ok: false, index, request, error, attempts, timings };
  if (headers === undefined || attempts.length === 0) return result;
  return { ...result, status, headers, url: urlOf(url, request) };
};

/** Makes the failure that replaces a result when an `onResult` hook throws. */
export const hookFailed = ({ index, request, attempts, timings, status, headers, url }, cause) => {
  const fields = { code: CODES[FAILURE_HOOK], url: request.url, method: request.method, attempts: attempts.length, retryable: false };
  const error = new HookError(`${request.method} ${request.url}: an \`onResult\` hook threw`, fields, cause);
  return { ok: false, index, request, error, attempts, timings, ...(status !== undefined && { status, headers, url }) };
};

/** Makes the error of a failure. `detail` and `limit` depend on its kind, see `output/mod.rs`. */
export const failed = (request, exchange, attempts, kind, detail, limit, retryable) => {
  const { url, method } = request;
  // Without a prototype, whose setters what is added would meet.
  const fields = { __proto__: null, code: code(kind, detail), url, method, attempts, retryable };
  let cause;
  let why;
  switch (kind) {
    case FAILURE_HTTP:
      fields.status = detail;
      fields.headers = exchange.headers;
      fields.data = exchange.data;
      if (limit >= 0) fields.retryAfter = limit;
      break;
    case FAILURE_NETWORK:
      cause = exchange.error;
      // Not the host failed but what was put before it.
      if (isInternal(cause)) {
        return new FanFetchError(`${method} ${url}: ${cause.message.slice(10)}`, { ...fields, code: cause.code, retryable: true }, cause.cause);
      }
      ({ reason: fields.reason, why } = explainNetwork(cause, retryable ? 'the connection failed' : 'the request could not be sent, or the server sent no valid response'));
      break;
    case FAILURE_TIMEOUT:
      fields.phase = PHASES[detail];
      fields.limit = limit;
      break;
    case FAILURE_BODY:
      fields.status = exchange.status;
      if (detail === BODY_SCHEMA) fields.issues = exchange.issues;
      cause = exchange.error;
      break;
    case FAILURE_ABORTED:
      cause = reasonOf(exchange.ownSignal)?.value;
      break;
    case FAILURE_INPUT:
      cause = RequestInfo.sendOptions(request).fault?.cause ?? exchange.error;
      break;
    default:
      cause = exchange.error;
  }
  why ??= explain(kind, detail, limit, fields, request);
  const after = attempts > 1 ? ` after ${attempts} attempts` : '';
  return new CLASSES[kind](`${url ? `${method} ${url}: ` : ''}${why}${after}`, fields, cause);
};

const TIMED_OUT = {
  queue: 'it waited in the queue longer than `timeout.total`',
  headers: 'no response within `timeout.headers`',
  attempt: 'not finished within `timeout.attempt`',
  idle: 'the body was silent for longer than `timeout.idle`',
  total: 'not finished within `timeout.total`',
  deadline: 'not finished before the `deadline`',
};

const BODY_FAULTS = {
  [BODY_TRUNCATED]: 'the body broke off',
  [BODY_TOO_LARGE]: 'the body is larger than `maxBytes`',
  [BODY_SHORT]: 'the body is shorter than `expectedBytes`',
  [BODY_LONG]: 'the body is longer than `expectedBytes`',
  [BODY_PARSE]: 'the body cannot be parsed as what it claims to be',
  [BODY_SCHEMA]: 'the data does not satisfy the schema',
};

const explain = (kind, detail, limit, fields, request) => {
  switch (kind) {
    case FAILURE_HTTP:
      return `status ${detail}${limit >= 0 ? `, and the server asks to wait ${Math.ceil(limit)} ms` : ''}`;
    case FAILURE_TIMEOUT:
      return `${TIMED_OUT[fields.phase]} (${limit} ms)`;
    case FAILURE_ABORTED:
      return 'aborted';
    case FAILURE_BODY:
      return `${BODY_FAULTS[detail]} (status ${fields.status})`;
    case FAILURE_BUDGET:
      return 'not sent: `maxFetches` is spent';
    case FAILURE_INPUT:
      return RequestInfo.sendOptions(request).fault?.why ?? 'it could not be made ready to be sent';
    case FAILURE_HOOK:
      return 'a function given in the options threw';
    default:
      return 'the client was closed';
  }
};

/** Makes the argument of `shouldRetry` and `beforeRetry`. */
export const retryContext = ({ info, response, failure: error }, attempt, delay) => ({ request: info.input, attempt, error, response, delay });
