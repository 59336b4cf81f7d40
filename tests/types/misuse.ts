/** What must not compile. Each line says what is wrong with the next; tsc reports those that are accepted after all. */
import { FanFetchError, HttpError, OptionError, TimeoutError, createClient, createFetch, fetchAll, fetchEach, isFanFetchError } from 'fanfetch';
import type {
  AnyFanFetchError, Attempt, BatchOptions, Client, DataByType, EachOptions, FetchResult, FetchSuccess, Hooks, OutputOf, RequestSpec, ResponseType,
  RetryOptions, StandardSchema, Stats, TimeoutOptions,
} from 'fanfetch';

interface User { name: string }
declare const urls: string[];
declare const client: Client;
declare const result: FetchResult<User>;
declare const error: FanFetchError;
declare const any: AnyFanFetchError;
declare const success: FetchSuccess<User>;
declare const one: ResponseType;
declare const users: StandardSchema<User[]>;

// ---- Arguments
// @ts-expect-error No requests at all.
fetchAll();
// @ts-expect-error Inputs are not numbers.
fetchAll([1, 2]);
// @ts-expect-error A promise of a list is no list.
fetchAll(Promise.resolve(urls));
// @ts-expect-error A spec needs its url.
fetchAll([{ tag: 1 }]);
// @ts-expect-error The options are one object, not a number.
fetchAll(urls, 10);
// @ts-expect-error One request is not a list: a client's fetch takes it.
fetchAll(new URL('https://a.example/'));
// @ts-expect-error A lone string is no list: it would be fetched letter by letter.
fetchAll('https://a.example/');
// @ts-expect-error Nor is it one for results as they complete,
fetchEach('https://a.example/');
// @ts-expect-error for a client,
client.fetchAll('https://a.example/');
// @ts-expect-error by either of its calls,
client.fetchEach('https://a.example/');
// @ts-expect-error with a type,
fetchAll('https://a.example/', { responseType: 'text' });
// @ts-expect-error or with a schema.
fetchEach('https://a.example/', { schema: users });
// @ts-expect-error The shortcuts take a URL, not a spec.
client.get({ url: 'https://a.example/' });

// ---- Option names
// @ts-expect-error Misspelt.
fetchAll(urls, { timout: 100 });
// @ts-expect-error Misspelt within a group.
fetchAll(urls, { retry: { limt: 1 } });
// @ts-expect-error Misspelt in a spec.
fetchAll([{ url: 'https://a.example/', respnseType: 'json' }]);
// @ts-expect-error Axios's name.
fetchAll(urls, { params: {} });
// @ts-expect-error Only fetchEach can be told the order.
fetchAll(urls, { ordered: true });
// @ts-expect-error Only a client takes a snapshot.
fetchEach(urls, { snapshot: { version: 1 } });
// @ts-expect-error A batch's option on one request.
client.get('https://a.example/', { concurrency: 1 });
// @ts-expect-error A batch's option in a spec.
fetchAll([{ url: 'https://a.example/', stopOnError: true }]);
// @ts-expect-error Misspelt beside a type,
fetchAll(urls, { responseType: 'text', timout: 100 });
// @ts-expect-error beside a schema,
fetchAll(urls, { schema: users, timout: 100 });
// @ts-expect-error for results as they complete,
fetchEach(urls, { responseType: 'stream', ordred: true });
// @ts-expect-error with a schema,
fetchEach(urls, { schema: users, ordred: true });
// @ts-expect-error in one request of a client,
client.get('https://a.example/', { timout: 100 });
// @ts-expect-error with a type,
client.fetch('https://a.example/', { responseType: 'text', timout: 100 });
// @ts-expect-error with a schema,
client.post('https://a.example/', { schema: users, timout: 100 });
// @ts-expect-error in its list,
client.fetchAll(urls, { responseType: 'text', timout: 100 });
// @ts-expect-error and in its loop.
client.fetchEach(urls, { schema: users, ordred: true });
// @ts-expect-error The type itself, misspelt.
fetchAll(urls, { respnseType: 'text' });
// @ts-expect-error The schema, misspelt.
client.get('https://a.example/', { shema: users });
// @ts-expect-error The type, misspelt in a client.
createClient({ responseTyp: 'stream' });
// @ts-expect-error `window` means nothing here.
fetchAll(urls, { window: null });

