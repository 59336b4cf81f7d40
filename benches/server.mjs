// The fastest server that Node makes: keep-alive, a few bytes of JSON, no routing. Tells its parent the port.
import { createServer } from 'node:http';

const BODY = Buffer.from('{"ok":true}');
const HEAD = ['content-type', 'application/json', 'content-length', String(BODY.length)];

// Longer than a contender sits idle while the others have their turn, so that nobody pays for new connections.
const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
  response.writeHead(200, HEAD);
  response.end(BODY);
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
