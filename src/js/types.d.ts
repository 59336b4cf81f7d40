/// <reference lib="esnext.disposable" />

/*
 * The declarations that ship with the package, written by hand; tests hold them against the running code in both
 * directions. Durations are milliseconds, sizes are bytes, a host is an origin (scheme, name and port). Options that
 * are absent or `undefined` take their default.
 */

// ---------------------------------------------------------------- calls

/**
 * Fetches with a `schema` for the data: each `data` is of the schema's output type, and a body that does not satisfy it is a
 * {@link BodyError} of code `BODY_SCHEMA`. All else is as without one.
 *
 * @example
 * const results = await fetchAll(urls, { schema: z.object({ id: z.number() }) });
 */
export function fetchAll<S extends StandardSchema>(requests: Requests, options: BatchOptions & { schema: S }): Promise<FetchResult<OutputOf<S>>[]>;

/**
 * Fetches with one `responseType` for all requests: each `data` is of the type that {@link DataByType} gives for it. All else
 * is as without one.
 *
 * @example
 * const pages = await fetchAll(urls, { responseType: 'text' });
 */
export function fetchAll<R extends Exclude<ResponseType, 'stream' | 'response'>>(requests: Requests, options: BatchOptions & { responseType: R; schema?: undefined }): Promise<FetchResult<DataByType[R]>[]>;

/**
 * Sends every request, `concurrency` of them at a time, and resolves with one {@link FetchResult} for each, in the
 * order of the input. A request that fails does not reject the call: its result has `ok: false` and the `error`.
 *
 * @param requests Any iterable or async iterable of URLs, `Request`s and specs; read only as slots become free.
 * @param options Options of all requests; a spec's own options win.
 * @returns As many results as there were inputs. Their `data` is of type `T` on your word, unless a `schema` checks it.
 * @throws {OptionError} An option is unknown or invalid, `requests` is a lone string, or `responseType` is `stream` or
 *   `response`, which hold a slot until they are read and are {@link fetchEach}'s.
 * @throws The very `signal.reason` when `signal` aborts; what the input iterable threw; with `stopOnError`, the error
 *   of the first failure. In each case what was in flight has been aborted.
 * @example
 * const results = await fetchAll(['https://api.example.com/users/1', 'https://api.example.com/users/2'], { concurrency: 8 });
 * for (const result of results) {
 *   if (result.ok) console.log(result.status, result.data);
 *   else console.error(result.request.url, result.error.code);
 * }
 */
export function fetchAll<T = unknown>(requests: Requests, options?: BatchOptions): Promise<FetchResult<T>[]>;

/** Hands results out with a `schema` for the data, whose output type each `data` has. All else is as without one. */
export function fetchEach<S extends StandardSchema>(requests: Requests, options: EachOptions & { schema: S }): AsyncIterableIterator<FetchResult<OutputOf<S>>>;

/**
 * Hands results out with one `responseType` for all requests: each `data` is of the type that {@link DataByType} gives for it,
 * bodies that are handed out unread (`stream`, `response`) included. All else is as without one.
 */
export function fetchEach<R extends ResponseType>(requests: Requests, options: EachOptions & { responseType: R; schema?: undefined }): AsyncIterableIterator<FetchResult<DataByType[R]>>;

/**
 * Does the work of {@link fetchAll} and hands each result out as soon as it is there, or in input order with
 * `ordered: true`. Memory stays bounded however long the input is: reading pauses while all slots are taken, and while
 * `highWaterMark` results lie unread.
 *
 * A loop that is left early (by `break`, `return` or `throw`) takes its requests with it: they are aborted, and the
 * input's own iterator is told by its `return()`. A body that is handed out (`responseType: 'stream'` or `'response'`) holds
 * its slot until it is read to the end, cancelled or broken.
 *
 * @param requests Any iterable or async iterable of URLs, `Request`s and specs; read only as slots become free.
 * @param options Options of all requests; a spec's own options win.
 * @returns An async iterator that is its own iterable; `next()` rejects where {@link fetchAll} would.
 * @throws {OptionError} An option is unknown or invalid, or `requests` is a lone string.
 * @example
 * for await (const { index, ok, data } of fetchEach(urls, { concurrency: 50 })) {
 *   if (ok) await save(index, data);
 * }
 */
export function fetchEach<T = unknown>(requests: Requests, options?: EachOptions): AsyncIterableIterator<FetchResult<T>>;

/**
 * Makes a client whose calls share their limits and what they learn about hosts. On Cloudflare Workers slots and queues
 * belong to the single call, because nothing that waits may cross from one invocation into another; `rateLimit` holds for all.
 *
 * @param options Defaults of its calls, and limits for all of them together.
 * @throws {OptionError} An option is unknown or invalid.
 * @example
 * using api = createClient({ baseUrl: 'https://api.example.com/v1/', concurrencyPerHost: 6, auth: { bearer: token } });
 * const { data } = await api.get<User>('users/1');
 */
