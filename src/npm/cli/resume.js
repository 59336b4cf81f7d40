/** `--resume FILE`: what an earlier run over the same list has fetched is not fetched again; what failed is, unless it is kept. */

import { closeSync, createReadStream, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { lines } from './inputs.js';
import { UsageError } from './options.js';
import { shownUrl } from './record.js';

/**
 * Reads the results of an earlier run. A file that is not there yet is an empty one, so that the first run and the
 * later ones are the same command: `fanfetch --from urls.txt --resume results.ndjson >> results.ndjson`.
 * @param {string} file
 * @param {{ baseUrl?: string, keepFailures?: boolean }} options
 * @returns {Promise<{ finished: number, failed: number, has: (index: number, spec: { url: unknown }) => boolean }>} `finished`: how
 *   many results are kept; `failed`: how many failures were kept so far
 */
export async function readFinished(file, { baseUrl, keepFailures = false }) {
  // The last result of an index counts: a later run has tried it again.
  const records = new Map();
  try {
    for await (const line of lines(createReadStream(file))) {
      const record = parse(line);
      if (Number.isInteger(record?.index)) records.set(record.index, { url: record.url, failed: record.ok === false });
    }
    if (isStandardOutput(file)) mendLastLine(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw new UsageError(`cannot read the results in ${file}: ${error.code ?? error.message}`);
  }
  if (!keepFailures) for (const [index, { failed }] of records) if (failed) records.delete(index);
  return {
    finished: records.size,
    failed: 0,
    has(index, spec) {
      const record = records.get(index);
      // The place in the list alone would skip the wrong requests once the list has been edited.
      if (record === undefined || !sameAddress(record.url, spec, baseUrl)) return false;
      if (record.failed) this.failed += 1;
      return true;
    },
  };
}

/** Whether a result's URL is that of a request, whose fragment, user info and added query the result shows otherwise. */
function sameAddress(fetched, { url, searchParams }, baseUrl) {
  const [a, b] = [resolve(fetched), resolve(url, baseUrl)];
  if (!a || !b) return fetched === shownUrl(url);
  return a.origin === b.origin && a.pathname === b.pathname && (searchParams !== undefined || a.search === b.search);
}

function resolve(url, baseUrl) {
  return URL.canParse(url, baseUrl) ? new URL(url, baseUrl) : undefined;
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isStandardOutput(file) {
  const [a, b] = [statSync(file), fstatSync(process.stdout.fd)];
  return a.isFile() && a.dev === b.dev && a.ino === b.ino;
}

/** A run that was killed may leave half a line, to which the next result would be glued: it goes, its request is fetched anew. */
function mendLastLine(file) {
  const handle = openSync(file, 'r+');
  try {
    const { size } = fstatSync(handle);
    const start = lastLineStart(handle, size);
    if (start === size) return;
    const line = Buffer.alloc(size - start);
    readSync(handle, line, 0, line.length, start);
    if (parse(line.toString()) === undefined) ftruncateSync(handle, start);
    else writeSync(handle, '\n', size);
  } finally {
    closeSync(handle);
  }
}

function lastLineStart(handle, size) {
  const block = Buffer.alloc(65_536);
  for (let end = size; end > 0; end -= block.length) {
    const start = Math.max(0, end - block.length);
    const read = readSync(handle, block, 0, end - start, start);
    const newline = block.subarray(0, read).lastIndexOf(0x0a);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}