// ---- Option values
// @ts-expect-error Durations are numbers.
fetchAll(urls, { timeout: '1s' });
// @ts-expect-error `true` names no duration.
fetchAll(urls, { timeout: { attempt: true } });
// @ts-expect-error A limit is a number.
fetchAll(urls, { concurrency: '10' });
// @ts-expect-error No such word.
fetchAll(urls, { concurrency: 'max' });
// @ts-expect-error `true` is no number of retries.
fetchAll(urls, { retry: true });
// @ts-expect-error A list of methods, not one.
fetchAll(urls, { retry: { methods: 'GET' } });
// @ts-expect-error Statuses are numbers.
fetchAll(urls, { retry: { statusCodes: ['503'] } });
// @ts-expect-error No such jitter.
fetchAll(urls, { retry: { jitter: 'half' } });
// @ts-expect-error A rate needs its interval.
fetchAll(urls, { rateLimit: { limit: 10 } });
// @ts-expect-error Rates count per client or per host.
fetchAll(urls, { rateLimit: { limit: 10, interval: 1000, per: 'path' } });
// @ts-expect-error No such type of response.
fetchAll(urls, { responseType: 'xml' });
// @ts-expect-error A stream holds its slot until it is read: it is fetchEach's.
fetchAll(urls, { responseType: 'stream' });
// @ts-expect-error So is a response.
fetchAll(urls, { responseType: 'response' });
// @ts-expect-error A client's list is no other.
client.fetchAll(urls, { responseType: 'stream' });
// @ts-expect-error Nor is it with a schema.
client.fetchAll(urls, { responseType: 'response', schema: users });
// @ts-expect-error A variable that may say `stream`.
fetchAll(urls, { responseType: one });
// @ts-expect-error Options that may say it.
fetchAll(urls, {} as EachOptions & { responseType: 'stream' });
// @ts-expect-error Options of a list cannot.
export const ofList: BatchOptions = { responseType: 'stream' };
// @ts-expect-error No such type for a loop,
fetchEach(urls, { responseType: 'xml' });
// @ts-expect-error or for one request.
client.get('https://a.example/', { responseType: 'xml' });
// @ts-expect-error A name without its password.
fetchAll(urls, { auth: { username: 'ada' } });
// @ts-expect-error An auth function gives credentials, not a header.
fetchAll(urls, { auth: () => 'Bearer x' });
// @ts-expect-error Header values are strings.
fetchAll(urls, { headers: { 'x-page': 1 } });
// @ts-expect-error A query holds no lists.
fetchAll(urls, { searchParams: { ids: [1, 2] } });
// @ts-expect-error Objects go into `json`.
fetchAll(urls, { body: { a: 1 } });
// @ts-expect-error A signal, not its controller.
fetchAll(urls, { signal: new AbortController() });
// @ts-expect-error A validator is more than a function.
fetchAll(urls, { schema: (value: unknown) => value });
// @ts-expect-error Nor is it for one request.
client.get('https://a.example/', { schema: (value: unknown) => value });
// @ts-expect-error The output of what is no schema.
export type NoOutput = OutputOf<User>;
// @ts-expect-error A budget is a share.
fetchAll(urls, { retry: { budget: '10%' } });
// @ts-expect-error Hooks come in lists.
fetchAll(urls, { hooks: { onResult: () => undefined } });
// @ts-expect-error A hook has to look whether there is a client.
export const nested: Hooks = { afterResponse: [({ client: own }) => { own.close(); }] };
// @ts-expect-error A hook gives a Response, not its text.
export const hooks: Hooks = { afterResponse: [() => 'text'] };
// @ts-expect-error Hedging is off or described.
fetchAll(urls, { hedge: true });
// @ts-expect-error `null` is not `undefined`.
export const each: EachOptions = { highWaterMark: null };
// @ts-expect-error A deadline is no text.
createClient({ deadline: '2030-01-01' });

