/** Gives a scenario its doubles, its network and its clock, and records the outcome of each call. */
import { Clock } from './clock.mjs';
import { name, renew, unwrap } from './membrane.mjs';
import { createNet } from './net.mjs';

const quietly = (act) => {
  try {
    act();
  } catch {
    // There is nothing to let go.
  }
};

/**
 * @param {object} fanfetch The package.
 */
export const createBench = (fanfetch) => {
  renew();
  const clock = new Clock();
  const net = createNet(clock);
  const owners = new Map();
  /** Outcomes of requests and calls, by name. */
  const outcomes = new Map();
  let pending = 0;

  const note = (name, url, act) => {
    const outcome = { name, url, settled: false };
    outcomes.set(name, outcome);
    pending += 1;
    const settle = (more) => {
      pending -= 1;
      Object.assign(outcome, more, { settled: true });
    };
    // `await` would read `then` of the call's value.
    const run = async () => act();
    run().then((value) => settle({ value }), (error) => settle({ rejected: true, error }));
    return outcome;
  };

  const bench = {
    fanfetch, clock, outcomes, body: net.body, open: net.open,
    get pending() { return pending; },
    get answered() { return net.count(); },

    /** Registers an address with its owner. */
    at(path, owner) {
      const url = `https://host.test/${path}`;
      owners.set(url, owner);
      return url;
    },

    /** The owner of what comes from an address. */
    ownerOf: (input) => owners.get((typeof input === 'object' && 'url' in input ? input.url : String(input)).split('?')[0]) ?? 'host',

    /** Unwraps a double. */
    bare: unwrap,

    /** The network as a foreign function; its answers belong to the requesting call. */
    fetch: (...args) => net.fetch(...args),

    /** Doubles an object of the user's under a name; `more` goes to the verdict. */
    user: (value, label, owner, more) => name(value, label, { owner, ...more }),

    /** Records a call that gives one result for each of `urls`. */
    list(owner, act, urls) {
      urls.forEach((url, index) => outcomes.set(`${owner}/${index}`, { name: `${owner}/${index}`, url, settled: true }));
      const whole = note(owner, undefined, async () => {
        const results = await act();
        urls.forEach((_, index) => Object.assign(outcomes.get(`${owner}/${index}`), { result: results[index] }));
      });
      whole.parts = urls.length;
    },

    /** Records a call that gives the result of one request, or rejects. */
    one: (owner, act, url) => note(owner, url, async () => ({ result: await act() })),

    /**
     * Records a request whose body is handed out; `use` turns it into a Response, which is read. Errors of that reading may be
     * the host's own.
     */
    handedOut(owner, act, use, url) {
      const outcome = note(owner, url, async () => {
        const data = unwrap(unwrap(await act()).data);
        outcome.raw = true;
        try {
          return { text: await use(data).text() };
        } catch (error) {
          // A body that cannot be read is cancelled, so that its slot is free.
          quietly(() => (data.body ?? data).cancel().catch(() => {}));
          throw error;
        }
      });
    },

    /** Records a call of a drop-in fetch, which rejects as the host's does and resolves with any status. */
    dropIn(owner, act, url) {
      note(owner, url, async () => {
        const response = unwrap(await act());
        return { text: await response.text(), other: response.status !== 200 };
      }).raw = true;
    },

    /** Records something that only has to settle. */
    other: (owner, act) => note(owner, undefined, act),

    /** Records a call that ends early, with any fitting error. */
    ended(owner, act) {
      note(owner, undefined, act).ends = true;
    },
  };
  return bench;
};
