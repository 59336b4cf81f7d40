/** Answers of the network's double: Responses that name their URL and attempt, whole, broken or odd. */

/** What every answer says in its body, by content type, so that a mix-up shows however the body is read. */
const BODIES = {
  json: ['application/json', (id, attempt, pad) => `{"id":"${id}","attempt":${attempt},"pad":"${pad}"}`],
  text: ['text/plain', (id, attempt, pad) => `id=${id};attempt=${attempt};${pad}`],
  bytes: ['application/octet-stream', (id, attempt, pad) => `id=${id};attempt=${attempt};${pad}`],
  form: ['application/x-www-form-urlencoded', (id, attempt, pad) => `id=${id}&attempt=${attempt}&pad=${pad}`],
  unparsable: ['application/json', (id, attempt, pad) => `{"id":"${id}","attempt":${attempt},${pad}oops`],
};
const BARE = [204, 205, 304];

/** The bytes of an answer's body. */
export function bodyOf({ type = 'json', pad = 0 }, id, attempt) {
  return type === 'empty' ? new Uint8Array() : new TextEncoder().encode(BODIES[type][1](id, attempt, 'x'.repeat(pad)));
}

/** What an answer says of itself in its headers. */
export function headersOf(answer, id, attempt) {
  const [type] = BODIES[answer.type === 'empty' ? 'json' : answer.type ?? 'json'];
  const wish = answer.retryAfter === undefined ? {} : { 'retry-after': String(answer.retryAfter) };
  return { 'content-type': type, 'x-id': id, 'x-attempt': String(attempt), ...wish, ...(answer.location && { location: answer.location }) };
}

/**
 * The Response of a flight.
 *
 * @param {object} answer As the scenario has it.
 * @param {object} flight Told when the body is over: `end(how)`.
 * @param {{ sleep: (ms: number) => Promise<void>, hold: () => Promise<void> }} world
 */
export function responseOf(answer, flight, world) {
  const { id, attempt } = flight;
  const status = answer.status ?? 200;
  const headers = headersOf(answer, id, attempt);
  if (answer.odd) return oddResponse(answer, flight, status, headers, world);
  if (BARE.includes(status) || flight.method === 'HEAD' || answer.type === 'empty') {
    flight.end('no body');
    return named(new Response(null, { status, headers }), flight);
  }
  return named(new Response(streamOf(answer, flight, world), { status, headers }), flight);
}

/** Hosts say where a Response came from; one that is made does not. */
function named(response, { url, redirected }) {
  Object.defineProperty(response, 'url', { value: url, configurable: true });
  if (redirected) Object.defineProperty(response, 'redirected', { value: true, configurable: true });
  return response;
}

/** The body in chunks, each at its time; it stalls, breaks or ends as the answer says. */
function streamOf(answer, flight, world) {
  const bytes = bodyOf(answer, flight.id, flight.attempt);
  const count = Math.max(1, answer.chunks ?? 1);
  const size = Math.ceil(bytes.length / count);
  flight.body = { state: 'open', bytes: bytes.length };
  let sent = 0;
  let over = false;
  const finish = (how) => {
    over = true;
    if (flight.body.state === 'open') flight.body.state = how;
    flight.end(`body ${how}`);
  };
  return new ReadableStream({
    start(controller) {
      flight.onAbort((reason) => {
        // A host that does not listen goes on with the body.
        if (over || answer.deaf) return;
        finish('aborted');
        controller.error(reason);
      });
    },
    async pull(controller) {
      if (answer.every) await world.sleep(answer.every);
      if (over) return;
      if (sent >= (answer.stallAfter ?? Infinity)) await world.hold(flight);
      if (over) return;
      if (sent >= (answer.breakAfter ?? Infinity)) {
        finish('broken');
        controller.error(brokenBody());
      } else if (sent * size >= bytes.length) {
        finish('read');
        controller.close();
      } else {
        controller.enqueue(chunkOf(answer, bytes.slice(sent * size, ++sent * size)));
        // Hosts that read a body whole give it up here and leave it open; nobody else can end it then.
        if (answer.badChunk) flight.end('bad chunk');
      }
    },
    cancel() {
      finish('cancelled');
    },
  }, { highWaterMark: 0 });
}

/** A chunk that is no Uint8Array is the answer's fault, whatever it holds. */
function chunkOf({ badChunk }, bytes) {
  if (badChunk === undefined) return bytes;
  return { text: new TextDecoder().decode(bytes), nothing: undefined, number: 5, buffer: bytes.buffer, null: null }[badChunk];
}

const brokenBody = () => Object.assign(new TypeError('terminated'), { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) });

/** What no host would give: each must fail or settle its own request, and nothing else. */
function oddResponse(answer, flight, status, headers, world) {
  const bytes = bodyOf(answer, flight.id, flight.attempt);
  const bare = { status, statusText: '', url: flight.url, redirected: false, type: 'basic', headers: new Headers(headers) };
  const whole = { ...bare, ok: status < 300, body: null, bodyUsed: false, arrayBuffer: async () => bytes.slice().buffer };
  if (answer.odd === 'stream') {
    const body = streamOf(answer, flight, world);
    return { ...whole, body, arrayBuffer: () => new Response(body).arrayBuffer() };
  }
  flight.end('odd');
  switch (answer.odd) {
    case 'undefined': return undefined;
    case 'null': return null;
    case 'number': return 5;
    case 'text': return 'a Response';
    case 'status': return { status };
    case 'noHeaders': return { ...whole, headers: undefined };
    case 'noUrl': return { ...whole, url: undefined };
    case 'whole': return whole;
    case 'error': return Response.error();
    case 'used': return used(bare);
    case 'locked': return locked(bare);
    case 'throwsStatus': return Object.defineProperty({ ...whole }, 'status', { get: thrower });
    case 'throwsHeaders': return Object.defineProperty({ ...whole }, 'headers', { get: thrower });
    case 'throwsBody': return Object.defineProperty({ ...whole }, 'body', { get: thrower });
    case 'throwsRead': return { ...whole, arrayBuffer: thrower };
    case 'rejectsRead': return { ...whole, arrayBuffer: async () => thrower() };
    case 'readsNumber': return { ...whole, arrayBuffer: async () => 5 };
    case 'readsNow': return { ...whole, arrayBuffer: () => bytes.slice().buffer };
    case 'neverReads': return { ...whole, arrayBuffer: () => world.hold(flight).then(thrower) };
    default: throw new Error(`no odd answer '${answer.odd}'`);
  }
}

const thrower = () => { throw new Error('a getter of the response throws'); };

function used({ status, headers }) {
  const response = new Response('x', { status: status >= 200 && !BARE.includes(status) ? status : 200, headers });
  response.text();
  return response;
}

function locked({ status, headers }) {
  const response = new Response('x', { status: !BARE.includes(status) ? status : 200, headers });
  response.body.getReader();
  return response;
}

export const ODD = ['stream', 'undefined', 'null', 'number', 'text', 'status', 'noHeaders', 'noUrl', 'whole', 'error', 'used', 'locked', 'throwsStatus',
  'throwsHeaders', 'throwsBody', 'throwsRead', 'rejectsRead', 'readsNumber', 'readsNow', 'neverReads'];
export const BAD_CHUNKS = ['text', 'nothing', 'number', 'buffer', 'null'];