// ---- Results
// @ts-expect-error Not before `ok` was looked at.
result.data.name;
// @ts-expect-error There is a status only when there was a response.
result.status.toFixed();
// @ts-expect-error There is no error before `ok` was looked at.
result.error.code;
// @ts-expect-error Neither in a success.
if (result.ok) result.error.code;
// @ts-expect-error Nor data in a failure.
if (!result.ok) result.data.name;
// @ts-expect-error Results hold what was promised, not whatever one likes.
export const wrong: Promise<FetchResult<number>[]> = fetchAll<User>(urls);
// @ts-expect-error Without a type argument the data is unknown.
fetchAll(urls).then(([first]) => first?.ok && first.data.name);
// @ts-expect-error The data is text by its type, not what one likes,
export const numbers: Promise<FetchResult<number>[]> = fetchAll(urls, { responseType: 'text' });
// @ts-expect-error not in a loop,
for await (const { data } of fetchEach(urls, { responseType: 'bytes' })) data?.toFixed();
// @ts-expect-error and not in one request.
client.get('https://a.example/', { responseType: 'blob' }).then(({ data }) => data.json());
// @ts-expect-error It is unknown as JSON.
client.get('https://a.example/', { responseType: 'json' }).then(({ data }) => data.name);
// @ts-expect-error It is nothing where no body is read.
client.post('https://a.example/', { responseType: 'none' }).then(({ data }) => data.name);
// @ts-expect-error The schema says another.
fetchAll(urls, { schema: users }).then(([first]) => first?.ok && first.data.name);
// @ts-expect-error It wins over the type of the response.
client.put('https://a.example/', { schema: users, responseType: 'text' }).then(({ data }) => data.trim());
// @ts-expect-error A type that may be any is not text.
client.patch('https://a.example/', { responseType: one }).then(({ data }) => data.length);
// @ts-expect-error No data of such a type.
export type Xml = DataByType['xml'];
// @ts-expect-error A response whose body was read is not kept.
success.response.status;
// @ts-expect-error The text of a status is text.
success.statusText.toFixed();
// @ts-expect-error A failure was not redirected to anything.
if (!result.ok) result.redirected;
// @ts-expect-error There may be fewer results than one thinks.
fetchAll(urls).then((results) => results[0].index);
// @ts-expect-error A HEAD has no data.
client.head('https://a.example/').then(({ data }) => data.name);
// @ts-expect-error An iterator is not a list.
fetchEach(urls).map(String);
// @ts-expect-error Nor a promise of one.
fetchEach(urls).then(String);
// @ts-expect-error The input is not to be replaced.
result.request.input = 'https://b.example/';

// ---- Errors
// @ts-expect-error Only an HttpError has a status.
error.status;
// @ts-expect-error Nor has it one in the union before its code was looked at.
any.status;
// @ts-expect-error A code narrows to its own class,
if (any.code === 'TIMEOUT') any.headers;
// @ts-expect-error in a result as well,
if (!result.ok && result.error.code === 'NETWORK') result.error.phase;
// @ts-expect-error and a code that is shared does to none.
if (any.code === 'INTERNAL') any.reason;
// @ts-expect-error No such code in the union.
export const other: boolean = any.code === 'ECONNRESET';
// @ts-expect-error A reason is no code of the host's.
export const reason: boolean = any.code === 'NETWORK' && any.reason === 'ECONNREFUSED';
// @ts-expect-error Errors are read, not written.
error.code = 'HTTP';
// @ts-expect-error No such code.
export const never: boolean = error.code === 'ENOTFOUND';
// @ts-expect-error An unknown value has no code before the guard.
export const code = (value: unknown) => value.code;
export const guarded = (value: unknown) => isFanFetchError(value) && value.code;
// @ts-expect-error An OptionError is none of the request's errors.
export const request: FanFetchError = new OptionError();
export function phase(caught: FanFetchError): string {
  // @ts-expect-error Only a TimeoutError has a phase.
  if (caught instanceof HttpError) return caught.phase;
  return caught instanceof TimeoutError ? caught.phase : '';
}

// ---- Client
// @ts-expect-error Read only.
client.inFlight = 0;
// @ts-expect-error No such mode.
client.concurrency = 'fast';
// @ts-expect-error It needs something to extend by.
client.extend();
// @ts-expect-error Not a method of a client.
client.options('https://a.example/');
// @ts-expect-error A fetch has no results.
createFetch()('https://a.example/').then(({ data }) => data);
// @ts-expect-error The client of a fetch is fixed.
createFetch().client = client;
// @ts-expect-error Stats are counts by host, not a list.
export const hosts: unknown[] = ({} as Stats).hosts;

// ---- Shapes
// @ts-expect-error No other outcome.
export const outcome: Attempt['outcome'] = 'retry';
// @ts-expect-error No limit of this name.
export const limits: TimeoutOptions = { connect: 100 };
// @ts-expect-error The delay is a number or a function of one.
export const delays: RetryOptions = { delay: [100, 200] };
// @ts-expect-error A URL is a string or a URL.
export const spec: RequestSpec = { url: { href: 'https://a.example/' } };