export function createClient(options?: ClientOptions): Client;

/**
 * Makes a `fetch` to hand to any library that takes one: same arguments, same `Response`, under the limits, timeouts
 * and retries given here. Statuses never reject; after the last try the response is returned as it is.
 *
 * The `fetch` rejects as the platform's does: with the host's `TypeError` for a network failure and with the signal's reason for
 * an abort. A limit of this library's own rejects with its {@link FanFetchError}. A response occupies its slot for as
 * long as its body is neither read to the end nor cancelled nor broken, so always do one or the other. Up to 64 KB are
 * read ahead: an empty or small body that nobody reads holds nothing.
 *
 * @param options Those of {@link createClient}.
 * @returns The `fetch`, with its `client` for counts, pauses and closing.
 * @throws {OptionError} An option is unknown or invalid.
 * @example
 * const api = ky.create({ fetch: createFetch({ concurrency: 10, retry: { limit: 4 } }), retry: 0, timeout: false });
 */
export function createFetch(options?: ClientOptions): typeof fetch & { readonly client: Client };

// ---------------------------------------------------------------- inputs

/**
 * Inputs of a call: an array, a set, a generator, an async generator, a stream of them. A lone string is refused, here as by
 * the code: it would be fetched letter by letter.
 */
export type Requests = (Iterable<RequestInput> | AsyncIterable<RequestInput>) & { readonly charAt?: never };

/** One input. Options in a spec win over those of the call, and those over the client's. */
export type RequestInput = string | URL | Request | RequestSpec;

/** A URL with options of its own. */
export interface RequestSpec extends RequestOptions {
  /** Absolute, or relative to `baseUrl`. */
  url: string | URL;
  /** Anything of yours: handed back untouched as `result.request.tag`, and never looked at. */
  tag?: unknown;
}

/** Bodies that the platform's `fetch` takes, by whichever types of it are installed. */
export type RequestBody = NonNullable<RequestInit['body']>;

/** Headers that the platform's `fetch` takes, by whichever types of it are installed. */
export type RequestHeaders = NonNullable<RequestInit['headers']>;

/**
 * Options of a single request. Members of `RequestInit` that are not listed (`cache`, `credentials`, `redirect`, …) go
 * to `fetch` as they are, and only when given.
 */
export interface RequestOptions extends Omit<RequestInit, 'body' | 'headers' | 'priority' | 'window'> {
  /**
   * Sent in upper case.
   * @default 'GET'
   */
  method?: string;
  /** Laid over the headers of the call and of the client; a name set to `undefined` takes theirs away. */
  headers?: RequestHeaders | Record<string, string | undefined>;
  /**
   * Kept as given and sent anew on each attempt. A bare stream can be sent only once, so its request is never retried;
   * a function makes the body afresh for every attempt, streams included. One that never settles is ended by
   * `timeout.total` alone.
   */
  body?: RequestBody | null | (() => RequestBody | Promise<RequestBody>);
  /** Becomes the body, serialised once, with `content-type: application/json` unless you give one. Not beside `body`. */
  json?: unknown;
  /** Added to the query that the URL has; members that are `undefined` are left out. */
  searchParams?: string | URLSearchParams | Record<string, string | number | boolean | undefined>;
  /**
   * Credentials for the `Authorization` header. They go to the host of `baseUrl` only, or to the request's own host
   * when there is no `baseUrl`. A function is asked before an attempt that needs credentials, one question for all
   * that wait at the time; after a 401 once more, with `refresh: true`, for all of them together, and the request is
   * sent once more, beside its retries. One that throws fails the request with a {@link HookError}.
   */
  auth?: { bearer: string } | { username: string; password: string } | ((context: { refresh: boolean }) => Auth | Promise<Auth>);
  /**
   * Type of `result.data`, see {@link DataByType}. `auto` goes by the content type: JSON, then text, else bytes. An empty body
   * is `undefined` by `auto` and `json`.
   * @default 'auto'
   */
  responseType?: ResponseType;
  /**
   * A Standard Schema (zod, valibot, arktype, …) for the parsed body; its output becomes `data`, a mismatch a
   * {@link BodyError} with its `issues`. Bodies that are not read (`none`, `stream`, `response`) are not held against it.
   */
  schema?: StandardSchema;
  /**
   * Statuses that are failures: `true` all but 200–299 and 304, `false` none, a function those for which it returns
   * `true`. An opaque response (status 0) never is one.
   * @default true
   */
  throwHttpErrors?: boolean | ((status: number) => boolean);
  /**
   * Limits of time in milliseconds. A number limits each attempt. For no limit say `false` or `Infinity`; 0 is an
   * {@link OptionError}.
   * @default { attempt: 10_000 }
   */
  timeout?: number | false | TimeoutOptions;
  /**
   * Rules for trying again. A number is the `limit`; `false` is none.
   * @default { limit: 2 }
   */
  retry?: number | false | RetryOptions;
  /**
   * A second copy of slow idempotent requests. Not in this release: anything but `false` is an {@link OptionError}.
   * @default false
   */
  hedge?: false | HedgeOptions;
  /**
   * Most bytes of decoded body to accept. A body that grows past it is cancelled: a {@link BodyError} with code
   * `BODY_TOO_LARGE`, whatever its `Content-Length` said.
   * @default Infinity
   */
  maxBytes?: number;
  /** Bytes that the decoded body must have; any other number is a {@link BodyError}. Hosts pass truncated gzip off as whole. */
  expectedBytes?: number;
  /**
   * Rank among the requests that wait for the same host: the highest goes first. The platform's words also go to `fetch`,
   * and count as 1 (`high`), 0 (`auto`) and -1 (`low`).
   * @default 0
   */
  priority?: number | 'high' | 'low' | 'auto';
  /**
   * Signal that ends work early. In a spec it fails that request alone, with an {@link AbortedError}; given to a call it
   * aborts the call, which rejects with the signal's reason; given to a client it does both, for all its calls.
   */
  signal?: AbortSignal | null;
}

