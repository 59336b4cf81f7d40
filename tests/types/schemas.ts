/**
 * Schemas of the libraries that users have, and options that are `undefined`, as most programs may write them. It compiles
 * against the public contract and against the declarations that ship, without `exactOptionalPropertyTypes`.
 */
import { createClient, fetchAll, fetchEach } from 'fanfetch';
import type { FetchResult, OutputOf, StandardSchema } from 'fanfetch';
import * as v from 'valibot';
import { z } from 'zod';

const zodUser = z.object({ id: z.number(), joined: z.string().transform((text) => new Date(text)), nick: z.string().optional() });
const valibotUser = v.object({ id: v.number(), joined: v.pipe(v.string(), v.transform((text) => new Date(text))) });
declare const urls: string[];

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
declare function same<A, B>(proof: Same<A, B>): void;

same<OutputOf<typeof zodUser>, z.output<typeof zodUser>>(true);
same<OutputOf<typeof valibotUser>, v.InferOutput<typeof valibotUser>>(true);
same<OutputOf<StandardSchema>, unknown>(true);
const list = z.array(zodUser);
same<OutputOf<typeof list>, z.output<typeof zodUser>[]>(true);

export async function dates(): Promise<number[]> {
  const results = await fetchAll(urls, { schema: zodUser, concurrency: 4 });
  const times = results.flatMap((result) => (result.ok ? [result.data.joined.getTime(), result.data.nick?.length ?? 0] : []));
  for await (const result of fetchEach(urls, { schema: valibotUser, ordered: true })) {
    if (result.ok) times.push(result.data.joined.getTime());
  }
  using api = createClient({ baseUrl: 'https://a.example/', schema: undefined, responseType: undefined });
  const { data } = await api.get('users/1', { schema: zodUser });
  const users = await api.fetchAll(urls, { schema: list, responseType: 'json' });
  const sum = users.reduce((count, user) => count + (user.ok ? user.data.length : 0), 0);
  return [...times, data.joined.getTime(), sum];
}

/** A schema that is not given is none. */
export async function undefinedOptions(): Promise<string[]> {
  const texts: FetchResult<string>[] = await fetchAll(urls, { responseType: 'text', schema: undefined });
  const none: AsyncIterable<FetchResult<undefined>> = fetchEach(urls, { responseType: 'none', schema: undefined, signal: undefined });
  for await (const { data } of none) same<typeof data, undefined>(true);
  using api = createClient(undefined);
  const form: FormData = (await api.patch('users', { responseType: 'formData', schema: undefined })).data;
  const nothing: FetchResult[] = await fetchAll(urls, { schema: undefined, responseType: undefined });
  return [...texts.map(({ data }) => data ?? ''), String(form.get('a')), String(nothing.length)];
}

// @ts-expect-error The output is a Date, not the text that came.
export const text: Promise<FetchResult<{ joined: string }>[]> = fetchAll(urls, { schema: zodUser });
