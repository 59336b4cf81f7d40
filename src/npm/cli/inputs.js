/** Where the requests come from: arguments, files and standard input, one at a time, read no faster than they are fetched. */

import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { UsageError } from './options.js';
import { withScheme } from './scheme.js';

/** Beyond this a list is not read through once more only to show a percentage. */
const COUNTED_BYTES = 64e6;

/** Bodies that a line of JSON can hold; of any other the command takes the bytes. */
const PRINTABLE = new Set(['auto', 'json', 'text', 'bytes', 'arrayBuffer', 'none']);

/**
 * Opens every source, so that a list that is not there is told before anything is fetched.
 * @param {{ urls: string[], settings: Record<string, any> }} command
 * @param {{ stdin: NodeJS.ReadStream, skip?: (index: number, spec: object) => boolean }} context
 *   `skip`: which requests are done already
 */
export async function openInputs({ urls, settings, options }, { stdin, skip = () => false }) {
  const sources = await Promise.all([...urls.map((url) => (url === '-' ? stdin : url)), ...(settings.from ?? []).map((file) => openList(file, stdin))]);
  if (sources.length === 0) {
    if (stdin.isTTY) throw new UsageError('nothing to fetch: give URLs, --from FILE, or a list on standard input');
    sources.push(stdin);
  }
  let closed = false;
  return {
    requests: requests(sources, skip, () => closed, options.baseUrl === undefined ? withScheme : (url) => url),
    count: () => countAll(sources),
    /** Ends a read that waits for more, which may otherwise be for ever. */
    close() {
      closed = true;
      for (const source of sources) if (typeof source !== 'string') source.destroy();
    },
  };
}

/**
 * The place of a result's request among all, the tag that its line gave it, and the line itself where it came from a list.
 * @param {import('fanfetch').FetchResult} result
 * @returns {{ index: number, tag?: unknown, line?: { number: number, list: string, text: string, isBroken: boolean } }}
 */
export function originOf(result) {
  // The input comes back with every result, even with that of a line that was no request.
  return result.request.input.tag;
}

async function* requests(sources, skip, closed, complete) {
  let index = 0;
  try {
    for (const source of sources) {
      for await (const { text, number } of entries(source)) {
        const { spec, isBroken } = toSpec(text, complete);
        const position = index++;
        const line = number && { number, list: source.list ?? 'standard input', text, isBroken };
        if (!skip(position, spec)) yield { ...spec, tag: { index: position, tag: spec.tag, line } };
      }
    }
  } catch (error) {
    // Destroying a stream that is being read ends the read with an error, which here is only the end.
    if (!closed()) throw error;
  }
}

/** A line that is a JSON object is a request with options of its own; anything else is taken for a URL, and judged by the library. */
function toSpec(text, complete) {
  if (!text.startsWith('{')) return { spec: { url: complete(text) }, isBroken: false };
  try {
    const { ...spec } = JSON.parse(text);
    if (typeof spec.url === 'string') spec.url = complete(spec.url);
    if (!PRINTABLE.has(spec.responseType ?? 'auto')) spec.responseType = 'bytes';
    return { spec, isBroken: false };
  } catch {
    return { spec: { url: text }, isBroken: true };
  }
}

async function openList(file, stdin) {
  if (file === '-') return stdin;
  try {
    if (statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    const handle = await open(file);
    return Object.assign(handle.createReadStream(), { list: file });
  } catch (error) {
    throw new UsageError(`cannot read the list ${file}: ${REASONS[error.code] ?? error.code ?? error.message}`);
  }
}

const REASONS = { ENOENT: 'there is no such file', EISDIR: 'it is a directory', EACCES: 'permission denied' };

/** How many requests there are, where that can be known beforehand. */
async function countAll(sources) {
  let total = 0;
  for (const source of sources) {
    if (typeof source === 'string') {
      total += 1;
    } else {
      const stats = source.list && statSync(source.list);
      if (!stats?.isFile() || stats.size > COUNTED_BYTES) return undefined;
      for await (const _ of entries(createReadStream(source.list))) total += 1;
    }
  }
  return total;
}

async function* entries(source) {
  if (typeof source === 'string') {
    yield { text: source };
    return;
  }
  let number = 0;
  for await (const line of lines(source)) {
    number += 1;
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) yield { text, number };
  }
}

/**
 * The lines of a stream of text, whatever their ends; a byte order mark is left out (`trim` takes it).
 * @param {NodeJS.ReadableStream} stream
 */
export async function* lines(stream) {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const parts = chunk.split('\n');
    // A long line is put together from its pieces once, not at each of them.
    parts[0] = rest + parts[0];
    rest = parts.pop();
    yield* parts;
  }
  if (rest !== '') yield rest;
}
