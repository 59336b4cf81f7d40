/** How the texts on the command line become values. Each reader throws a `RangeError` that says what the value may be. */

import { withScheme } from './scheme.js';

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES = { b: 1, k: 1e3, kb: 1e3, kib: 1024, m: 1e6, mb: 1e6, mib: 1024 ** 2, g: 1e9, gb: 1e9, gib: 1024 ** 3 };

/** `10s` → 10000. A bare number is refused: other commands mean seconds by it, the API means milliseconds. */
export function duration(text) {
  const value = measure(text, MILLISECONDS);
  return value > 0 ? value : refuse('a duration above zero with its unit, such as 500ms, 10s or 2m');
}

/** Like `duration`, but 0 is a value as well, and needs no unit. */
export function delay(text) {
  return /^0+$/.test(text) ? 0 : measure(text, MILLISECONDS) ?? refuse('0, or a duration with its unit, such as 500ms, 10s or 2m');
}

/** `10MB` → 10000000; `10MiB` → 10485760. */
export function size(text) {
  const bytes = measure(text, BYTES, 'b');
  return bytes > 0 ? Math.round(bytes) : refuse('a size above zero such as 500kB, 10MB or 1GiB');
}

/** `20/s` → 20 starts in any second; `100/10s` → 100 in any ten seconds. */
export function rate(text) {
  const [, limit, count = '1', unit] = /^(\d+)\/(\d+(?:\.\d+)?)?(ms|s|m|h)$/.exec(text) ?? [];
  const interval = Number(count) * MILLISECONDS[unit];
  return limit > 0 && interval > 0
    ? { limit: Number(limit), interval }
    : refuse('a rate such as 20/s, 100/m or 5/10s');
}

export function positive(text) {
  return /^0*[1-9]\d*$/.test(text) ? Number(text) : refuse('a whole number above zero');
}

export function count(text) {
  return /^\d+$/.test(text) ? Number(text) : refuse('a whole number');
}

export function positiveOrAuto(text) {
  return text === 'auto' || /^0*[1-9]\d*$/.test(text) ? (text === 'auto' ? text : Number(text)) : refuse('a whole number above zero, or auto');
}

export function statusCodes(text) {
  const codes = text.split(',').map((part) => part.trim());
  return codes.every((code) => /^[1-5]\d\d$/.test(code)) ? codes.map(Number) : refuse('status codes such as 429,503');
}

export function methods(text) {
  const names = text.split(',').map((part) => part.trim().toUpperCase());
  return names.every((name) => TOKEN.test(name)) ? names : refuse('methods such as GET,POST');
}

export function method(text) {
  return TOKEN.test(text) ? text.toUpperCase() : refuse('a method such as POST');
}

/** `name: value` → `[name, value]`. The value is never repeated in a message: it is often a secret. */
export function header(text) {
  const colon = text.indexOf(':');
  const [name, value] = [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  // What the platform's Headers would refuse, with its message quoting the value.
  const sound = colon > 0 && TOKEN.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  return sound ? [name, value] : refuse("a header such as 'accept: text/html'");
}

/** `name:password` → basic credentials. */
export function credentials(text) {
  const colon = text.indexOf(':');
  return colon > 0
    ? { username: text.slice(0, colon), password: text.slice(colon + 1) }
    : refuse('a name and a password such as ada:secret');
}

export function bearer(text) {
  return /^[\x21-\x7e]+$/.test(text) ? { bearer: text } : refuse('a token without spaces');
}

export function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('valid JSON');
  }
}

export function absoluteUrl(text) {
  const url = withScheme(text);
  return URL.canParse(url) && /^https?:/i.test(url) ? url : refuse('an http(s) URL such as https://api.example/v1/');
}

export function choice(...words) {
  return (text) => (words.includes(text) ? text : refuse(`one of ${words.join(', ')}`));
}

export const text = (value) => value;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A number with a unit; one without is of the unit `bare`, or undefined where there is none. */
function measure(text, units, bare = '') {
  const [, number, unit = bare] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)?$/i.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

function refuse(expected) {
  throw new RangeError(expected);
}
