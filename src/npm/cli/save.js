/** `--save DIR`: one file per body, under a name that says where it came from. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
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
     * Writes the body and tells the file's name, or why it has none; `undefined` where there is no body.
     * @returns {Promise<{ file: string } | { refused: string } | undefined>}
     */
    async save(result) {
      if (!result.ok || result.data === undefined) return undefined;
      const file = join(directory, fileName(result));
      if (await isLink(file)) return { refused: `${file} is a symbolic link, which --save does not follow` };
      await write(file, result.data);
      return { file };
    },
  };
}

async function isLink(path) {
  const stats = await lstat(path).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return stats?.isSymbolicLink() ?? false;
}

/**
 * Renamed when complete: a name without `.part` is a whole body, even after a crash. Neither step follows a link, also one
 * that somebody has put there in between: the file is a new one of a name that nobody knows, and a rename takes a link's place.
 */
async function write(path, data) {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o666);
  try {
    await handle.writeFile(data).finally(() => handle.close());
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/**
 * `000012-api.example-v1-users.json`: the position makes it unique, the rest makes it readable. Without any slash: each file
 * lies in the directory itself.
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
