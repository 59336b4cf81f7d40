/** Clients, drop-in fetches and iterators of the package, every call of which the world (`world.mjs`) gets to know. */

const SHORTCUTS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

/**
 * The client itself in all but its calls, which are noted.
 *
 * @param {object} client
 * @param {object} world
 * @param {(requests: unknown, options?: object) => { settle: (outcome: object) => void }} world.begin Notes a call.
 * @param {(client: object) => object} world.watch Watches another client of the same limits.
 * @param {(concurrency: number) => void} world.resize Notes another limit.
 */
export function watchClient(client, { begin, watch, resize }) {
  const calls = {
    fetch: (...args) => watchOne(client.fetch(...args), begin([args[0]], args[1])),
    fetchAll: (...args) => watchAll(client.fetchAll(...args), begin(...args)),
    fetchEach: (...args) => watchEach(client.fetchEach(...args), begin(...args)),
    extend(...args) {
      begin([], args[0]).settle({});
      return watch(client.extend(...args));
    },
  };
  for (const name of SHORTCUTS) calls[name] = (...args) => watchOne(client[name](...args), begin([args[0]], args[1]));
  return new Proxy(client, {
    get(_, name) {
      if (Object.hasOwn(calls, name)) return calls[name];
      const value = Reflect.get(client, name, client);
      return typeof value === 'function' ? value.bind(client) : value;
    },
    set(_, name, value) {
      const done = Reflect.set(client, name, value, client);
      if (name === 'concurrency' && typeof value === 'number') resize(value);
      return done;
    },
  });
}

/**
 * A drop-in fetch whose rejections are noted.
 *
 * @param {typeof fetch} fetch
 * @param {object} world
 */
export function watchFetch(fetch, { begin, client }) {
  const watched = async (...args) => {
    const run = begin([], args[1]?.signal ? { signal: args[1].signal } : undefined);
    try {
      return await fetch(...args);
    } catch (error) {
      run.settle({ error });
      throw error;
    }
  };
  return Object.assign(watched, { client });
}

/**
 * An iterator of results, noted when it has ended; one that is left early has given no complete list.
 *
 * @param {AsyncIterableIterator<object>} iterator
 * @param {{ settle: (outcome: object) => void }} run
 */
export function watchEach(iterator, run) {
  const results = [];
  let left = false;
  const leave = (promise) => {
    left = true;
    return step(promise);
  };
  const step = async (promise) => {
    try {
      const given = await promise;
      if (given.done) run.settle({});
      else results.push(given.value);
      return given;
    } catch (error) {
      run.settle({ error });
      throw error;
    }
  };
  return {
    async next() {
      const given = await step(iterator.next());
      if (given.done && !left) run.settle({ results: results.sort((a, b) => a.index - b.index) });
      return given;
    },
    return: (value) => leave(iterator.return(value)),
    throw: (error) => leave(iterator.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function watchAll(promise, run) {
  try {
    const results = await promise;
    run.settle({ results });
    return results;
  } catch (error) {
    run.settle({ error });
    throw error;
  }
}

/** One request; its error says how often it was tried, as its result would have. */
async function watchOne(promise, run) {
  try {
    const result = await promise;
    run.settle({ results: [result] });
    return result;
  } catch (error) {
    run.settle({ error, single: typeof error?.attempts === 'number' });
    throw error;
  }
}
