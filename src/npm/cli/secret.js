/** Values that others must not read off the list of processes: `@FILE` in the place of one names the file that has it. */

import { readFileSync } from 'node:fs';
import * as read from './values.js';

/** `NAME: VALUE`, or a file of such lines, in which empty ones and those that begin with # count for nothing. */
export function headers(text) {
  const lines = inFile(text, (whole) => whole.split('\n'), text.split('\n'));
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map(read.header);
}

/** A token, or a file that holds one and nothing else. */
export function bearer(text) {
  return read.bearer(inFile(text, (whole) => whole.trim(), text));
}

/** `NAME:PASSWORD`, or a file that holds that and nothing else. */
export function credentials(text) {
  return read.credentials(inFile(text, (whole) => whole.replace(/\r?\n$/, ''), text));
}

/** A text, or the bytes of a file, as curl has it. */
export function body(text) {
  return text.startsWith('@') ? bytesOf(text.slice(1)) : text;
}

function inFile(text, make, otherwise) {
  return text.startsWith('@') ? make(bytesOf(text.slice(1)).toString()) : otherwise;
}

function bytesOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RangeError(`a value or, as @FILE, a file that can be read (${error.code ?? error.message})`);
  }
}
