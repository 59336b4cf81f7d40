/**
 * Numbers that JavaScript and Rust exchange, each once by the same name on both sides. A test in `protocol.rs` compares the two
 * files.
 */

// Kinds of calls.
export const CALL_ALL = 0;
export const CALL_EACH = 1;
export const CALL_SINGLE = 2;

// News of a call's user for the engine.
export const NEWS_TAKEN = 0;
export const NEWS_STOPPED = 1;
export const NEWS_ABORTED = 2;
export const NEWS_CLOSED = 3;

// Switches of an engine.
export const SWITCH_IN_FLIGHT = 0;
export const SWITCH_QUEUED = 1;
export const SWITCH_CONCURRENCY = 2;
export const SWITCH_SET_CONCURRENCY = 3;
export const SWITCH_SET_PAUSED = 4;
export const SWITCH_CANCEL_QUEUED = 5;

// What a pull comes to, beside the number of a host; `PULLED_SPECIAL` is added to that number where the engine has to ask more.
export const PULLED_DONE = -1;
export const PULLED_THREW = -2;
export const PULLED_PENDING = -3;
export const PULLED_UNSENDABLE = -4;
export const PULLED_SPECIAL = 536_870_912;

// Bits of what a request wants and is.
export const WANTS_BEFORE_REQUEST = 1;
export const WANTS_AFTER_RESPONSE = 2;
export const WANTS_BEFORE_RETRY = 4;
export const WANTS_ON_RESULT = 8;
export const WANTS_REFRESH_AUTH = 16;
export const WANTS_SCHEMA = 32;
export const WANTS_DEDUPE = 64;
export const HAS_SIGNAL = 128;
export const HAS_OPTIONS = 256;
export const HAS_IDEMPOTENCY_KEY = 512;
/** Body is a stream, which can be sent once. */
export const HAS_STREAM = 1024;
/** Options list the methods that may be repeated; with `HAS_LISTED_METHOD` the request's own is among them. */
export const HAS_METHODS = 2048;
export const HAS_LISTED_METHOD = 4096;
/** The place of its method among {@link METHODS} begins here. */
export const METHOD_SHIFT = 16;

// Answers of an exchange. Question 0 is none: the request's own signal was aborted.
export const QUESTION_NONE = 0;
export const ANSWER_HEAD = 1;
export const ANSWER_READ = 2;
export const ANSWER_FAULT = 3;

// Statuses whose bodies are read on at once where the engine says so.
export const SUCCESS_FIRST = 200;
export const SUCCESS_LAST = 299;

// Faults, by which an exchange tells why it came to nothing.
export const FAULT_HOPELESS = 0;
export const FAULT_LOST = 1;
export const FAULT_TRUNCATED = 2;
export const FAULT_UNPARSABLE = 3;
export const FAULT_HOOK = 4;
export const FAULT_INPUT = 5;
export const FAULT_SCHEMA = 6;

// Kinds of failures.
export const FAILURE_HTTP = 0;
export const FAILURE_NETWORK = 1;
export const FAILURE_TIMEOUT = 2;
export const FAILURE_ABORTED = 3;
export const FAILURE_BODY = 4;
export const FAILURE_BUDGET = 5;
export const FAILURE_INPUT = 6;
export const FAILURE_HOOK = 7;
export const FAILURE_CLOSED = 8;

// Functions of the user that are asked for a number.
export const ASK_DELAY = 0;
export const ASK_JITTER = 1;
export const ASK_THROW_HTTP_ERRORS = 2;

// Lists of statuses.
export const STATUSES_RETRIED = 0;
export const STATUSES_AFTER = 1;

// Defaults that JavaScript needs before the engine is there, and for who asks it nothing.
export const DEFAULT_CONCURRENCY = 32;
export const WORKERS_CONCURRENCY = 6;
export const PROGRESS_INTERVAL = 100;

/** Methods known by their place; the last stands for all others. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', ''];

/** Options that the engine reads as numbers: words and flags by their place, functions by the place behind the words. */
export const OPTION_NUMBERS = [
  'timeout.attempt', 'timeout.headers', 'timeout.idle', 'timeout.total',
  'retry.limit', 'retry.maxRetryAfter', 'retry.delay', 'retry.factor', 'retry.backoffLimit', 'retry.jitter', 'retry.retryOnTimeout',
  'responseType', 'throwHttpErrors', 'maxBytes', 'expectedBytes', 'priority',
  'stopOnError', 'maxFetches', 'deadline', 'until', 'highWaterMark',
  'concurrency', 'concurrencyPerHost', 'rateLimit.limit', 'rateLimit.interval', 'rateLimit.per',
];
export const RESPONSE_TYPES = ['auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData', 'stream', 'response', 'none'];
export const JITTERS = ['full', 'equal', 'decorrelated', 'none'];
export const THROW_HTTP_ERRORS = ['false', 'true', 'function'];
export const PHASES = ['queue', 'headers', 'attempt', 'idle', 'total', 'deadline'];
export const BODY_FAULTS = ['truncated', 'tooLarge', 'short', 'long', 'parse', 'schema'];
export const DELAYED_BY = ['backoff', 'retry-after', 'rate-limit-headers'];

// Places in those lists.
export const READ_AUTO = 0;
export const READ_JSON = 1;
export const READ_TEXT = 2;
export const READ_BYTES = 3;
export const READ_ARRAY_BUFFER = 4;
export const READ_BLOB = 5;
export const READ_FORM_DATA = 6;
export const READ_STREAM = 7;
export const READ_RESPONSE = 8;
export const THROW_ASK = 2;
export const BODY_TRUNCATED = 0;
export const BODY_TOO_LARGE = 1;
export const BODY_SHORT = 2;
export const BODY_LONG = 3;
export const BODY_PARSE = 4;
export const BODY_SCHEMA = 5;
export const TIMEOUT_ATTEMPT = 0;
export const RETRY_LIMIT = 4;
export const RESPONSE_TYPE = 11;
export const PRIORITY = 15;
export const CONCURRENCY = 21;
