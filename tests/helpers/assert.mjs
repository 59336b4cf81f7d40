/**
 * The few assertions that also run in a page and in a worker, where `node:assert` is not.
 *
 * @param {unknown} condition
 * @param {string} [message]
 */
export function assert(condition, message = 'expected a truthy value') {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}

assert.equal = (actual, expected, message) => {
  if (!Object.is(actual, expected)) fail(`${show(actual)} is not ${show(expected)}`, message);
};

/** Compares what JSON shows of both. */
assert.same = (actual, expected, message) => {
  if (show(actual) !== show(expected)) fail(`${show(actual)} is not ${show(expected)}`, message);
};

assert.between = (value, low, high, message) => {
  if (!(value >= low && value <= high)) fail(`${show(value)} is not within ${low} and ${high}`, message);
};

assert.match = (text, pattern, message) => {
  if (!pattern.test(text)) fail(`${show(text)} does not match ${pattern}`, message);
};

/** Resolves with what `promise` rejects with. */
assert.rejects = async (promise, message) => {
  const settled = await promise.then((value) => ({ value }), (reason) => ({ reason }));
  if ('value' in settled) fail(`it resolved with ${show(settled.value)}`, message);
  return settled.reason;
};

function fail(what, message) {
  throw new Error(`Assertion failed: ${message ? `${message}: ` : ''}${what}`);
}

function show(value) {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value))?.slice(0, 500);
}