/** Credentials: a bearer token, or a name and a password (basic authentication, UTF-8). */
export type Auth = { bearer: string } | { username: string; password: string };

/**
 * Types of `data` by `responseType`, for calls without a `schema`, whose output wins over them. `auto` and `json` are `unknown`:
 * say the type by `fetchAll<User>(…)`, or check it by a schema.
 */
export interface DataByType {
  /** Parsed JSON, text or a `Uint8Array` by the content type; `undefined` of an empty body. */
  auto: unknown;
  /** Parsed JSON; `undefined` of an empty body. */
  json: unknown;
  /** Decoded as UTF-8, without a byte order mark. */
  text: string;
  bytes: Uint8Array;
  arrayBuffer: ArrayBuffer;
  /** A `Blob` of the response's content type. */
  blob: Blob;
  formData: FormData;
  /** The body itself, unread. It holds its slot until it is read to the end, cancelled or broken. */
  stream: ReadableStream<Uint8Array>;
  /** The response itself, its body unread, which holds its slot likewise. */
  response: Response;
  /** No data: the body is cancelled. */
  none: undefined;
}

/** Ways to read a body; {@link DataByType} has the `data` of each. `stream` and `response` are not for {@link fetchAll}. */
export type ResponseType = 'auto' | 'json' | 'text' | 'bytes' | 'arrayBuffer' | 'blob' | 'formData' | 'stream' | 'response' | 'none';

/** Limits of time, in milliseconds: above 0, or `false` or `Infinity` for none. Running out is a {@link TimeoutError}. */
export interface TimeoutOptions {
  /**
   * One attempt, from calling `fetch` until the body has been read.
   * @default 10_000
   */
  attempt?: number | false;
  /**
   * One attempt, from calling `fetch` to the response's headers.
   * @default false
   */
  headers?: number | false;
  /**
   * Silence within a body: the time from one chunk to the next.
   * @default false
   */
  idle?: number | false;
  /**
   * The request as a whole, from when its input is read: queue, attempts, waits, hooks and functions of yours.
   * @default false
   */
  total?: number | false;
}

/**
 * Rules for retries: after which failures, how many, how long after. Every attempt queues for a slot of its own, and a wait
 * holds none.
 *
 * The wait before retry n is `min(backoffLimit, delay * factor ** (n - 1))`, then jittered as in AWS, "Exponential
 * Backoff and Jitter". A server that names a wait is obeyed instead: `retry-after-ms`, `Retry-After` (RFC 9110
 * §10.2.3), `RateLimit`, `RateLimit-Reset`, `X-RateLimit-Reset-After`, `X-RateLimit-Reset`, in this order. Across
 * origins a browser shows these headers only where the server lists them in `Access-Control-Expose-Headers`.
 */
