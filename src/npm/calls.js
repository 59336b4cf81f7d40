/** Calls: their options merged, the wasm waited for, their results taken from the engine. */

import { Engine, run } from '../../target/npm/glue_bg.js';
import { ignore } from '../js/body.js';
import { Results } from '../js/each.js';
import { Options } from '../js/options.js';
import { Sink, abortedOf } from '../js/sink.js';
import { ready } from './loader.js';

/** Kinds of calls; the order is that of `exports.rs`. */
const [ALL, EACH, SINGLE] = [0, 1, 2];

/** Who makes calls that share nothing. */
export const NOBODY = {
  options: () => Options.base(),
  run,
  begin: () => {},
};

/** See `fetchAll` in `types.d.ts`. */
export const fetchAll = (requests, options, caller = NOBODY) => {
  const results = [];
  const sink = new Sink((index, result) => {
    results[index] = result;
  });
  return call(caller, ALL, sink, requests, () => caller.options().over(options, 'call')).then(() => results);
};

/** See `fetchEach` in `types.d.ts`. Nothing begins before the first result is asked for. */
export const fetchEach = (requests, options, caller = NOBODY) =>
  new Results((sink) => call(caller, EACH, sink, requests, () => caller.options().over(options, 'each')));

/** The result of one request, whose options `merge` gives. Rejects with what ends the call early. */
export const fetchOne = (input, merge, caller) =>
  new Promise((resolve, reject) => {
    const sink = new Sink((_, result) => {
      // A body that is handed out may be lost by its user: nothing here may hold on to it.
      sink.deliver = ignore;
      sink.ended();
      sink.ended = ignore;
      resolve(result);
    });
    call(caller, SINGLE, sink, [input], merge).catch(reject);
  });

/** An engine for the calls of a client; the wasm has to be there. */
export const engineOf = (options) => new Engine(options);

/** Runs a call; resolves when all its results were delivered. */
const call = (caller, kind, sink, requests, merge) =>
  new Promise((resolve, reject) => {
    const options = merge();
    // A signal that is aborted already waits for nothing.
    const aborted = abortedOf(options.signals);
    if (aborted) return reject(aborted.reason);
    sink.ended = (early) => (early === undefined ? resolve() : reject(early.error));
    caller.begin(sink);
    const begin = () => caller.run(requests, options, sink, kind);
    const failed = (error) => {
      sink.detach();
      reject(error);
    };
    try {
      const waiting = ready();
      if (waiting === undefined) begin();
      else waiting.then(begin).catch(failed);
    } catch (error) {
      failed(error);
    }
  });
