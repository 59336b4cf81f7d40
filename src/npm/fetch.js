/** A drop-in `fetch`: see `createFetch` in `types.d.ts`. */

import { PASSED_ON } from '../js/options/passed-on.js';
import { createClient, hasBase, respond } from './client.js';

/** See `createFetch` in `types.d.ts`. */
export const createFetch = (options, base) => {
  const client = createClient(options, base);
  const fetch = async (input, init) => {
    const { target, options } = isRequest(input)
      ? await opened(init === undefined ? input : new Request(input, init))
      : { target: absolute(input, client), options: read(init, MEMBERS) };
    const result = await respond(client, target, { ...options, ...read(init, PASSED_ON), ...RAW });
    if (result.ok) return result.data;
    throw reasonOf(result.error);
  };
  return Object.defineProperty(fetch, 'client', { value: client, enumerable: true });
};

/** The response goes to the caller, whatever it says. */
const RAW = { responseType: 'response', throwHttpErrors: false };

const MEMBERS = ['method', 'headers', 'body', 'signal', 'priority'];

/** What fetch reads of its second argument, inherited members as well; of what it does not know it takes no notice. */
const read = (init, names) => {
  const given = {};
  for (const name of names) {
    if (init?.[name] !== undefined) given[name] = init[name];
  }
  return given;
};

const isRequest = (value) => Object.prototype.toString.call(value) === '[object Request]';

/** A Request says all by itself. One that has a body is taken apart, so that each attempt can send it. */
const opened = async (request) => {
  const { url, signal } = request;
  if (!request.body) return { target: request, options: { signal } };
  const options = { ...read(request, OF_A_REQUEST), headers: request.headers, method: request.method, signal };
  return { target: url, options: { ...options, body: await request.blob() } };
};
// Without those that say in a Request what they need not say here: `mode` may be one that only the host can give.
const OF_A_REQUEST = ['cache', 'credentials', 'integrity', 'keepalive', 'redirect', 'referrerPolicy'];

/** In a page or a worker, relative addresses are the document's. */
const absolute = (input, client) => {
  const text = String(input);
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return base !== undefined && !hasBase(client) && URL.canParse(text, base) ? new URL(text, base) : text;
};

/** What fetch itself would reject with. */
const reasonOf = (error) => {
  switch (error.code) {
    case 'NETWORK':
      return error.cause ?? error;
    case 'INPUT':
      return new TypeError(error.message, { cause: error });
    default:
      return error;
  }
};
