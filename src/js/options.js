/** The little that reading options needs of JavaScript itself; what they may be stands in `options.rs`. */

export { unknownOption, wrongOption } from './errors.js';

/** Own names and values of an options object, one after the other; what a getter throws is the caller's. */
export const entries = (options) => Object.keys(options).flatMap((name) => [name, options[name]]);

/** Whether a value is an object that options can be read from. */
export const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value can be listened to as an AbortSignal, of whatever realm. */
export const isSignal = (value) => typeof value === 'object' && value !== null && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function';

/** Milliseconds of a Date, NaN of anything else. */
export const timeOf = (value) => (Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : NaN);

let own;

/** Told by the entry of a host that has few connections to give: Cloudflare Workers has 6 for an invocation. */
export const setDefaultConcurrency = (few) => {
  own = few;
};

export const defaultConcurrency = () => own;