export interface RetryOptions {
  /**
   * Retries after the first attempt.
   * @default 2
   */
  limit?: number;
  /**
   * Methods that may be repeated (idempotent by RFC 9110 §9.2.2, and QUERY). A request with an `idempotency-key` header
   * may be repeated whatever its method.
   * @default ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']
   */
  methods?: string[];
  /**
   * Statuses that are tried again. 413 is as well, but only when the response names a wait.
   * @default [408, 425, 429, 500, 502, 503, 504, 521, 522, 524]
   */
  statusCodes?: number[];
  /**
   * Statuses whose `Retry-After` or reset header is obeyed.
   * @default [413, 429, 503]
   */
  afterStatusCodes?: number[];
  /**
   * Longest wait a server may ask for, in milliseconds. A longer one fails the request at once, and the {@link HttpError} has
   * it as `retryAfter`.
   * @default 60_000
   */
  maxRetryAfter?: number;
  /**
   * Milliseconds before the first retry, or a function that gives them for each retry, counted from 1.
   * @default 300
   */
  delay?: number | ((attempt: number) => number);
  /**
   * Factor from each delay to the next.
   * @default 2
   */
  factor?: number;
  /**
   * Longest computed delay, in milliseconds.
   * @default 30_000
   */
  backoffLimit?: number;
  /**
   * Spread of a computed delay d: `full` over 0..d, `equal` over d/2..d, `decorrelated` over delay..3 × the last
   * one, `none` not at all, or a function of d. A wait that the server named is only ever lengthened, by up to a tenth.
   * @default 'full'
   */
  jitter?: 'full' | 'equal' | 'decorrelated' | 'none' | ((delay: number) => number);
  /**
   * Retries of attempts that ran out of time (`attempt`, `headers`, `idle`). `total` and `deadline` are final.
   * @default true
   */
  retryOnTimeout?: boolean;
  /** Decides last, after `limit` and `methods`: `true` retries, `false` does not, `undefined` leaves it to the rules above. */
  shouldRetry?: (context: RetryContext) => boolean | undefined | Promise<boolean | undefined>;
  /**
   * Largest share that retries may add to the first attempts of a host. Not in this release: anything but `false` is an
   * {@link OptionError}.
   * @default false
   */
  budget?: number | false;
}

// ---------------------------------------------------------------- limits and batches

/** Options of a call. Those of {@link RequestOptions} apply to each of its requests. */
export interface BatchOptions extends Omit<RequestOptions, 'responseType'> {
  /**
   * Type of `result.data`, as of one request, but for `stream` and `response`: bodies that hold their slot until they are read
   * belong to {@link fetchEach}.
   * @default 'auto'
   */
  responseType?: Exclude<ResponseType, 'stream' | 'response'>;
  /**
   * Most requests in flight at once; each counts until its body is read. 6 on Cloudflare Workers. `'auto'` and
   * `{ min, max }`: not in this release, an {@link OptionError}.
   * @default 32
   */
  concurrency?: number | 'auto' | { min?: number; max?: number };
  /**
   * Most requests in flight to one host. Waiting hosts take turns, so that a slow one takes only its share.
   * @default Infinity
   */
  concurrencyPerHost?: number;
  /**
   * Most attempts started in any `interval` milliseconds (a sliding window, which lets no double burst through at a border),
   * by the client or by each host; `per` is `'client'` unless given. Waiting for it holds no slot.
   */
  rateLimit?: { limit: number; interval: number; per?: 'client' | 'host' };
  /**
   * Stops asking a host that keeps failing. Not in this release: anything but `false` is an {@link OptionError}.
   * @default false
   */
  circuitBreaker?: boolean | CircuitBreakerOptions;
  /**
   * End of the whole call: milliseconds from its start, or a point in time. Requests that are unfinished then fail with a
   * {@link TimeoutError} of phase `deadline`, and no wait is begun that would reach past it.
   */
  deadline?: number | Date;
  /**
   * Reject with the first failure's error and abort the rest.
   * @default false
   */
  stopOnError?: boolean;
  /**
   * Let identical GET and HEAD requests that are under way together share one fetch, with the retries and timeouts of the
   * first and the very same `data`. Each can be aborted alone; the fetch is aborted with the last.
   * @default false
   */
  dedupe?: boolean;
  /**
   * Most fetches that this call may start, retries included: the rest of an edge function's allowance. Inputs that it does not
   * reach fail with a {@link BudgetError}.
   */
  maxFetches?: number;
  /** Called with the progress of the call, at most every `progressInterval` and once at the end. An error that it throws ends the call. */
  onProgress?: (progress: Progress) => void;
  /**
   * Least milliseconds between two calls of `onProgress`.
   * @default 100
   */
  progressInterval?: number;
  /** Functions of yours around each attempt and result; those of the client run before those of the call. */
  hooks?: Hooks;
  /**
   * Base that relative inputs are resolved against. Its path is a folder with or without its last slash: `https://h/v1` and
   * `users/1` give `https://h/v1/users/1`, while `/users/1` starts at the root of the host. A client's headers and credentials
   * go to this host and to no other, across redirects neither where the platform shows them (browsers do not).
   */
  baseUrl?: string | URL;
  /**
   * Function that is called in place of `globalThis.fetch`, which is looked up at each attempt. It runs inside its request's slot: a call
   * on the same client from within it waits for a slot of its own.
   */
  fetch?: typeof fetch;
}

