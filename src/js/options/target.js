/** The options `baseUrl`, `method` and `searchParams`. */

import { refusedOption, wrongOption } from '../output/errors.js';
import { checked, inner } from './checked.js';
import { TOKEN } from './headers.js';

const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/;

/** Reads `baseUrl`, whose path is a folder with or without its last slash. */
export const baseUrl = (given) => {
  try {
    const url = new URL(given);
    if (/^https?:$/.test(url.protocol)) {
      if (!url.pathname.endsWith('/')) url.pathname += '/';
      return url;
    }
  } catch {
    // Told below.
  }
  throw refusedOption('baseUrl', 'is not an absolute http(s) URL');
};

export const method = (given) => {
  const upper = typeof given === 'string' && TOKEN.test(given) ? given.toUpperCase() : '';
  if (upper === '' || FORBIDDEN_METHOD.test(upper)) {
    throw wrongOption('method', given, 'the name of a method that fetch can send');
  }
  return upper;
};

export const query = (given) => {
  if (typeof given === 'string' || Object.prototype.toString.call(given) === '[object URLSearchParams]') return new URLSearchParams(given);
  checked('searchParams', given, typeof given === 'object' && given !== null && !Array.isArray(given), 'a string, URLSearchParams or an object');
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checked(inner('searchParams', name), value, /^(?:string|number|boolean)$/.test(typeof value), 'a string, a number or a boolean');
    params.append(name, String(value));
  }
  return params;
};
