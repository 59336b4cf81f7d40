/** Options of a request as text, to compare requests by. */

/** Returns text that is equal for two templates whose requests, with the same address and headers, have the same result. */
export const signature = (template) => {
  if (template.signature === undefined) {
    const { extra, fetch, authCache, hooks, schema, said } = template;
    const named = [fetch, authCache, schema, ...Object.values(hooks).flat()].map((one) => one && nameOf(one));
    template.signature = JSON.stringify([named, said.manner, extra], (_, value) => (isPlain(value) ? value : nameOf(value)));
  }
  return template.signature;
};

const isPlain = (value) => (typeof value !== 'object' && typeof value !== 'function') || value === null || [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));

let names;
let count = 0;
/** Another word for each object that is told from others only by being itself. */
const nameOf = (value) => {
  names ??= new WeakMap();
  if (!names.has(value)) names.set(value, `#${(count += 1)}`);
  return names.get(value);
};