/** Options of {@link fetchEach}. */
export interface EachOptions extends Omit<BatchOptions, 'responseType'> {
  /**
   * Type of `result.data`, with `stream` and `response` for bodies that are handed out unread and hold their slot until they are
   * read to the end, cancelled or broken.
   * @default 'auto'
   */
  responseType?: ResponseType;
  /**
   * Hand the results out in input order and not as they complete.
   * @default false
   */
  ordered?: boolean;
  /** Most finished results that may wait to be read; as many as `concurrency` unless given. */
  highWaterMark?: number;
}

/** Options of a client: the defaults of all its calls. */
export interface ClientOptions extends Omit<BatchOptions, 'responseType'> {
  /**
   * Type of `result.data`. A client of `stream` or `response` serves {@link Client.fetch} and {@link Client.fetchEach}; its
   * {@link Client.fetchAll} has to be given another type.
   * @default 'auto'
   */
  responseType?: ResponseType;
  /** Host state from `client.snapshot()`. Not in this release: an {@link OptionError}. */
  snapshot?: Snapshot;
}

// ---------------------------------------------------------------- results

/** A success or a failure; `ok` tells them apart, and narrows the type. */
export type FetchResult<T = unknown> = FetchSuccess<T> | FetchFailure;

/** Members that a success and a failure have in common. */
export interface ResultBase {
  /** Position of the input, counted from 0. */
  index: number;
  /** The request: its input as given (not enumerable, because it may hold secrets), its URL in the URL parser's spelling, and its method. */
  request: { readonly input: RequestInput; url: string; method: string; tag?: unknown };
  /** All attempts in their order; none when nothing was sent. */
  attempts: Attempt[];
  /** Milliseconds spent queueing, spent waiting between attempts, and in all. */
  timings: { queued: number; waited: number; total: number };
}

/** A response that counts as a success. */
export interface FetchSuccess<T = unknown> extends ResultBase {
  ok: true;
  /**
   * The body, read as `responseType` says, or the output of the `schema`; `undefined` where an empty body was to be JSON or
   * anything (`auto`).
   */
  data: T;
  status: number;
  /** Reason phrase that came with the status; empty over HTTP/2 and later. */
  statusText: string;
  headers: Headers;
  /** The URL that answered, after redirects. */
  url: string;
  /** `true` where redirects led there. */
  redirected: boolean;
  /**
   * The response itself where its body was not read for `data` (`responseType` is `stream`, `response` or `none`). A read one is
   * let go: it would weigh 3 KB and more for each result.
   */
  response?: Response;
  /** Bytes of decoded body that were read; absent where `response` is there. */
  bytes?: number;
  error?: undefined;
}

/** A request that failed for good. */
export interface FetchFailure extends ResultBase {
  ok: false;
  /**
   * One of the errors below, told apart by `code`, which is stable, or by `instanceof`: within `error.code === 'HTTP'` it is an
   * {@link HttpError}.
   */
  error: AnyFanFetchError;
  /** Status, headers and URL of the last response, where there was one. */
  status?: number;
  headers?: Headers;
  url?: string;
  data?: undefined;
}

/** One sending of a request. */
export interface Attempt {
  /** Start, in milliseconds after the request's input was read. */
  startedAt: number;
  /** Milliseconds that it took, body included. */
  duration: number;
  outcome: 'success' | 'http' | 'network' | 'timeout' | 'aborted' | 'body';
  status?: number;
  code?: ErrorCode;
  /** Milliseconds that were waited after it, before the next one. */
  delay?: number;
  /** Source of that wait: the backoff, `Retry-After`, another header, or (not yet) a pause of the whole host. */
  delayedBy?: 'backoff' | 'retry-after' | 'rate-limit-headers' | 'cooldown';
  /** Set on the second copy of a hedged request; never in this release. */
  hedge?: true;
}

/** Counts of a call that is under way. */
export interface Progress {
  /** Inputs read so far. */
  started: number;
  /** Inputs in all, of arrays, sets and the like; absent where that cannot be known. */
  total?: number;
  succeeded: number;
  failed: number;
  inFlight: number;
  queued: number;
  retries: number;
  /** Decoded body bytes read so far. */
  bytes: number;
  /** Requests finished per second. */
  rate: number;
  /** Milliseconds that the rest will take at this rate; absent where `total` is. */
  eta?: number;
}

// ---------------------------------------------------------------- errors

/**
 * Base class of all failures of a request. The `name` is that of the class and the `code` never changes meaning. No
 * header value, credential or body is in any of the fields.
 */
export class FanFetchError extends Error {
  readonly code: ErrorCode;
  /** `true` where the same request might succeed when it is sent again. */
  readonly retryable: boolean;
  /** The request's URL, without user info. */
  readonly url: string;
  readonly method: string;
  /** Number of attempts that were made. */
  readonly attempts: number;
  /** Error behind it: the platform's, or the one that a function of yours threw. */
  readonly cause?: unknown;
  /** The fields as a plain object, fit for a log. */
  toJSON(): Record<string, unknown>;
}

