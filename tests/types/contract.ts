/**
 * A program that uses every member of the API, as its users would. It compiles against the public contract and against
 * the declarations that ship; it is never run.
 */
import {
  AbortedError, BodyError, BudgetError, CircuitOpenError, FanFetchError, HookError, HttpError, InputError, NetworkError,
  OptionError, TimeoutError, createClient, createFetch, fetchAll, fetchEach, isFanFetchError,
} from 'fanfetch';
import type {
  AnyFanFetchError, Attempt, Auth, BatchOptions, Call, CircuitBreakerOptions, Client, ClientOptions, DataByType, EachOptions, ErrorCode,
  FetchFailure, FetchResult, FetchSuccess, HedgeOptions, Hooks, HostStats, OutputOf, Progress, RequestInput, RequestOptions,
  RequestSpec, Requests, ResponseType, RetryContext, RetryOptions, Snapshot, StandardSchema, Stats, StreamOptions,
  StreamedResponse, TimeoutOptions,
} from 'fanfetch';

interface User { id: number; name: string }
declare const signal: AbortSignal;
declare const schema: StandardSchema;
declare function token(): Promise<string>;
declare function log(...values: unknown[]): void;

export async function everyShapeOfInput(): Promise<FetchResult[]> {
  const spec: RequestSpec = { url: 'https://a.example/', tag: Symbol('mine'), method: 'post', json: { a: 1 } };
  const one: RequestInput[] = ['https://a.example/', new URL('https://a.example/'), new Request('https://a.example/'), spec];
  async function* endless(): AsyncGenerator<RequestInput> {
    for (let page = 1; ; page++) yield { url: `https://a.example/?page=${page}`, tag: page };
  }
  const all: Requests[] = [one, new Set(['https://a.example/']), one.values(), endless(), new ReadableStream<string>().values()];
  const results: FetchResult[] = [];
  for (const requests of all) results.push(...(await fetchAll(requests)));
  return results;
}

const timeout: TimeoutOptions = { attempt: 5_000, headers: 2_000, idle: Infinity, total: false };

const retry: RetryOptions = {
  limit: 3,
  methods: ['GET', 'POST'],
  statusCodes: [429, 503],
  afterStatusCodes: [429],
  maxRetryAfter: 10_000,
  delay: (attempt) => attempt * 100,
  factor: 1.5,
  backoffLimit: 5_000,
  jitter: (delay) => delay * Math.random(),
  retryOnTimeout: false,
  shouldRetry: async ({ request, attempt, error, response, delay }: RetryContext) => {
    log(request, attempt.toFixed(), error.code, response?.status, delay.toFixed());
    return error instanceof HttpError && error.status === 409 ? true : undefined;
  },
  budget: 0.1,
};

export const request: RequestOptions = {
  method: 'PUT',
  headers: { accept: 'application/json', 'x-from-client': undefined },
  body: () => new Blob(['again and again']),
  json: undefined,
  searchParams: { q: 'text', page: 2, exact: true, none: undefined },
  auth: async ({ refresh }) => ({ bearer: refresh ? await token() : 'cached' }),
  responseType: 'json',
  schema,
  throwHttpErrors: (status) => status >= 500,
  timeout,
  retry,
  hedge: { after: 'p95', budget: 0.05 } satisfies HedgeOptions,
  maxBytes: 1_000_000,
  expectedBytes: 10,
  priority: 'high',
  signal,
  cache: 'no-store', credentials: 'include', integrity: '', keepalive: true, mode: 'cors', redirect: 'follow',
  referrer: 'about:client', referrerPolicy: 'origin',
};

export const shorthands: RequestOptions[] = [
  { timeout: 100, retry: 5, hedge: false, priority: -3, signal: null, body: null },
  { timeout: false, retry: false, throwHttpErrors: false, searchParams: new URLSearchParams('a=1') },
  { headers: new Headers({ a: 'b' }), body: new Uint8Array(4), searchParams: '?a=1', auth: { bearer: 'x' } },
  { headers: [['a', 'b']], body: async () => new FormData(), auth: { username: 'ada', password: 'x' } satisfies Auth },
  { retry: { delay: 100, jitter: 'decorrelated', budget: false }, timeout: { attempt: false } },
];

