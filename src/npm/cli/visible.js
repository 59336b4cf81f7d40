/** Text of others on its way to a terminal. */

/** What a terminal obeys (C0, DEL, C1), what turns the direction of writing, and what ends lines unseen. */
const HIDDEN = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The text with each of these as `\u001b`: in JSON, which has raw ones only within strings, the same value.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(HIDDEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