/** A status that `throwHttpErrors` counts as a failure. */
export class HttpError extends FanFetchError {
  readonly code: 'HTTP';
  readonly status: number;
  readonly headers: Headers;
  /** The response's body by its content type, as far as its first 64 KiB go. */
  readonly data: unknown;
  /** Milliseconds that the server asked to be left alone for. */
  readonly retryAfter?: number;
}

/**
 * No response: refused, reset, unreachable, blocked by CORS. `cause` is the platform's error. The message says the `reason` in
 * plain words, with the platform's own code where it has one: "the connection was refused (ECONNREFUSED)".
 */
export class NetworkError extends FanFetchError {
  readonly code: 'NETWORK';
  /**
   * Cause in one word, as far as the platform tells it: Node and Bun do so by the code of their error, browsers mostly tell
   * nothing, and it is `unknown`. `blocked`: the platform did not send it, to a bad port for example. `protocol`: the response
   * is no valid HTTP. From `tls` to `protocol` the next attempt would mostly end the same way; `retryable` tells.
   */
  readonly reason: 'refused' | 'unresolved' | 'reset' | 'unreachable' | 'tls' | 'redirects' | 'blocked' | 'protocol' | 'unknown';
}

/** A limit of time ran out. */
export class TimeoutError extends FanFetchError {
  readonly code: 'TIMEOUT';
  /** The limit: one of {@link TimeoutOptions}, the call's `deadline`, or `queue` when `total` was over before the first attempt. */
  readonly phase: 'queue' | 'headers' | 'attempt' | 'idle' | 'total' | 'deadline';
  /** Length of that limit in milliseconds. */
  readonly limit: number;
}

/** The request's own signal aborted it (`cause` is the reason), or its queue was cancelled. */
export class AbortedError extends FanFetchError {
  readonly code: 'ABORTED';
}

/**
 * A response whose body failed: broken off (`BODY_TRUNCATED`, retried), longer than `maxBytes`
 * (`BODY_TOO_LARGE`), not of `expectedBytes` (`BODY_LENGTH`, retried when short), changed while being resumed
 * (`BODY_CHANGED`), unparsable (`BODY_PARSE`), or against the `schema` (`BODY_SCHEMA`).
 */
export class BodyError extends FanFetchError {
  readonly code: 'BODY_TRUNCATED' | 'BODY_TOO_LARGE' | 'BODY_LENGTH' | 'BODY_CHANGED' | 'BODY_PARSE' | 'BODY_SCHEMA';
  readonly status: number;
  /** Objections of the schema. */
  readonly issues?: readonly unknown[];
}

/** The host's circuit breaker is open. Never raised in this release. */
export class CircuitOpenError extends FanFetchError {
  readonly code: 'CIRCUIT_OPEN';
  readonly host: string;
  /** Milliseconds until it lets a request through. */
  readonly retryAfter: number;
}

/** `maxFetches` is spent. */
export class BudgetError extends FanFetchError {
  readonly code: 'BUDGET_EXHAUSTED';
}

/** An input that cannot be sent: a URL that is malformed or not http(s), a header or JSON that cannot be written. The others go on. */
export class InputError extends FanFetchError {
  readonly code: 'INPUT';
}

/** A hook or another function of yours threw: its error is the `cause`. */
export class HookError extends FanFetchError {
  readonly code: 'HOOK';
}

/** Options that cannot be right. The message says what was given and what may be, and suggests the nearest name for a misspelt one. */
export class OptionError extends TypeError {
  readonly code: 'OPTION';
  /** The option's name, with its group: `timeout`, `timeout.attempt`, `retry.limit`. */
  readonly option: string;
}

/**
 * Codes of a {@link FanFetchError}. `CLOSED`: its client was closed. `INTERNAL`: its wasm did not load, or trapped, a
 * fault of this library: all that was under way is rejected, and the next call, on the same client or another, has a fresh instance.
 */
export type ErrorCode =
  | 'HTTP' | 'NETWORK' | 'TIMEOUT' | 'ABORTED'
  | 'BODY_TRUNCATED' | 'BODY_TOO_LARGE' | 'BODY_LENGTH' | 'BODY_CHANGED' | 'BODY_PARSE' | 'BODY_SCHEMA'
  | 'CIRCUIT_OPEN' | 'BUDGET_EXHAUSTED' | 'INPUT' | 'HOOK' | 'CLOSED' | 'INTERNAL';

/**
 * Any error of a request, as a union that `code` tells apart: `error.code === 'TIMEOUT'` narrows to {@link TimeoutError}. The
 * codes `CLOSED` and `INTERNAL` have no class of their own.
 */
