/** What a result looks like as one line of JSON, and as one that jq has an easy time with. */

import { bytesText } from './format.js';
import { originOf } from './inputs.js';
import { visible } from './visible.js';

/**
 * @param {import('fanfetch').FetchResult} result
 * @param {{ headers?: boolean, file?: string, refused?: string, toTerminal?: boolean }} [extra] `file`: where the body was
 *   saved, instead of `data`; `refused`: why it was not; `toTerminal`: of bytes the size is told instead of the base64
 * @returns {{ line: string, outcome: object }} the line, and the result as it tells it: a failure where it cannot be told
 */
export function toLine(result, extra = {}) {
  if (extra.refused !== undefined) return unwritten(result, extra, extra.refused);
  try {
    return { line: lineOf(result, extra), outcome: result };
  } catch (error) {
    // JSON can be read at any depth but not written at any; and a string has its greatest length.
    if (!(error instanceof RangeError)) throw error;
    return unwritten(result, extra, 'the data is too deep or too long for a line of JSON; --save or --response-type text may help');
  }
}

function unwritten(result, extra, message) {
  const outcome = { ...result, ok: false, error: { name: 'OutputError', code: 'OUTPUT', message } };
  return { line: lineOf(outcome, extra), outcome };
}

function lineOf(result, extra) {
  return visible(JSON.stringify(recordOf(result, extra)));
}

function recordOf(result, { headers = false, file, toTerminal = false }) {
  const { request, attempts, timings } = result;
  const { index, tag, line } = originOf(result);
  return {
    index,
    url: request.url || shownUrl(request.input.url),
    method: request.method === 'GET' ? undefined : request.method,
    finalUrl: result.url && result.url !== request.url.split('#')[0] ? result.url : undefined,
    ok: result.ok,
    status: result.status,
    attempts: attempts.length,
    ms: Math.round(timings.total * 10) / 10,
    bytes: result.bytes,
    tag,
    headers: headers && result.headers ? Object.fromEntries(result.headers) : undefined,
    file,
    ...(result.ok ? (file === undefined ? dataOf(result.data, toTerminal) : {}) : { error: errorOf(result.error, line, toTerminal) }),
  };
}

/** What may be shown of an input that is no URL: not a line of broken JSON and not user info, which may hold secrets. */
export function shownUrl(url) {
  return typeof url === 'string' && !/^\{|@/.test(url) ? url : '';
}

/** Bytes become base64 and are marked so; everything else is JSON already. */
function dataOf(data, toTerminal) {
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (!ArrayBuffer.isView(bytes)) return { data: bytes };
  if (toTerminal) return { note: `${bytesText(bytes.byteLength)} of binary data, not shown on a terminal` };
  return { data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'), encoding: 'base64' };
}

function errorOf(error, line, toTerminal) {
  const { name, code, reason, phase, limit, retryAfter, issues } = error;
  const message = code === 'INPUT' && line ? lineMessage(error.message, line) : error.message;
  return { name, code, message, reason, cause: systemCode(error), phase, limit, retryAfter, issues, ...dataOf(error.data, toTerminal) };
}

/** A line that is no request, by its number and text; a text that may hold a secret is left out. */
function lineMessage(message, { number, list, text, isBroken }) {
  const shown = SECRET.test(text) ? '' : `: ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`;
  const where = `line ${number} of ${list}`;
  return isBroken ? `${where} is no JSON${shown}` : `${message} (${where}${shown})`;
}

const SHOWN = 80;
const SECRET = /@|auth|token|secret|passw|cookie|key|bearer/i;

/** `ECONNREFUSED` and the like, wherever the host put it. Its messages stay out: they may repeat what was sent. */
function systemCode(error) {
  for (let cause = error.cause, depth = 0; cause && depth < 4; cause = cause.cause, depth++) {
    if (/^[A-Z][A-Z0-9_]+$/.test(cause.code)) return cause.code;
  }
  return undefined;
}
