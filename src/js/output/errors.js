/**
 * The errors that users catch. `name` is the class's name, `code` is stable; guards look at a symbol that every copy of
 * the package and every realm shares, so they never need `instanceof`.
 */

const MARK = Symbol.for('fanfetch.error');

/** True for every error of this library, across realms and copies of the package. */
export const isFanFetchError = (value) => {
  try {
    return typeof value === 'object' && value !== null && value[MARK] === true;
  } catch {
    return false;
  }
};

export class FanFetchError extends Error {
  constructor(message, fields, cause) {
    super(message, cause === undefined ? undefined : { __proto__: null, cause });
    // Assigned, a member might meet a setter of `Object.prototype`.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(fields));
  }

  toJSON() {
    const { headers, data, issues, cause, ...plain } = this;
    return { name: this.name, message: this.message, ...plain };
  }
}

/** One class a kind of failure; its name is set here and on the prototype, where minifying cannot change it. */
const named = (name, Class = class extends FanFetchError {}) => {
  Object.defineProperty(Class, 'name', { value: name });
  Object.defineProperty(Class.prototype, 'name', { value: name, configurable: true, writable: true });
  return Class;
};

named('FanFetchError', FanFetchError);
Object.defineProperty(FanFetchError.prototype, MARK, { value: true });

export const HttpError = named('HttpError');
export const NetworkError = named('NetworkError');
export const TimeoutError = named('TimeoutError');
export const AbortedError = named('AbortedError');
export const BodyError = named('BodyError');
export const CircuitOpenError = named('CircuitOpenError');
export const BudgetError = named('BudgetError');
export const InputError = named('InputError');
export const HookError = named('HookError');

/** An option of a call is not what it may be; the call is rejected and nothing is sent. */
export class OptionError extends TypeError {
  code = 'OPTION';
  option;

  constructor(option, message, cause) {
    super(`fanfetch: ${message}`, cause === undefined ? undefined : { __proto__: null, cause });
    this.option = option;
  }
}
named('OptionError', OptionError);

/** An {@link OptionError} that says why. */
export const refusedOption = (option, why) => new OptionError(option, `option \`${option}\` ${why}`);

/** An {@link OptionError} that says what the option was, as `tell` shows it, and what it may be. */
export const wrongOption = (option, was, expected, tell = shown) => refusedOption(option, `was ${tell(was)}; it may be ${expected}`);

/** An {@link OptionError} for a name that is none, with the nearest that is. */
export const unknownOption = (option, nearest) =>
  refusedOption(option, `is unknown${nearest ? `; did you mean \`${nearest}\`?` : ''}`);

/** A value's kind, which is all that a message may show of it: any value may be a secret. */
export const shown = (value) => {
  if (value === null || typeof value === 'boolean' || typeof value === 'undefined') return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
};

/** An error that did not come from a request: the library itself could not run. */
export const internalError = (message, cause) => ofNoRequest(message, 'INTERNAL', true, cause, Internal);

/** Tells those that we made from whatever says that it is one. */
class Internal extends FanFetchError {
  #isOurs = true;

  static is(error) {
    return typeof error === 'object' && error !== null && #isOurs in error;
  }
}
named('FanFetchError', Internal);

/** Returns true for an internal error. */
export const isInternal = (error) => Internal.is(error);

/** The client was closed, before this call or while it waited for the wasm. */
export const closedError = () => ofNoRequest('the client was closed', 'CLOSED', false);

const ofNoRequest = (message, code, retryable, cause, Kind = FanFetchError) =>
  new Kind(`fanfetch: ${message}`, { code, retryable, url: '', method: '', attempts: 0 }, cause);
