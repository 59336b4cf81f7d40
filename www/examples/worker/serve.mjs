// Serves the page, the built package and the data that the page loads: node www/examples/worker/serve.mjs [PORT]
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = '/www/examples/worker/';
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const packed = gzipSync(records(1_000_000));

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://page');
  if (pathname === '/records') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
    return;
  }
  const file = pathname.startsWith('/pkg/') ? join(ROOT, pathname) : join(ROOT, PAGE, pathname === '/' ? 'index.html' : pathname);
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' });
  createReadStream(file).pipe(response);
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));

/** A JSON list of records, as APIs give them, of about that many bytes. */
function records(bytes) {
  const list = [];
  for (let sum = 2, id = 0; sum < bytes; id++) {
    const address = { street: `${id} Main Street`, city: `City ${id % 97}`, zip: String(10_000 + id) };
    list.push({ id, name: `Name ${id}`, email: `user${id}@api.example`, active: id % 3 === 0, score: id / 7, tags: [`a${id % 7}`, `b${id % 5}`], address });
    sum += JSON.stringify(list.at(-1)).length + 1;
  }
  return JSON.stringify(list);
}
