/**
 * The same client, with its work in a dedicated worker: bodies are fetched, decompressed, read and parsed there. The worker
 * is started by the first call and ends when the last open client is closed. Everything is as in `fanfetch`, except that
 *
 * - `fetch` is called in the worker: what a page has put in the place of its own is not called. A `fetch` option is called
 *   where you are, and its bodies are read there.
 * - A body that an `afterResponse` hook has cloned comes to the page, and is parsed there.
 * - A worker that dies fails what it had in hand with code `INTERNAL`; the next request starts another.
 *
 * Where there are no workers (Node, Deno, Bun, edge functions, service workers) this is `fanfetch` itself.
 */
export * from './index.js';
