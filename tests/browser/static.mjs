import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const ROOT = new URL('../../', import.meta.url);
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE = '<!doctype html><meta charset="utf-8"><title>loading</title><link rel="icon" href="data:,"><script type="module" src="/tests/browser/page.mjs"></script>';

/**
 * Serves a page, the built package and the tests' modules as they lie, under the strictest content security policy that
 * lets wasm be compiled at all.
 *
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export async function servePage() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    const body = pathname === '/' ? PAGE : await readModule(pathname);
    response.writeHead(body === null ? 404 : 200, {
      'content-type': TYPES[extname(pathname)] ?? 'text/html',
      'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src data:",
    });
    response.end(body ?? '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

async function readModule(pathname) {
  if (!/^\/(pkg|tests\/js|tests\/browser)\/[\w./-]+$/.test(pathname) || pathname.includes('..')) return null;
  return readFile(new URL(`.${pathname}`, ROOT)).catch(() => null);
}
