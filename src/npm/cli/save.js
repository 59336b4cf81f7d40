/** `--save DIR`: one file per body, under a name that says where it came from. */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { originOf } from './inputs.js';
import { UsageError } from './options.js';

/** @param {string} directory */
export async function openDirectory(directory) {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(`cannot save into ${directory}: ${error.code ?? error.message}`);
  }
  return {
    /**
     * Writes the body and tells the file's name; `undefined` where there is no body.
     * @returns {Promise<string | undefined>}
     */
    async save(result) {
      if (!result.ok || result.data === undefined) return undefined;
      const path = join(directory, fileName(result));
      // Renamed when complete: a name without `.part` is a whole body, even after a crash.
      await writeFile(`${path}.part`, result.data);
      await rename(`${path}.part`, path);
      return path;
    },
  };
}

/**
 * `000012-api.example-v1-users.json`: the position makes it unique, the rest makes it readable.
 * @param {import('fanfetch').FetchSuccess} result
 */
export function fileName(result) {
  const { host, pathname, search } = new URL(result.request.url);
  const position = String(originOf(result).index).padStart(6, '0');
  const [path] = /^(?:[^]*[^/])?/.exec(pathname);
  const [, stem, suffix = ''] = /^(.*?)(\.[a-z][a-z0-9]{0,7})?$/i.exec(path);
  const words = `${host}${decoded(stem)}${decoded(search)}`.replace(/[^\p{L}\p{N}.]+/gu, '-').replace(/\.{2,}/g, '.');
  const [name] = /^(?:[^]*[^-.])?/.exec(words.slice(0, LONGEST).toWellFormed());
  return `${position}-${name}${suffix || extensionOf(result.headers.get('content-type') ?? '')}`;
}

/** In characters of up to three bytes, within the 255 bytes that file systems grant a name. */
const LONGEST = 64;

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const EXTENSIONS = {
  'application/json': '.json', 'application/xml': '.xml', 'application/pdf': '.pdf', 'application/javascript': '.js', 'application/zip': '.zip',
  'application/gzip': '.gz', 'application/x-ndjson': '.ndjson', 'application/wasm': '.wasm', 'image/jpeg': '.jpg', 'image/svg+xml': '.svg',
  'image/png': '.png', 'image/gif': '.gif', 'image/webp': '.webp', 'image/avif': '.avif', 'text/javascript': '.js', 'text/plain': '.txt',
  'text/html': '.html', 'text/css': '.css', 'text/csv': '.csv', 'text/xml': '.xml', 'text/markdown': '.md', 'video/mp4': '.mp4', 'audio/mpeg': '.mp3',
};

function extensionOf(contentType) {
  const type = contentType.split(';')[0].trim().toLowerCase();
  if (Object.hasOwn(EXTENSIONS, type)) return EXTENSIONS[type];
  return type.endsWith('+json') ? '.json' : type.endsWith('+xml') ? '.xml' : type.startsWith('text/') ? '.txt' : '.bin';
}
