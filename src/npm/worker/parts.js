/**
 * Large data in parts. To receive an object costs the page about as much as to parse its JSON, all in one go; in parts it
 * costs the same, and the page is free between any two of them.
 */

/** Most that a part weighs, in bytes of JSON, roughly: a millisecond or two of the page's time. */
export const PART = 65_536;

/** Yields the steps in which the page rebuilds a list or a record. */
export function* stepsTo(whole, name) {
  const isList = Array.isArray(whole);
  yield { open: isList ? [] : {}, name };
  let part = isList ? [] : {};
  let weight = 0;
  for (const [key, value] of isList ? whole.entries() : Object.entries(whole)) {
    const own = weigh(value, PART);
    if (weight > 0 && weight + own > PART) {
      yield { fill: part };
      part = isList ? [] : {};
      weight = 0;
    }
    if (own >= PART && typeof value === 'object') {
      yield* stepsTo(value, key);
    } else {
      put(part, isList ? part.length : key, value);
      weight += own + (isList ? 0 : key.length);
    }
  }
  if (weight > 0) yield { fill: part };
  yield { shut: true };
}

/** Estimates the weight of a value, up to `most`. */
const weigh = (value, most) => {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let weight = 8;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && weight < most; i++) weight += weigh(value[i], most - weight);
  } else {
    // What JSON gives has no enumerable prototype.
    for (const key in value) {
      if (weight >= most) break;
      weight += key.length + weigh(value[key], most - weight);
    }
  }
  return weight;
};

// Assigned, this one name would be the prototype.
const put = (into, key, value) => {
  if (key !== '__proto__') into[key] = value;
  else Object.defineProperty(into, key, { value, configurable: true, enumerable: true, writable: true });
};

/** Rebuilds the value of its steps. */
export class Assembly {
  #open = [];
  whole;

  take({ open, name, fill, shut }) {
    const top = this.#open.at(-1);
    if (open !== undefined) {
      if (top === undefined) this.whole = open;
      else put(top, Array.isArray(top) ? top.length : name, open);
      this.#open.push(open);
    } else if (shut) {
      this.#open.pop();
    } else if (Array.isArray(fill)) {
      for (const item of fill) top.push(item);
    } else {
      for (const key of Object.keys(fill)) put(top, key, fill[key]);
    }
  }
}
