/** Arguments of fetch. */

import { STREAM, bodyKind as kindOfBody } from '../options/body-kind.js';

let followsRedirects = false;
/** Told by the entry of a host that shows where a redirect leads (all but browsers). */
export const showsRedirects = () => {
  followsRedirects = true;
};

/**
 * Puts into `init` what makes a request more than an address.
 * @param {object} init
 * @param {RequestInfo} info
 * @param {SendOptions} sendOptions how its options send it; then `prepared`, the attempt after hooks
 * @param {object} [hop] the step of a redirect that is to be taken
 * @returns {{ target: string | Request, route?: object }} what to call fetch with; where its redirects are ours to follow,
 *   the `route` so far
 */
export const dress = (init, info, { stripOnRedirect, bodyKind }, { request, headers, body, replaced }, hop) => {
  if (hop !== undefined) {
    Object.assign(init, hop.init);
  } else {
    if (info.method !== 'GET' && (request === undefined || typeof request === 'string')) init.method = info.method;
    if (headers !== undefined) init.headers = headers;
    if (bodyKind > 0 && request === undefined) {
      init.body = body;
      if (kindOfBody(body) === STREAM) init.duplex = 'half';
    }
  }
  const target = replaced ?? request;
  const whole = typeof target === 'object' ? target : undefined;
  let route;
  if (stripOnRedirect && followsRedirects && (init.redirect ?? target?.redirect ?? 'follow') === 'follow') {
    init.redirect = 'manual';
    route = hop ?? {
      url: whole?.url ?? info.url, method: whole?.method ?? info.method, headers, body: whole?.body ?? init.body, crossed: false, init: undefined,
    };
  }
  if (replaced !== undefined && hop === undefined) {
    for (const name of ['method', 'headers', 'body', 'duplex']) delete init[name];
  }
  return { target: hop?.url ?? target ?? info.url, route };
};