const hooks: Hooks = {
  beforeRequest: [({ request, attempt }) => log(request.url, attempt), () => new Response('made up'), async ({ request }) => new Request(request)],
  afterResponse: [({ request, response, attempt }) => log(request.method, response.status, attempt), async ({ response }) => response,
    async ({ client, response }) => { if (client) log(await client.get(response.url), client.inFlight); }],
  beforeRetry: [async ({ delay }) => log(delay)],
  onResult: [(result) => log(result.index)],
};

const breaker: CircuitBreakerOptions = { failureRate: 0.5, minimumAttempts: 20, window: 30_000, cooldown: 5_000, probes: 1 };

const { responseType, ...ofAllButType } = request;

export const batch: BatchOptions = {
  ...ofAllButType,
  responseType: 'json',
  concurrency: { min: 1, max: 100 },
  concurrencyPerHost: 6,
  rateLimit: { limit: 20, interval: 1_000, per: 'host' },
  circuitBreaker: breaker,
  deadline: new Date(Date.now() + 60_000),
  stopOnError: true,
  dedupe: true,
  maxFetches: 50,
  onProgress: ({ started, total, succeeded, failed, inFlight, queued, retries, bytes, rate, eta }: Progress) => {
    log(started / (total ?? 1), succeeded + failed, inFlight + queued, retries, bytes, rate, eta?.toFixed());
  },
  progressInterval: 250,
  hooks,
  baseUrl: new URL('https://a.example/v1/'),
  fetch: (input, init) => fetch(input, init),
};

export async function inputOrder(): Promise<User[]> {
  const results = await fetchAll<User>(['users/1', 'users/2'], { baseUrl: 'https://a.example/', concurrency: 2, deadline: 5_000 });
  return results.flatMap((result) => (result.ok ? [result.data] : []));
}

export async function asCompleted(urls: AsyncIterable<string>, options: EachOptions = { ordered: true, highWaterMark: 10 }): Promise<void> {
  const results: AsyncIterableIterator<FetchResult<User>> = fetchEach<User>(urls, options);
  for await (const result of results) {
    const { index, request, attempts, timings } = result;
    log(index, request.input, request.url, request.method, request.tag, timings.queued + timings.waited + timings.total);
    attempts.forEach(logAttempt);
    if (result.ok) succeeded(result);
    else failed(result);
  }
  await results.return?.();
}

function succeeded({ data, status, statusText, headers, url, redirected, response, bytes, error }: FetchSuccess<User>): void {
  const nothing: undefined = error;
  log(data.name, status.toFixed(), statusText.length, headers.get('etag'), url.length, redirected === true, response?.bodyUsed, bytes?.toFixed(), nothing);
}

function failed({ error, status, headers, url, data }: FetchFailure): ErrorCode {
  const nothing: undefined = data;
  log(status?.toFixed(), headers?.get('date'), url?.length, nothing);
  return error.code;
}

function logAttempt({ startedAt, duration, outcome, status, code, delay, delayedBy, hedge }: Attempt): void {
  const words: Record<Attempt['outcome'], string> = { success: '', http: '', network: '', timeout: '', aborted: '', body: '' };
  const who: Record<NonNullable<Attempt['delayedBy']>, string> = { backoff: '', 'retry-after': '', 'rate-limit-headers': '', cooldown: '' };
  log(startedAt + duration, words[outcome], status, code, delay, delayedBy && who[delayedBy], hedge);
}

export function describe(error: unknown): string {
  if (error instanceof OptionError) return `${error.code satisfies 'OPTION'} ${error.option} ${(error satisfies TypeError).message}`;
  if (!isFanFetchError(error)) return String(error);
  const one: AnyFanFetchError = error;
  const base: FanFetchError = one;
  log(base.retryable, base.url, base.method, base.attempts.toFixed(), base.cause, base.toJSON()['code'], base.stack);
  if (error instanceof HttpError) return `${error.code satisfies 'HTTP'} ${error.status} ${error.headers.get('date')} ${error.data} ${error.retryAfter}`;
  if (error instanceof TimeoutError) return `${error.code satisfies 'TIMEOUT'} ${error.phase satisfies 'queue' | 'deadline' | 'total' | keyof TimeoutOptions} ${error.limit}`;
  if (error instanceof BodyError) return `${error.code satisfies `BODY_${string}`} ${error.status} ${error.issues?.length}`;
  if (error instanceof CircuitOpenError) return `${error.code satisfies 'CIRCUIT_OPEN'} ${error.host} ${error.retryAfter.toFixed()}`;
  if (error instanceof NetworkError) return `${error.code satisfies 'NETWORK'} ${reasons[error.reason]}`;
  if (error instanceof AbortedError) return error.code satisfies 'ABORTED';
  if (error instanceof BudgetError) return error.code satisfies 'BUDGET_EXHAUSTED';
  if (error instanceof InputError) return error.code satisfies 'INPUT';
  if (error instanceof HookError) return error.code satisfies 'HOOK';
  return error.code;
}

