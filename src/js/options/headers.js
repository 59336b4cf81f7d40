/** The option `headers`, checked before a host sees it: hosts quote secrets in their messages. */

import { refusedOption, wrongOption } from '../output/errors.js';
import { trimmed } from '../exchange/retry-after.js';
import { checked, inner } from './checked.js';

export const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
// What a header's value may be (Fetch standard): no NUL, CR or LF, and nothing that is no byte.
export const HEADER_VALUE = /^[^\0\r\n\u0100-\uffff]*$/;
export const UNFIT = 'holds a character that a header cannot carry';

/** Reads headers into a map by lower-case name; undefined removes one. */
export const readHeaders = (into, given) => {
  checked('headers', given, typeof given === 'object' && given !== null, 'Headers, an object, or a list of names and values');
  const listed = typeof given[Symbol.iterator] === 'function';
  const seen = new Set();
  for (const pair of listed ? given : Object.entries(given)) {
    if (typeof pair !== 'object' || pair === null || pair.length !== 2) {
      throw refusedOption('headers', 'holds what is not a pair of a name and a value');
    }
    const [name, value] = pair;
    // Neither is shown: a refused header is often a secret with a line break behind it.
    if (typeof name !== 'string' || !TOKEN.test(name)) throw refusedOption('headers', 'holds a name that HTTP does not allow');
    const key = name.toLowerCase();
    if (value === undefined) {
      into.set(key, undefined);
      continue;
    }
    if (!/^(?:string|number|boolean)$/.test(typeof value)) throw wrongOption(inner('headers', key), value, 'a string, or undefined to take it away');
    const text = trimmed(String(value));
    if (!HEADER_VALUE.test(text)) throw refusedOption(inner('headers', key), UNFIT);
    into.set(key, seen.has(key) ? `${into.get(key)}, ${text}` : text);
    seen.add(key);
  }
};
