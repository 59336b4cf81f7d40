/**
 * Each export of the contract beside ours: identical, members, optionality and `readonly` included, so that neither a
 * member that is missing nor one that was added gets by; and so assignable both ways.
 */
import type * as contract from 'contract';
import type * as ours from 'fanfetch';

/** The compiler calls two deferred conditional types related only when what they extend is identical. */
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : [A, 'is not', B];

declare function identical<A, B>(proof: Identical<A, B>): void;
declare function assignable<A, B>(there: (value: A) => B, back: (value: B) => A): void;

identical<contract.AnyFanFetchError, ours.AnyFanFetchError>(true);
identical<contract.Attempt, ours.Attempt>(true);
identical<contract.Auth, ours.Auth>(true);
identical<contract.CircuitBreakerOptions, ours.CircuitBreakerOptions>(true);
identical<contract.DataByType, ours.DataByType>(true);
identical<contract.ErrorCode, ours.ErrorCode>(true);
identical<contract.FetchFailure, ours.FetchFailure>(true);
identical<contract.HedgeOptions, ours.HedgeOptions>(true);
identical<contract.HostStats, ours.HostStats>(true);
identical<contract.OutputOf<contract.StandardSchema<string>>, ours.OutputOf<ours.StandardSchema<string>>>(true);
identical<contract.OutputOf<contract.StandardSchema>, ours.OutputOf<ours.StandardSchema>>(true);
identical<contract.Progress, ours.Progress>(true);
identical<contract.RequestInput, ours.RequestInput>(true);
identical<contract.RequestOptions, ours.RequestOptions>(true);
identical<contract.RequestSpec, ours.RequestSpec>(true);
identical<contract.Requests, ours.Requests>(true);
identical<contract.ResponseType, ours.ResponseType>(true);
identical<contract.RetryContext, ours.RetryContext>(true);
identical<contract.RetryOptions, ours.RetryOptions>(true);
identical<contract.Snapshot, ours.Snapshot>(true);
identical<contract.StandardSchema, ours.StandardSchema>(true);
identical<contract.StandardSchema<string>, ours.StandardSchema<string>>(true);
identical<contract.Stats, ours.Stats>(true);
identical<contract.StreamOptions, ours.StreamOptions>(true);
identical<contract.StreamedResponse, ours.StreamedResponse>(true);
identical<contract.TimeoutOptions, ours.TimeoutOptions>(true);
identical<contract.FetchSuccess<string>, ours.FetchSuccess<string>>(true);
identical<contract.FetchResult<string>, ours.FetchResult<string>>(true);

/**
 * An `infer` of one declaration is never identical to that of another, so neither is what has an `OutputOf` of a schema
 * still to come. Of those the members that have none are identical, and the names of all; the rest is assignable both ways.
 */
type Calls = 'fetch' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'fetchAll' | 'fetchEach' | 'extend';
identical<keyof contract.Client, keyof ours.Client>(true);
identical<Omit<contract.Client, Calls>, Omit<ours.Client, Calls>>(true);
identical<Omit<contract.BatchOptions, 'hooks'>, Omit<ours.BatchOptions, 'hooks'>>(true);
identical<Omit<contract.EachOptions, 'hooks'>, Omit<ours.EachOptions, 'hooks'>>(true);
identical<Omit<contract.ClientOptions, 'hooks'>, Omit<ours.ClientOptions, 'hooks'>>(true);
identical<Omit<contract.Hooks, 'afterResponse'>, Omit<ours.Hooks, 'afterResponse'>>(true);
identical<Omit<Seen<contract.Hooks>, 'client'>, Omit<Seen<ours.Hooks>, 'client'>>(true);
type Seen<H extends { afterResponse?: ((context: never) => unknown)[] }> = Parameters<NonNullable<H['afterResponse']>[number]>[0];
assignable<contract.BatchOptions, ours.BatchOptions>((value) => value, (value) => value);
assignable<contract.EachOptions, ours.EachOptions>((value) => value, (value) => value);
assignable<contract.ClientOptions, ours.ClientOptions>((value) => value, (value) => value);
assignable<contract.Hooks, ours.Hooks>((value) => value, (value) => value);
assignable<Required<Seen<contract.Hooks>>, Required<Seen<ours.Hooks>>>((value) => value, (value) => value);
assignable<contract.Client, ours.Client>((value) => value, (value) => value);
assignable<contract.Call<string | URL>, ours.Call<string | URL>>((value) => value, (value) => value);
assignable<contract.Call<contract.RequestInput>, ours.Call<ours.RequestInput>>((value) => value, (value) => value);

identical<contract.FanFetchError, ours.FanFetchError>(true);
identical<contract.HttpError, ours.HttpError>(true);
identical<contract.NetworkError, ours.NetworkError>(true);
identical<contract.TimeoutError, ours.TimeoutError>(true);
identical<contract.AbortedError, ours.AbortedError>(true);
identical<contract.BodyError, ours.BodyError>(true);
identical<contract.CircuitOpenError, ours.CircuitOpenError>(true);
identical<contract.BudgetError, ours.BudgetError>(true);
identical<contract.InputError, ours.InputError>(true);
identical<contract.HookError, ours.HookError>(true);
identical<contract.OptionError, ours.OptionError>(true);

assignable<typeof contract.FanFetchError, typeof ours.FanFetchError>((value) => value, (value) => value);
assignable<typeof contract.HttpError, typeof ours.HttpError>((value) => value, (value) => value);
assignable<typeof contract.NetworkError, typeof ours.NetworkError>((value) => value, (value) => value);
assignable<typeof contract.TimeoutError, typeof ours.TimeoutError>((value) => value, (value) => value);
assignable<typeof contract.AbortedError, typeof ours.AbortedError>((value) => value, (value) => value);
assignable<typeof contract.BodyError, typeof ours.BodyError>((value) => value, (value) => value);
assignable<typeof contract.CircuitOpenError, typeof ours.CircuitOpenError>((value) => value, (value) => value);
assignable<typeof contract.BudgetError, typeof ours.BudgetError>((value) => value, (value) => value);
assignable<typeof contract.InputError, typeof ours.InputError>((value) => value, (value) => value);
assignable<typeof contract.HookError, typeof ours.HookError>((value) => value, (value) => value);
assignable<typeof contract.OptionError, typeof ours.OptionError>((value) => value, (value) => value);
assignable<typeof contract.fetchAll, typeof ours.fetchAll>((value) => value, (value) => value);
assignable<typeof contract.fetchEach, typeof ours.fetchEach>((value) => value, (value) => value);
assignable<typeof contract.createClient, typeof ours.createClient>((value) => value, (value) => value);
assignable<typeof contract.createFetch, typeof ours.createFetch>((value) => value, (value) => value);
assignable<typeof contract.isFanFetchError, typeof ours.isFanFetchError>((value) => value, (value) => value);

// @ts-expect-error The proof is worth something: an optional member more is a difference.
identical<contract.HedgeOptions, ours.HedgeOptions & { more?: number }>(true);
// @ts-expect-error So is one that is no longer read-only.
identical<{ readonly a: 1 }, { a: 1 }>(true);