export type AnyFanFetchError =
  | HttpError | NetworkError | TimeoutError | AbortedError | BodyError | CircuitOpenError | BudgetError | InputError | HookError
  | (FanFetchError & { readonly code: 'CLOSED' | 'INTERNAL' });

/**
 * Tells whether a caught value is one of the errors above but {@link OptionError}, also when it comes from another realm or
 * another copy of this package, where `instanceof` says no.
 *
 * @example
 * try {
 *   return await client.get(url);
 * } catch (error) {
 *   if (isFanFetchError(error) && error.code === 'TIMEOUT') return fallback;
 *   throw error;
 * }
 */
export function isFanFetchError(value: unknown): value is AnyFanFetchError;

// ---------------------------------------------------------------- client

/**
 * One request by a client, with `data` typed as by {@link fetchAll}: by the `schema`, else by the `responseType` (`stream` and
 * `response` included), else as you say.
 *
 * @returns The success.
 * @throws {FanFetchError} The failure.
 * @throws The very reason of `options.signal` when that aborts.
 */
export interface Call<Input> {
  <S extends StandardSchema>(input: Input, options: RequestOptions & { schema: S }): Promise<FetchSuccess<OutputOf<S>>>;
  <R extends ResponseType>(input: Input, options: RequestOptions & { responseType: R; schema?: undefined }): Promise<FetchSuccess<DataByType[R]>>;
  <T = unknown>(input: Input, options?: RequestOptions): Promise<FetchSuccess<T>>;
}

/** A long-lived client; see {@link createClient}. Options given to a call win over the client's. */
export interface Client {
  /** Sends one request; resolves with its success, rejects with its error. */
  fetch: Call<RequestInput>;
  /** `fetch` with method GET. */
  get: Call<string | URL>;
  /** `fetch` with method HEAD. */
  head(url: string | URL, options?: RequestOptions): Promise<FetchSuccess<undefined>>;
  /** `fetch` with method POST; not retried unless `retry.methods` lists it or there is an `idempotency-key` header. */
  post: Call<string | URL>;
  /** `fetch` with method PUT. */
  put: Call<string | URL>;
  /** `fetch` with method PATCH; retried as POST is. */
  patch: Call<string | URL>;
  /** `fetch` with method DELETE. */
  delete: Call<string | URL>;
  /** {@link fetchAll} within this client's limits. */
  fetchAll: typeof fetchAll;
  /** {@link fetchEach} within this client's limits. */
  fetchEach: typeof fetchEach;
  /** A body in chunks, never held as a whole. Not in this release: rejects with an {@link OptionError}. */
  stream(input: RequestInput, options?: StreamOptions): Promise<StreamedResponse>;
  /**
   * A client with these options laid over this one's. Both share limits, queue, counters and what is known of hosts;
   * limits given here hold in addition. Its `close` ends its own calls only, this one's ends both.
   */
  extend(options: ClientOptions): Client;
  /** Requests that hold a slot; a body that was handed out unread holds it until it is read, cancelled or collected. */
  readonly inFlight: number;
  /** Requests that wait for a slot or for their next attempt, and the rest of lists whose turn has not come. */
  readonly queued: number;
  /** Most requests in flight at once; setting it takes effect at once. `'auto'` is refused with an {@link OptionError} in this release. */
  concurrency: number | 'auto';
  /** Starts nothing more until {@link Client.resume}; what is in flight goes on. */
  pause(): void;
  /** Ends a pause. */
  resume(): void;
  /**
   * Fails all that is queued with an {@link AbortedError} and lets what is in flight go on. The rest of a list is queued.
   * Inputs that a generator has not made yet do not exist, and its call goes on.
   * @returns The number of requests that it failed.
   */
  cancelQueued(): number;
  /** Resolves when nothing is in flight and nothing is queued. */
  onIdle(): Promise<void>;
  /** Counts since the client was made (or since the last trap of the wasm, see `INTERNAL`), in all and for each host. */
  stats(): Stats;
  /** Host state as plain JSON. Not in this release: throws an {@link OptionError}. */
  snapshot(): Snapshot;
  /** Aborts everything: it fails with code `CLOSED`, and so does every later call. A second time it does nothing. */
  close(): void;
  /** `close`, for `using`. */
  [Symbol.dispose](): void;
}

/** Counts of a client since it was made. */
export interface Stats {
  started: number; succeeded: number; failed: number; retries: number;
  /** Always 0 in this release. */
  hedges: number;
  /** Requests that shared another's fetch (`dedupe`). */
  deduplicated: number;
  inFlight: number; queued: number;
  /** Decoded body bytes read. */
  bytes: number;
  /** Hosts by origin; at most 1,000, idle ones are forgotten first. */
  hosts: Record<string, HostStats>;
}

