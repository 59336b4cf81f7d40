/** What every body of the fake fetches holds. */
export const BODY = '{}';

/** How often a body was read: a contender that skips it would win unfairly. */
export const reads = { count: 0 };

/**
 * Instant replacements for `fetch`, so that what is left to measure is the library.
 * `shared` resolves with one response-like object, the cheapest there is; `response` makes a real Response each time;
 * `turning` is `shared` in the next turn of the event loop, so that timers and finalizers get theirs.
 * @type {Record<string, () => Promise<Response>>}
 */
export const fakes = {
  shared: () => Promise.resolve(response),
  response: () => Promise.resolve(new Response(BODY)),
  turning: () => new Promise((resolve) => setImmediate(resolve, response)),
};

// A copy, so that its buffer is not a larger one's part.
const decoder = new TextDecoder();
const bytes = new TextEncoder().encode(BODY).slice();

const response = {
  status: 200,
  statusText: 'OK',
  ok: true,
  type: 'basic',
  redirected: false,
  url: 'http://a.test/',
  headers: new Headers({ 'content-type': 'text/plain;charset=UTF-8' }),
  body: null,
  bodyUsed: false,
  // Every real body is bytes first: who asks for text or JSON has them decoded by the host, who asks for bytes decodes them.
  text: () => read(decoder.decode(bytes)),
  json: () => read(JSON.parse(decoder.decode(bytes))),
  bytes: () => read(bytes),
  arrayBuffer: () => read(bytes.buffer),
  clone: () => response,
  // ky hands anything else through without its own processing.
  [Symbol.toStringTag]: 'Response',
};

function read(value) {
  reads.count++;
  return Promise.resolve(value);
}

/**
 * Distinct URLs over four hosts.
 * @param {number} count
 * @param {string} [origin] one real origin instead
 * @returns {string[]}
 */
export function makeUrls(count, origin) {
  return Array.from({ length: count }, (_, i) => flat(`${origin ?? `http://${'abcd'[i % 4]}.test`}/items/${i}`));
}

// A template makes a rope, which its first reader flattens at its own cost in time and memory.
const flat = (text) => Buffer.from(text, 'latin1').latin1Slice();
