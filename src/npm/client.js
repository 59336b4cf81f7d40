/** A long-lived client: see `Client` in `types.d.ts`. */

import { OptionError, closedError } from '../js/output/errors.js';
import { Options } from '../js/options/options.js';
import { unbounded } from '../js/output/stats.js';
import { fetchAll, fetchEach, fetchOne } from './calls.js';
import { share } from './shared.js';
import {
  NEWS_CLOSED, SWITCH_CANCEL_QUEUED, SWITCH_CONCURRENCY, SWITCH_IN_FLIGHT, SWITCH_QUEUED, SWITCH_SET_CONCURRENCY, SWITCH_SET_PAUSED,
} from '../js/protocol.js';

/** See `createClient` in `types.d.ts`. */
export const createClient = (options, base = Options.base()) => new Client(base.over(options, 'client'));

class Client {
  #options;
  #outer;
  /** The client that this one is, where it was given to a hook: they are the same but for what their calls may do. */
  #origin;
  #holder;
  #shared;
  /** What it gives to its calls. */
  #caller;
  #sinks = new Set();
  #closed = false;

  static {
    // A console shows the class's name, which minifying would change.
    Object.defineProperty(this, 'name', { value: 'Client' });
  }

  /** Derived from `outer`'s, or the same as `origin`, for calls made inside a request that is a `holder`. */
  constructor(options, outer, origin, holder) {
    this.#options = options;
    this.#outer = outer;
    this.#origin = origin ?? this;
    this.#holder = holder;
    this.#shared = origin === undefined ? share(options, outer?.#shared) : origin.#shared;
    this.#caller = {
      options: () => {
        this.#check();
        return options;
      },
      run: (...call) => {
        this.#check();
        this.#shared.run(...call);
      },
      begin: (sink) => this.#begin(sink),
      family: this.#shared.family,
      nested: (inner) => new Client(options, outer, this.#origin, inner),
      holder,
    };
  }

  async fetch(input, options) {
    return settled(await fetchOne(input, () => this.#caller.options().over(options, 'one'), this.#caller));
  }

  get(url, options) {
    return this.#send('GET', url, options);
  }

  head(url, options) {
    return this.#send('HEAD', url, options);
  }

  post(url, options) {
    return this.#send('POST', url, options);
  }

  put(url, options) {
    return this.#send('PUT', url, options);
  }

  patch(url, options) {
    return this.#send('PATCH', url, options);
  }

  delete(url, options) {
    return this.#send('DELETE', url, options);
  }

  fetchAll(requests, options) {
    return fetchAll(requests, options, this.#caller);
  }

  fetchEach(requests, options) {
    return fetchEach(requests, options, this.#caller);
  }

  async stream() {
    throw missing('stream');
  }

  extend(options) {
    return new Client(this.#options.over(options, 'client'), this.#origin, undefined, this.#holder);
  }

  get inFlight() {
    return this.#shared.turn(SWITCH_IN_FLIGHT);
  }

  get queued() {
    return this.#shared.turn(SWITCH_QUEUED);
  }

  get concurrency() {
    return unbounded(this.#shared.turn(SWITCH_CONCURRENCY));
  }

  set concurrency(value) {
    // Checked as the option is, which may be left out.
    Options.base().over({ concurrency: value ?? null }, 'client');
    this.#shared.turn(SWITCH_SET_CONCURRENCY, value);
  }

  pause() {
    this.#shared.turn(SWITCH_SET_PAUSED, 1);
  }

  resume() {
    this.#shared.turn(SWITCH_SET_PAUSED, 0);
  }

  cancelQueued() {
    return this.#shared.turn(SWITCH_CANCEL_QUEUED);
  }

  onIdle() {
    return this.#shared.calls.idle();
  }

  stats() {
    return this.#shared.stats();
  }

  snapshot() {
    throw missing('snapshot');
  }

  close() {
    this.#origin.#closed = true;
    for (const sink of [...this.#origin.#sinks]) this.#shared.tell(sink, NEWS_CLOSED);
  }

  [Symbol.dispose]() {
    this.close();
  }

  /** The final response of a request, whatever its status; for `createFetch`. */
  static respond(client, input, init) {
    return fetchOne(input, () => client.#caller.options().over(init, 'raw'), client.#caller);
  }

  /** Whether relative addresses have something to be relative to. */
  static hasBase(client) {
    return client.#options.template.base !== undefined;
  }

  async #send(method, url, options) {
    const merge = () => {
      const said = this.#caller.options().over(options, 'one');
      return said.template.method === method ? said : said.over({ method }, 'one');
    };
    return settled(await fetchOne(url, merge, this.#caller));
  }

  #begin(sink) {
    this.#each((client) => client.#sinks.add(sink));
    const done = this.#shared.calls.begin();
    sink.detached = () => {
      this.#each((client) => client.#sinks.delete(sink));
      done();
    };
  }

  #check() {
    this.#each((client) => {
      if (client.#closed) throw closedError();
    });
  }

  /** It and those that it was derived from: closing one of them ends its calls, too. */
  #each(act) {
    act(this.#origin);
    this.#outer?.#each(act);
  }
}

/** Of one request: its success, or its error thrown. */
const settled = (result) => {
  if (!result.ok) throw result.error;
  return result;
};

const missing = (name) => new OptionError(name, `\`client.${name}\` is not in this release yet`);

export const { hasBase, respond } = Client;
