/** Judges a run: only the owner of the injected point may fail, by a fitting code, and all other data must be right. */
import { unwrap } from './membrane.mjs';

/** Codes that a failure may have: all but INTERNAL, which is a trap. */
const CODES = ['HTTP', 'NETWORK', 'TIMEOUT', 'ABORTED', 'BODY_TRUNCATED', 'BODY_TOO_LARGE', 'BODY_LENGTH', 'BODY_PARSE', 'BODY_SCHEMA', 'BUDGET_EXHAUSTED', 'INPUT', 'HOOK', 'OPTION', 'CLOSED'];

/** Points that tell of an end: an injected value may truly mean one. */
const ENDS = /\.(?:done|body)(?:#\d+)?$/;

/** Reads what may throw. */
const quietly = (read, otherwise) => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};

/** Describes any value in a few words. */
export const shown = (value) => quietly(() => {
  if (typeof value === 'object' && value !== null) {
    const text = value.message ?? JSON.stringify(value);
    const cause = quietly(() => value.cause?.message);
    return `${value.code ?? value.name ?? 'object'}: ${String(text).slice(0, 160)}${cause === undefined ? '' : ` <- ${String(cause).slice(0, 160)}`}`;
  }
  return typeof value === 'function' ? 'a function' : String(value);
}, 'something that cannot be read');

/**
 * Lists the faults of a run.
 *
 * @param {object} run
 * @param {Map<string, object>} run.outcomes
 * @param {(url: string) => string} run.body Gives the body of an address.
 * @param {object} [run.hit] The point where something was injected, with its root.
 * @param {unknown} [run.injected]
 * @param {boolean} [run.isRaw] True if calls that end early may reject with anything but INTERNAL.
 * @param {object} fanfetch
 */
export const judge = ({ outcomes, body, hit, injected, isRaw }, fanfetch) => {
  const trap = [...outcomes.values()].map(trapOf).find((cause) => cause !== undefined);
  if (trap !== undefined) return [`INTERNAL: ${trap}`];
  const wrong = [];
  const harmed = new Set();
  const root = hit && { ...hit.root, partial: hit.root.partial === true || ENDS.test(hit.id) };
  for (const outcome of outcomes.values()) {
    const { fault, harm } = look(outcome, { outcomes, body, root, injected, fanfetch, isRaw });
    if (fault !== undefined) wrong.push(`${outcome.name}: ${fault}`);
    else if (harm && !mayHarm(root, outcome)) wrong.push(`${outcome.name} is harmed: ${harm}`);
    if (harm && outcome.parts === undefined) harmed.add(outcome.name);
  }
  // The host's globals have no owner: one call may fail by them, no more.
  if (root?.owner === 'host' && harmed.size > 1 && new Set([...harmed].map((name) => name.split('/')[0])).size > 1) wrong.push(`more than one call is harmed: ${[...harmed].join(', ')}`);
  return wrong;
};

/** Gives the cause of a trap, if there was one. */
const trapOf = ({ error, result, value }) => {
  const failure = error ?? quietly(() => unwrap(value?.result ?? result)?.error);
  return quietly(() => failure.code === 'INTERNAL' && /trapped/.test(failure.message)) ? shown(failure.cause) : undefined;
};

const mayHarm = (root, { name, parts }) => {
  if (root === undefined || (root.each === true && parts !== undefined)) return false;
  return root.owner === 'host' || name === root.owner || name.startsWith(`${root.owner}/`);
};

/** Compares one outcome with the undisturbed one: `fault` is never allowed, `harm` only to the owner. */
const look = (outcome, about) => {
  const { settled, rejected, error, value, result, url, ends } = outcome;
  const { root } = about;
  if (!settled) return { fault: 'hangs' };
  if (ends) return { fault: rejected && quietly(() => error.message) !== 'enough' ? misfit(error, about, true, about.isRaw) : undefined };
  if (rejected) return { fault: misfit(error, about, true, outcome.raw), harm: `rejected with ${shown(error)}` };
  if (value?.other) return { harm: 'gave another status' };
  if (value?.text !== undefined) return data(value.text, url, about);
  const got = unwrap(value?.result ?? result);
  if (got === undefined) return url === undefined || isRejected(outcome, about) || root?.partial === true ? {} : { [root?.owner === 'host' ? 'harm' : 'fault']: 'gave no result' };
  if (got.ok === true) return data(got.data, url, about);
  if (got.ok !== false) return { fault: `gave ${shown(got)}` };
  return { fault: misfit(got.error, about, false), harm: url === undefined ? undefined : `failed with ${shown(got.error)}` };
};

/** True for a result of a list that was rejected as a whole. */
const isRejected = ({ name }, { outcomes }) => outcomes.get(name.slice(0, name.lastIndexOf('/')))?.rejected === true;

/** Describes an error that does not fit, else undefined. */
const misfit = (error, { root, injected, fanfetch }, isRejection, isRaw = false) => {
  const isOurs = quietly(() => (error instanceof fanfetch.FanFetchError || error instanceof fanfetch.OptionError), false);
  if (!isOurs) {
    // Where options are read, before anything is sent, a constructor that the host lacks tells so itself.
    const isHosts = root?.owner === 'host' && quietly(() => error instanceof TypeError, false);
    const isTheirs = isRejection && (isRaw || isHosts || root?.raw === true || error === injected || unwrap(error) === injected);
    return isTheirs ? undefined : `${isRejection ? 'rejected' : 'failed'} with what is no error of ours: ${shown(error)}`;
  }
  const codes = root?.codes ?? CODES;
  return CODES.includes(error.code) && (codes.includes(error.code) || error.code === 'TIMEOUT') ? undefined : `of code ${shown(error)}`;
};

/** Compares data with that of its address, in any form. Data made by the host's own objects cannot be checked. */
const data = (given, url, { body, root }) => {
  if (url === undefined || root?.free === true) return {};
  const value = unwrap(given);
  const expected = body(url);
  if (isBodyOf(value, expected, url) || (root?.partial === true && isPart(value, expected))) return {};
  const text = `gave wrong data: ${shown(value)}`;
  return root?.owner === 'host' ? { harm: text } : { fault: text };
};

const isPart = (value, expected) => value === undefined || quietly(() => expected.startsWith(typeof value === 'string' ? value : new TextDecoder().decode(value)), false);

/** Data of the address that an injected string named as a `Location`. */
const ELSEWHERE = /^\{"url":"[^"]*\/nonsense"/;

const isBodyOf = (value, expected, url) => quietly(() => {
  if (ELSEWHERE.test(typeof value === 'string' ? value : JSON.stringify(value))) return true;
  if (typeof value === 'string') return value === expected;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return new TextDecoder().decode(value) === expected;
  if (value instanceof Blob) return value.size === expected.length;
  if (value instanceof FormData) return value.get('url') === url;
  return JSON.stringify(value) === expected;
}, false);