/** The code alone tells errors apart; the last case knows that none is left. */
export function byCode(result: FetchResult): string {
  if (result.ok) return '';
  if (result.error.code === 'HTTP') log(result.error.status.toFixed(), result.error.headers.get('date'));
  const { error } = result;
  switch (error.code) {
    case 'HTTP': return `${error.status} ${error.retryAfter?.toFixed()}`;
    case 'NETWORK': return error.reason;
    case 'TIMEOUT': return `${error.phase} ${error.limit.toFixed()}`;
    case 'BODY_TRUNCATED': case 'BODY_TOO_LARGE': case 'BODY_LENGTH': case 'BODY_CHANGED': case 'BODY_PARSE': return error.status.toFixed();
    case 'BODY_SCHEMA': return `${error.issues?.length}`;
    case 'CIRCUIT_OPEN': return `${error.host} ${error.retryAfter.toFixed()}`;
    case 'ABORTED': case 'BUDGET_EXHAUSTED': case 'INPUT': case 'HOOK': return error.url;
    case 'CLOSED': case 'INTERNAL': return (error satisfies FanFetchError).message;
    default: return error satisfies never;
  }
}

export async function caught(api: Client): Promise<number> {
  try {
    return (await api.get('users/1')).status;
  } catch (error) {
    return isFanFetchError(error) && error.code === 'HTTP' ? error.status : 0;
  }
}

export const reasons: Record<NetworkError['reason'], string> = {
  refused: '', unresolved: '', reset: '', unreachable: '', tls: '', redirects: '', blocked: '', protocol: '', unknown: '',
};

/** Each word once: a code or a type that is missing or new makes this fail to compile. */
export const codes: Record<ErrorCode, string> = {
  HTTP: '', NETWORK: '', TIMEOUT: '', ABORTED: '', BODY_TRUNCATED: '', BODY_TOO_LARGE: '', BODY_LENGTH: '', BODY_CHANGED: '',
  BODY_PARSE: '', BODY_SCHEMA: '', CIRCUIT_OPEN: '', BUDGET_EXHAUSTED: '', INPUT: '', HOOK: '', CLOSED: '', INTERNAL: '',
};
export const responseTypes: Record<ResponseType, string> = {
  auto: '', json: '', text: '', bytes: '', arrayBuffer: '', blob: '', formData: '', stream: '', response: '', none: '',
};

declare const urls: string[];
declare const some: ResponseType;
declare const users: StandardSchema<User[]>;
declare const api: Client;
/** Compiles where the two are one type, and neither of them is `any`. */
declare function exactly<Expected>(): <Actual>(actual: Actual, ...proof: Same<Expected, Actual> extends true ? [] : [never]) => void;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
type Data<Result> = Result extends { ok: true; data: infer Held } ? Held : never;
type One<Results> = Results extends Promise<(infer Result)[]> | AsyncIterable<infer Result> ? Data<Result> : never;
declare function data<Results>(results: Results): One<Results>;