/** Counts of one host. */
export interface HostStats {
  inFlight: number; queued: number; succeeded: number; failed: number; retries: number;
  /** The share of recent attempts that failed, 0 to 1. */
  failureRate: number;
  /** Always `closed` in this release. */
  breaker: 'closed' | 'open' | 'half-open';
  /** Milliseconds for which nothing will be started; 0 where nothing holds it back. */
  cooldown: number;
  /** Most requests in flight to it. */
  concurrency: number;
  /** Duration of its attempts in milliseconds, by percentile. */
  latency: { p50: number; p95: number; p99: number };
}

/**
 * Functions called around each request, in order and awaited. They may call the client again. When one throws, its
 * request fails with a {@link HookError} and no other does; one that never settles is ended by `timeout.total` alone.
 */
export interface Hooks {
  /** Before each attempt. May return another `Request` to send, or a `Response` to take without sending. Throw to refuse. */
  beforeRequest?: ((context: { request: Request; attempt: number }) => Request | Response | void | Promise<Request | Response | void>)[];
  /**
   * After each response's headers, before its status is judged. May return a `Response` to use in its place; the
   * original's body is then cancelled. To read the body here, read that of a `clone()`. It holds the slot of its request
   * while it runs. Calls that it makes of the same client go on that slot: they are told by the asynchronous context, or
   * in browsers, which have none, by being made on the `client` given here. Calls without a client have no `client`.
   */
  afterResponse?: ((context: { request: Request; response: Response; attempt: number; client?: Client }) => Response | void | Promise<Response | void>)[];
  /** After the wait that precedes a retry, right before its attempt. */
  beforeRetry?: ((context: RetryContext) => void | Promise<void>)[];
  /** With each result, before it is handed out. */
  onResult?: ((result: FetchResult) => void)[];
}

/** A failed attempt, and the `delay` in milliseconds before the next one. `attempt` counts the retries from 1. */
export interface RetryContext { request: RequestInput; attempt: number; error: FanFetchError; response?: Response; delay: number; }

/** Part of the Standard Schema interface that is used; see https://standardschema.dev. `Output` is the type of the data that it gives. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': { readonly version: 1; readonly vendor: string; readonly validate: (value: unknown) => unknown; readonly types?: { readonly input: unknown; readonly output: Output } | undefined };
}

/** Type of the data that a schema gives. */
export type OutputOf<S extends StandardSchema> = S extends StandardSchema<infer Output> ? Output : unknown;

// ---------------------------------------------------------------- declared ahead

// Shapes of options and members whose own comment says "not in this release": programs that use them compile already.

/** Rules for a second copy of a slow idempotent request; the first answer counts. Not in this release. */
export interface HedgeOptions {
  /**
   * Milliseconds to wait before the second copy, or the percentile of the host's latency that stands for them.
   * @default 'p95'
   */
  after?: number | 'p50' | 'p90' | 'p95' | 'p99';
  /**
   * Largest share of requests that get a second copy.
   * @default 0.05
   */
  budget?: number;
}

/** Rules for leaving a host alone that keeps failing. Not in this release. */
export interface CircuitBreakerOptions {
  /**
   * Share of failed attempts from which it opens, 0 to 1.
   * @default 0.5
   */
  failureRate?: number;
  /**
   * Least attempts for that share to count.
   * @default 20
   */
  minimumAttempts?: number;
  /**
   * Milliseconds during which an attempt counts.
   * @default 30_000
   */
  window?: number;
  /**
   * Milliseconds it stays open; doubled by each failed probe, ten times at most.
   * @default 5_000
   */
  cooldown?: number;
  /**
   * Probes at once when it is half open.
   * @default 1
   */
  probes?: number;
}

/** Options of {@link Client.stream}. Not in this release. */
export interface StreamOptions extends RequestOptions {
  /** Bytes in each chunk but the last; as they arrive unless given. */
  chunkSize?: number;
  /**
   * Continue a body that broke off, by Range and If-Range, where a strong ETag or a Last-Modified allows it.
   * @default true
   */
  resume?: boolean;
  /** Called with the progress: bytes so far, bytes in all where that can be known, bytes per second. */
  onProgress?: (progress: { loaded: number; total?: number; rate: number }) => void;
}

/** A response whose body is read chunk by chunk. Not in this release. */
export interface StreamedResponse extends AsyncIterable<Uint8Array> {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: string;
  /** The body as a stream; use this or the iterator, not both. */
  readonly body: ReadableStream<Uint8Array>;
  /** The body's lines, each parsed as JSON. */
  ndjson<T = unknown>(): AsyncIterableIterator<T>;
  /** The body's server-sent events. */
  events(): AsyncIterableIterator<{ event: string; data: string; id?: string; retry?: number }>;
  /** Ends the body and frees its slot. */
  cancel(reason?: unknown): Promise<void>;
}

/** Host state as plain JSON, for the `snapshot` option of a client in another process. Not in this release. */
export type Snapshot = { readonly version: 1; readonly [key: string]: unknown };
