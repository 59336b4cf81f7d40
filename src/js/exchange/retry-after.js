/**
 * The wait that a server asks for before the next attempt.
 *
 * Sources: `Retry-After` RFC 9110 §10.2.3, its dates §5.6.7; `RateLimit` draft-ietf-httpapi-ratelimit-headers, a list of
 * strings with parameters (RFC 9651); the older reset headers as servers in use send them.
 */

/** The longest wait that is told, in milliseconds; a longer one becomes this. */
export const LONGEST_WAIT = Number.MAX_SAFE_INTEGER;

/**
 * Reads the wait from a response, whose headers `header` gives by lower-case name (null or undefined where there is none).
 * Looked up one by one, so that a response with an early header costs one look-up. A malformed one gives way to the next,
 * except `retry-after`: it takes precedence over them, readable or not, and our own schedule holds.
 * @returns {{ after: number, limited: boolean } | undefined} milliseconds from now, finite and not below 0; and whether a
 *   rate-limit header told them, and not `Retry-After` or `retry-after-ms`
 */
export const retryAfter = (header, now) => {
  const read = (name, parse) => {
    const value = header(name) ?? undefined;
    return value === undefined ? undefined : parse(trimmed(value));
  };
  const wait = (after, limited) => (after === undefined ? undefined : { after: after > 0 ? Math.min(after, LONGEST_WAIT) : 0, limited });
  const millis = read('retry-after-ms', decimal);
  if (millis !== undefined) return wait(millis, false);
  const asked = read('retry-after', (value) => value);
  if (asked !== undefined) return wait(fromRetryAfter(asked, () => read('date', (date) => httpDate(date, now)) ?? now), false);
  const seconds = read('ratelimit', rateLimitReset) ?? read('ratelimit-reset', digits) ?? read('x-ratelimit-reset-after', decimal);
  if (seconds !== undefined) return wait(seconds * 1000, true);
  const reset = read('x-ratelimit-reset', decimal);
  // A span is never that long, an epoch never that small.
  if (reset > 1e12) return wait(reset - now, true);
  return wait(reset > 1e9 ? reset * 1000 - now : reset && reset * 1000, true);
};

/** Dates are held against the clock that made them: the user's may be hours off. */
const fromRetryAfter = (text, clockOf) => {
  const seconds = digits(text);
  if (seconds !== undefined) return seconds * 1000;
  const clock = clockOf();
  const date = httpDate(text, clock);
  return date === undefined ? undefined : date - clock;
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = '(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)';
const MONTH = `(${MONTHS.join('|')})`;
const TIME = '([01]\\d|2[0-3]):([0-5]\\d):([0-5]\\d|60)';
/** IMF-fixdate, RFC 850 and asctime. A 60th second is a leap second. */
export const FORMS = [
  `^${DAY}, (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`,
  `^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`,
  `^${DAY} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`,
];

/**
 * Reads an HTTP-date (RFC 9110 §5.6.7), case-sensitive, into epoch milliseconds. A two-digit year is the latest that puts the
 * date at most 50 years after `now`. The day's name must be one, but need not be the right one.
 */
export const httpDate = (text, now) => {
  const [imf, rfc850, asctime] = FORMS.map((form) => new RegExp(form).exec(text)?.slice(1));
  const found = imf ?? rfc850 ?? (asctime && [asctime[1], asctime[0], asctime[5], ...asctime.slice(2)]);
  if (found === undefined) return undefined;
  const month = MONTHS.indexOf(found[1]);
  const [day, , given, hour, minute, second] = found.map(Number);
  const midnight = (year) => new Date(0).setUTCFullYear(year, month, day);
  const inYear = (year) => midnight(year) + ((hour * 60 + minute) * 60 + second) * 1000;
  let year = given;
  if (rfc850) {
    year += 1900;
    // The next century will do as long as the same date half a century before it is not ahead of us.
    while (year < 9900 && inYear(year + 50) <= now) year += 100;
  }
  // The 31st of a shorter month would be a day of the next.
  return new Date(midnight(year)).getUTCDate() === day ? inYear(year) : undefined;
};

/**
 * Seconds until the tightest quota of a `RateLimit` field has more: of the members with the least `r` the largest `t`.
 *
 * With `r=0` that is when all that are used up are back. Where none is, the one nearest to it is the likeliest to have
 * refused, and a daily quota with plenty left must not make us wait a day. A member without `r` counts as used up: it was
 * named in a refusal. A tightest one without `t` tells nothing. Nothing else is looked into.
 */
const rateLimitReset = (field) => {
  if (!/^[\t -~]*$/.test(field)) return undefined;
  let [least, longest] = [Infinity, undefined];
  for (const member of split(field, ',')) {
    const [name, ...parameters] = split(trimmed(member), ';');
    if (!/^".*"$/.test(name)) return undefined;
    let [remaining, reset] = [0, undefined];
    for (const parameter of parameters.map(trimmed)) {
      const value = digits(parameter.slice(2));
      const isRemaining = parameter.startsWith('r=');
      if (!isRemaining && !parameter.startsWith('t=')) continue;
      if (value === undefined) return undefined;
      if (isRemaining) remaining = value;
      else reset = value;
    }
    if (remaining < least || (remaining === least && reset !== undefined && !(reset <= longest))) [least, longest] = [remaining, reset];
  }
  return longest;
};

/** Splits a text at separators outside of the strings of RFC 9651. */
const split = (text, separator) => {
  const parts = [];
  let [from, quoted] = [0, false];
  for (let place = 0; place < text.length; place++) {
    const letter = text[place];
    if (letter === '"') quoted = !quoted;
    else if (quoted && letter === '\\') place += 1;
    else if (!quoted && letter === separator) {
      parts.push(text.slice(from, place));
      from = place + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
};

/** Strips spaces and tabs from both ends. Searched for as `[ \t]+$`, each run of them would be read again from each of its letters. */
export const trimmed = (text) => /^[ \t]*((?:[^]*[^ \t])?)/.exec(text)[1];
const digits = (text) => (/^\d+$/.test(text) ? Math.min(Number(text), LONGEST_WAIT) : undefined);
const decimal = (text) => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined);
