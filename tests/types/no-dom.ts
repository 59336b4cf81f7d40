/** A server's world: no DOM library, and a `RequestInit` with members that browsers do not know. */
import { fetchAll } from 'fanfetch';
import type { BatchOptions, RequestOptions } from 'fanfetch';

declare global {
  interface AbortSignal { readonly aborted: boolean }
  interface Blob { readonly size: number }
  interface FormData { has(name: string): boolean }
  interface Headers { get(name: string): string | null }
  interface ReadableStream<R = unknown> { getReader(): { read(): Promise<{ done: boolean; value?: R }> } }
  interface Request { readonly url: string }
  interface Response { readonly status: number; readonly headers: Headers }
  interface URL { readonly href: string }
  interface URLSearchParams { has(name: string): boolean }
  interface RequestInit {
    method?: string;
    body?: string | Uint8Array | URLSearchParams | null;
    headers?: Headers | Record<string, string>;
    signal?: AbortSignal | null;
    redirect?: 'follow' | 'manual';
    dispatcher?: { dispatch(): boolean };
  }
  function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

export const options: BatchOptions = { dispatcher: { dispatch: () => true }, redirect: 'manual', body: () => 'text', headers: { a: 'b', c: undefined } };
// @ts-expect-error This runtime's fetch takes no Blob.
export const other: RequestOptions = { body: {} as Blob };

export const statuses: Promise<number[]> = fetchAll(['https://a.example/'], options).then((results) =>
  results.map((result) => (result.ok ? result.response?.status ?? result.status : (result.status ?? 0))));
