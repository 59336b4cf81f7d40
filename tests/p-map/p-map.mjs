import { fetchAll, fetchEach, isFanFetchError } from '../helpers/fanfetch.mjs';

/**
 * The interface of p-map on this package, for p-map's own test suite (see `p-map.test.mjs`): an element is a request, and the
 * mapper runs inside a custom fetch.
 *
 * @param {Iterable<unknown> | AsyncIterable<unknown>} input
 * @param {(element: unknown, index: number) => unknown} mapper
 * @param {{ concurrency?: number, stopOnError?: boolean, signal?: AbortSignal }} [options]
 * @returns {Promise<unknown[]>}
 */
export default async function pMap(input, mapper, { concurrency = Infinity, stopOnError = true, signal } = {}) {
  const work = new Work(input, mapper);
  const results = await fetchAll(work.requests(), { ...work.options, concurrency, stopOnError, signal }).catch((error) => {
    throw original(error);
  });
  // In input order, where p-map's are in the order in which they came: its suite looks at their class alone.
  const errors = results.filter(({ ok }) => !ok).map(({ error }) => original(error));
  if (errors.length > 0) throw new AggregateError(errors);
  return results.map(({ index }) => work.values.get(index)).filter((value) => value !== pMapSkip);
}

/**
 * The same value by value, in input order. p-map's `backpressure` counts the elements being mapped as well, ours only results
 * that wait: the one test of the suite that tells them apart fails.
 *
 * @param {Iterable<unknown> | AsyncIterable<unknown>} input
 * @param {(element: unknown, index: number) => unknown} mapper
 * @param {{ concurrency?: number, backpressure?: number }} [options]
 * @returns {AsyncIterable<unknown>}
 */
export function pMapIterable(input, mapper, { concurrency = Infinity, backpressure = concurrency } = {}) {
  const work = new Work(input, mapper);
  return {
    async *[Symbol.asyncIterator]() {
      for await (const result of fetchEach(work.requests(), { ...work.options, concurrency, ordered: true, highWaterMark: backpressure })) {
        if (!result.ok) throw original(result.error);
        const value = work.take(result.index);
        if (value !== pMapSkip) yield value;
      }
    },
  };
}

/** What a mapper returns for an element that shall give no value. */
export const pMapSkip = Symbol('skip');

/** The elements that have been pulled, under the numbers of their requests, and what the mapper made of them. */
class Work {
  constructor(input, mapper) {
    if (input?.[Symbol.iterator] === undefined && input?.[Symbol.asyncIterator] === undefined) {
      throw new TypeError(`Expected \`input\` to be either an \`Iterable\` or \`AsyncIterable\`, got (${typeof input})`);
    }
    if (typeof mapper !== 'function') throw new TypeError('Mapper function is required');
    Object.assign(this, { input, mapper, elements: new Map(), values: new Map() });
    // A mapper runs once and for as long as it likes.
    this.options = { fetch: (url) => this.map(Number(String(url.url ?? url).slice(PLACE.length))), retry: false, timeout: false };
  }

  requests() {
    return this.input[Symbol.iterator] === undefined ? this.#requestsAsync() : this.#requestsSync();
  }

  *#requestsSync() {
    let index = 0;
    for (const element of this.input) yield this.#request(index++, element);
  }

  async *#requestsAsync() {
    let index = 0;
    for await (const element of this.input) yield this.#request(index++, element);
  }

  #request(index, element) {
    this.elements.set(index, element);
    return PLACE + index;
  }

  async map(index) {
    const element = this.elements.get(index);
    this.elements.delete(index);
    this.values.set(index, await this.mapper(await element, index));
    return new Response(null, { status: 204 });
  }

  take(index) {
    const value = this.values.get(index);
    this.values.delete(index);
    return value;
  }
}

const PLACE = 'http://p.map/';

/** What the mapper threw; what the input threw and a signal's reason come as they are. */
const original = (error) => (isFanFetchError(error) && error.code === 'NETWORK' ? error.cause : error);
