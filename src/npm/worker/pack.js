/** Requests prepared for a message: a body that cannot be cloned is taken apart, one that the user goes on using is copied. */

/** Members of a Request beside address, method, headers and body. */
const OF_A_REQUEST = ['cache', 'credentials', 'integrity', 'keepalive', 'mode', 'redirect', 'referrer', 'referrerPolicy'];

/** @returns {Promise<[[url: string, init: object], Transferable[]]>} what `unpack` understands */
export const pack = async (target, init) => {
  const all = typeof target === 'string' ? init : { ...(await opened(target, init.body === undefined)), ...init };
  // As if the page itself had asked.
  if (all.referrer === undefined || all.referrer === 'about:client') all.referrer = globalThis.location?.href;
  const [body, transfer] = packBody(all.body);
  return [[typeof target === 'string' ? target : target.url, { ...all, body, headers: all.headers && [...new Headers(all.headers)] }], transfer];
};

const opened = async (request, wantsBody) => {
  const init = { method: request.method, headers: request.headers };
  for (const name of OF_A_REQUEST) init[name] = request[name];
  // Only the host can make one of these.
  if (init.mode === 'navigate') delete init.mode;
  // Firefox does not show the body of a Request.
  if (wantsBody && !/^(?:GET|HEAD)$/.test(init.method)) {
    const blob = await request.blob();
    if (blob.size > 0) init.body = blob;
  }
  return init;
};

const packBody = (body) => {
  if (ArrayBuffer.isView(body)) return moved(new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice().buffer);
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
      return moved(body.slice());
    case '[object URLSearchParams]':
      return [{ params: String(body) }, []];
    case '[object FormData]':
      return [{ entries: [...body] }, []];
    case '[object ReadableStream]':
      return moved(body);
    default:
      return [body, []];
  }
};

const moved = (body) => [body, [body]];

/** Returns the `init` as fetch takes it, in the worker. */
export const unpack = (init) => {
  const { body } = init;
  if (body?.params !== undefined) init.body = new URLSearchParams(body.params);
  if (body?.entries !== undefined) init.body = form(body.entries);
  return init;
};

/** Makes a form of its entries. */
export const form = (entries) => {
  const made = new FormData();
  for (const [name, value] of entries) made.append(name, value);
  return made;
};
