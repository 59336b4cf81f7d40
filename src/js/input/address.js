/** Addresses of inputs. */

import { basic } from '../options/authorization.js';

/** Returns the text of a URL given as a string or as an object of any realm; any other value as it is. */
export const address = (url) => {
  if (typeof url === 'object' && url !== null && Object.prototype.toString.call(url) === '[object URL]') return url.href;
  return url;
};

// Signs that the URL parser leaves as they are, both in a path and in a query; and segments that it resolves.
const UNCHANGED = /^[\w!$&()*+,\-./:;=@~%?]+$/;
const DOT_SEGMENT = /\/(?:\.|%2e)/i;

/** Returns true if the URL parser would return the text itself, given that it begins with a parsed origin and a slash. */
export const isCanonical = (text) => UNCHANGED.test(text) && !DOT_SEGMENT.test(text);

const UNFIT = /[\t\r\n\ud800-\udfff]/u;

/** Returns true for a sign that the URL parser drops or replaces without a word, so that two addresses become one. */
export const isUnfit = (text) => UNFIT.test(text);

/** Appends parameters to the query of a URL, whose own part stays as it is. */
export const appendQuery = (url, query) => {
  const added = `${query}`;
  if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`;
};

/** Removes user name and password from a URL and returns them as an `Authorization`: hosts refuse such URLs and quote them. */
export const takeLogin = (url) => {
  if (url.username === '' && url.password === '') return undefined;
  const login = basic(unescaped(url.username), unescaped(url.password));
  url.username = '';
  url.password = '';
  return login;
};

const unescaped = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
