/** Redirects that we follow ourselves, where the host shows them: what must stay at its origin stays there. */

import { STREAM, bodyKind } from '../options/body-kind.js';

const MOST_REDIRECTS = 20;

const OF_A_BODY = ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'];
const SECRET = ['authorization', 'cookie', 'proxy-authorization'];

/** The step after `route`, with what to send there as its `init`. Throws where it cannot be taken. */
export const next = (route, status, location, hop, { template, ownHeaders }) => {
  const target = URL.canParse(location, route.url) ? new URL(location, route.url) : undefined;
  const step = { ...route, url: target?.href };
  // Fetch standard, HTTP-redirect fetch: a POST becomes a GET by 301 and 302, everything but HEAD by 303.
  if (status === 303 ? !/^(?:GET|HEAD)$/.test(route.method) : status < 303 && route.method === 'POST') {
    step.method = 'GET';
    step.body = undefined;
  }
  if (hop >= MOST_REDIRECTS) throw new TypeError('redirect count exceeded');
  // A Location with user info is refused, as fetch does across origins; the host's own message would show it.
  if (bodyKind(step.body) === STREAM || !/^https?:$/.test(target?.protocol) || target.username || target.password) {
    throw new TypeError('the redirect cannot be followed');
  }
  step.crossed ||= target.origin !== new URL(route.url).origin;
  step.headers = { ...(step.crossed ? { ...template.headersFor(false), ...ownHeaders } : route.headers) };
  for (const name of [...(step.body === undefined ? OF_A_BODY : []), ...(step.crossed ? SECRET : [])]) delete step.headers[name];
  step.init = { method: step.method, headers: step.headers, ...(step.body !== undefined && { body: step.body }) };
  return step;
};
