/** Responses: read as far as they are any, made anew with another body, and those whose bodies are held elsewhere. */

/** Returns true for a Response of any realm or make. */
export const isResponse = (value) => typeof value === 'object' && value !== null && typeof value.status === 'number';

/** A header's value, or undefined: headers may be another's make as well. */
export const headerOf = (headers, name) => {
  try {
    const value = headers?.get?.(name);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

/** A Response like another, with a body of its own: what cannot be said to the constructor is said afterwards. */
export const withBody = (response, body) => {
  const { status, statusText, headers, url, redirected, type, ok } = response;
  const said = { url, redirected, type, status, statusText, ok };
  // Servers send statuses, reason phrases and names of headers that no constructor takes.
  for (const init of [{ status, statusText, headers }, { status, headers }]) {
    try {
      return dressed(new Response(body, init), said);
    } catch {
      // With less, then.
    }
  }
  const kind = headerOf(headers, 'content-type');
  return dressed(new Response(body, kind && { headers: { 'content-type': kind } }), { ...said, headers });
};

const dressed = (copy, said) => {
  const clone = () => dressed(Response.prototype.clone.call(copy), said);
  for (const [name, value] of Object.entries({ ...said, clone })) {
    if (copy[name] !== value) define(copy, name, value);
  }
  return copy;
};

const define = (object, name, value) => Object.defineProperty(object, name, { value, configurable: true });

/** Marks a response as redirected: the host does not know of a step that we followed. */
export const markRedirected = (response) => {
  try {
    define(response, 'redirected', true);
  } catch {
    // One that cannot be changed.
  }
};

/** Whether it is a body, or none: a stream of the platform's, or what stands in for one in a fetch of another make (Node's streams). */
export const isBody = (body) =>
  body === undefined || body === null || (typeof body === 'object' && ['getReader', 'pipe', Symbol.asyncIterator].some((name) => typeof body[name] === 'function'));

/** Statuses whose responses have no body, and can be given none. */
export const hasNoBody = (status) => status === 204 || status === 205 || status === 304;

let remoteFetch;
let holders;

/** Told by the entry whose fetches a worker carries out; the exchange tells such a fetch how the body is going to be read. */
export const fetchesRemotely = (fetch) => {
  remoteFetch = fetch;
  holders ??= new WeakMap();
};

export const isRemoteFetch = (fetch) => remoteFetch !== undefined && fetch === remoteFetch;

/** The body of a response is held by `holder`, who can read it where it is (`src/npm/worker` has what it can do). */
export const holdBody = (response, holder) => holders.set(response, holder);

/** Returns the holder that can read the body where it is, if any. */
export const holderOf = (response) => {
  const holder = holders?.get(response);
  return holder?.holds(response) ? holder : undefined;
};
