/** A server that sends raw bytes: response heads that no HTTP library would write. */
import { createServer } from 'node:net';

const CORS = 'access-control-allow-origin: *\r\naccess-control-allow-headers: *\r\naccess-control-expose-headers: *\r\n';
const OK = `HTTP/1.1 200 OK\r\n${CORS}`;
const JSON_BODY = 'content-type: application/json\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{"ok":true}';

/** Answers by path, in Latin-1. */
const ANSWERS = {
  '/reason': `HTTP/1.1 200 Succ\xe8s\r\n${CORS}${JSON_BODY}`,
  '/nameless-header': `${OK}: x\r\n${JSON_BODY}`,
  '/not-modified': `HTTP/1.1 304 Not Modified\r\n${CORS}etag: "1"\r\nconnection: close\r\n\r\n`,
  '/ok': `${OK}${JSON_BODY}`,
};
const PREFLIGHT = `HTTP/1.1 204 No Content\r\n${CORS}connection: close\r\n\r\n`;

/** @returns {Promise<{ origin: string, close: () => void }>} */
export async function startRawServer() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.once('data', (data) => {
      const [, method, path] = /^(\w+) ([^ ?]*)/.exec(data.toString('latin1'));
      socket.end(method === 'OPTIONS' ? PREFLIGHT : (ANSWERS[path] ?? ANSWERS['/ok']), 'latin1');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
