/** The `Authorization` header of the option `auth`. */

import { refusedOption, shown, wrongOption } from '../output/errors.js';
import { HEADER_VALUE, UNFIT } from './headers.js';

export const authorization = (given) => {
  const expected = '{ bearer } or { username, password }';
  if (typeof given !== 'object' || given === null) throw wrongOption('auth', given, expected);
  const { bearer, username, password } = { __proto__: null, ...given };
  if (typeof bearer === 'string') {
    if (!HEADER_VALUE.test(bearer)) throw refusedOption('auth.bearer', UNFIT);
    return `Bearer ${bearer}`;
  }
  if (typeof username === 'string' && typeof password === 'string') return basic(username, password);
  throw refusedOption('auth', `was ${shown(given)} of another shape; it may be ${expected}`);
};

/** The Authorization header of a user name and password (RFC 7617, as UTF-8), which may be longer than an argument list. */
export const basic = (username, password) =>
  `Basic ${btoa(Array.from(new TextEncoder().encode(`${username}:${password}`), (byte) => String.fromCharCode(byte)).join(''))}`;