/** The data by `responseType`, in every call that has it. */
export async function dataByType(): Promise<void> {
  exactly<unknown>()(data(fetchAll(urls)));
  exactly<unknown>()(data(fetchAll(urls, {})));
  exactly<unknown>()(data(fetchAll(urls, { concurrency: 5 })));
  exactly<unknown>()(data(fetchAll(urls, { responseType: 'auto' })));
  exactly<unknown>()(data(fetchAll(urls, { responseType: 'json', timeout: 100 })));
  exactly<string>()(data(fetchAll(urls, { responseType: 'text' })));
  exactly<Uint8Array>()(data(fetchAll(urls, { responseType: 'bytes' })));
  exactly<ArrayBuffer>()(data(fetchAll(urls, { responseType: 'arrayBuffer' })));
  exactly<Blob>()(data(fetchAll(urls, { responseType: 'blob' })));
  exactly<FormData>()(data(fetchAll(urls, { responseType: 'formData' })));
  exactly<undefined>()(data(fetchAll(urls, { responseType: 'none' })));
  exactly<string | undefined>()(data(fetchAll(urls, { responseType: some === 'text' ? 'text' : 'none' })));
  exactly<unknown>()(data(fetchEach(urls, { ordered: true })));
  exactly<string>()(data(fetchEach(urls, { responseType: 'text', highWaterMark: 2 })));
  exactly<ReadableStream<Uint8Array>>()(data(fetchEach(urls, { responseType: 'stream' })));
  exactly<Response>()(data(fetchEach(urls, { responseType: 'response' })));
  exactly<undefined>()(data(fetchEach(urls, { responseType: 'none' })));
  // A variable that may say any of them: whatever one of them gives.
  exactly<DataByType[ResponseType]>()(data(fetchEach(urls, { responseType: some })));
  exactly<Uint8Array>()(data(api.fetchAll(urls, { responseType: 'bytes' })));
  exactly<Response>()(data(api.fetchEach(urls, { responseType: 'response' })));

  exactly<unknown>()((await api.fetch(urls[0] ?? '')).data);
  exactly<unknown>()((await api.get('users/1', { timeout: 10 })).data);
  exactly<string>()((await api.fetch({ url: 'users/1' }, { responseType: 'text' })).data);
  exactly<Response>()((await api.fetch('users/1', { responseType: 'response' })).data);
  exactly<ReadableStream<Uint8Array>>()((await api.get('users/1', { responseType: 'stream' })).data);
  exactly<Blob>()((await api.post('users', { responseType: 'blob', json: {} })).data);
  exactly<ArrayBuffer>()((await api.put('users', { responseType: 'arrayBuffer' })).data);
  exactly<FormData>()((await api.patch('users', { responseType: 'formData' })).data);
  exactly<undefined>()((await api.delete('users', { responseType: 'none' })).data);
  exactly<DataByType[ResponseType]>()((await api.get('users/1', { responseType: some })).data);
  const call: Call<RequestInput> = api.fetch;
  exactly<Uint8Array>()((await call(new Request('https://a.example/'), { responseType: 'bytes' })).data);
}

/** A schema wins over the type of the response, and one's own word stands where neither is given. */
export async function dataBySchema(): Promise<void> {
  exactly<User[]>()(data(fetchAll(urls, { schema: users })));
  exactly<User[]>()(data(fetchAll(urls, { schema: users, responseType: 'text' })));
  exactly<unknown>()(data(fetchAll(urls, { schema })));
  exactly<User[]>()(data(fetchEach(urls, { schema: users, ordered: true })));
  exactly<User[]>()(data(api.fetchAll(urls, { schema: users, stopOnError: true })));
  exactly<User[]>()(data(api.fetchEach(urls, { schema: users })));
  exactly<User[]>()((await api.fetch('users', { schema: users })).data);
  exactly<User[]>()((await api.get('users', { schema: users, responseType: 'json' })).data);
  exactly<User[]>()((await api.post('users', { schema: users })).data);
  exactly<User[]>()((await api.put('users', { schema: users })).data);
  exactly<User[]>()((await api.patch('users', { schema: users })).data);
  exactly<User[]>()((await api.delete('users', { schema: users })).data);
  exactly<User>()(data(fetchAll<User>(urls)));
  exactly<User>()(data(fetchAll<User>(urls, { responseType: 'json', schema })));
  exactly<User>()(data(fetchEach<User>(urls, { responseType: some })));
  exactly<User>()((await api.get<User>('users/1', { responseType: 'json' })).data);
  const output: OutputOf<typeof users> = [{ id: 1, name: 'Ada' }];
  const known: DataByType['text'] = 'text';
  log(output[0]?.name, known.length);
}

/** Options that are put together elsewhere. */
export async function optionsInVariables(): Promise<void> {
  const whole: BatchOptions = { responseType: 'text', concurrency: 2 };
  exactly<unknown>()(data(fetchAll(urls, whole)));
  // They might hold a schema, whose output would be the data.
  exactly<unknown>()(data(fetchAll(urls, { ...whole, responseType: 'text' })));
  const each: EachOptions = { responseType: 'stream' };
  exactly<unknown>()(data(fetchEach(urls, each)));
  const ofClient: ClientOptions = { responseType: 'response', baseUrl: 'https://a.example/' };
  const made = createClient(ofClient).extend({ responseType: 'stream' });
  exactly<unknown>()((await made.get('users/1')).data);
  exactly<string>()(data(made.fetchAll(urls, { responseType: 'text' })));
  const one: RequestOptions = { responseType: some };
  exactly<unknown>()((await made.fetch('users/1', one)).data);
  const spec: RequestSpec = { url: 'users/1', responseType: 'stream' };
  exactly<unknown>()(data(fetchEach([spec])));
}

export async function client(options: ClientOptions & { snapshot?: Snapshot } = { concurrency: 'auto', circuitBreaker: true }): Promise<number> {
  using api: Client = createClient(options);
  const user: FetchSuccess<User> = await api.fetch<User>({ url: 'users/1', tag: 1 }, { timeout: 500 });
  const { data } = await api.get<User>('users/2');
  const head: undefined = (await api.head(new URL('https://a.example/'))).data;
  const changed = await Promise.all([api.post<User>('users', { json: data }), api.put<User>('users/1'), api.patch<User>('users/1'), api.delete<User>('users/1')]);
  const all: FetchResult<User>[] = await api.fetchAll<User>(['users/3'], { stopOnError: false });
  for await (const { ok } of api.fetchEach(['users/4'], { ordered: false })) if (ok) break;
  log(user.data.id, head, changed.length, all.length);

  const sibling: Client = api.extend({ headers: { 'x-tenant': '1' } });
  api.concurrency = 4;
  api.pause();
  const limit: number | 'auto' = sibling.concurrency;
  const left: number = api.cancelQueued() + api.inFlight + api.queued + (limit === 'auto' ? 0 : limit);
  api.resume();
  await api.onIdle();
  logStats(sibling.stats());
  sibling.close();
  sibling[Symbol.dispose]();
  return left + createClient({ snapshot: api.snapshot() }).snapshot().version;
}

function logStats({ started, succeeded, failed, retries, hedges, deduplicated, inFlight, queued, bytes, hosts }: Stats): void {
  log(started, succeeded, failed, retries, hedges, deduplicated, inFlight, queued, bytes);
  for (const [host, of] of Object.entries(hosts)) logHost(host, of);
}

function logHost(host: string, of: HostStats): void {
  const breakers: Record<HostStats['breaker'], string> = { closed: '', open: '', 'half-open': '' };
  const { p50, p95, p99 } = of.latency;
  log(host, of.inFlight, of.queued, of.succeeded, of.failed, of.retries, of.failureRate, breakers[of.breaker], of.cooldown, of.concurrency, p50, p95, p99);
}

export async function stream(api: Client): Promise<Uint8Array> {
  const options: StreamOptions = { chunkSize: 65_536, resume: true, onProgress: ({ loaded, total, rate }) => log(loaded / (total ?? 1), rate) };
  const streamed: StreamedResponse = await api.stream('https://a.example/file', options);
  for await (const line of streamed.ndjson<User>()) log(line.name);
  for await (const { event, data, id, retry } of streamed.events()) log(event.length, data.length, id?.length, retry?.toFixed());
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamed) chunks.push(chunk);
  await streamed.body.cancel();
  await streamed.cancel('enough');
  log(streamed.status, streamed.headers, streamed.url);
  return chunks[0] ?? new Uint8Array();
}

export async function dropIn(): Promise<number> {
  const own = createFetch({ concurrency: 10, retry: 0 });
  const same: typeof fetch = own;
  const response: Response = await same(new URL('https://a.example/'), { method: 'POST', body: 'x', signal });
  return response.status + own.client.inFlight;
}

export const zodLike: StandardSchema<number> = { '~standard': { version: 1, vendor: 'mine', validate: (value: unknown) => ({ value }) } };
