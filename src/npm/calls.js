/** Calls: their options merged, the wasm waited for, their results taken from the engine. */

import { ignore } from '../js/exchange/body.js';
import { captured, known } from '../js/hooks/context.js';
import { Results } from '../js/output/each.js';
import { heldBy } from '../js/hooks/nested.js';
import { Options } from '../js/options/options.js';
import { Source } from '../js/input/source.js';
import { Sink, firstReason } from '../js/output/sink.js';
import { wait } from '../js/runtime/trap.js';
import { live } from './instance.js';
import { ready } from './loader.js';
import { CALL_ALL, CALL_EACH, CALL_SINGLE } from '../js/protocol.js';

/** No exchange's number. */
const NONE = 0;

/** Who makes calls that share nothing. */
export const standalone = {
  options: () => Options.base(),
  run: (...call) => runOn(live, ...call),
  begin: () => {},
};

/** See `fetchAll` in `types.d.ts`. */
export const fetchAll = (requests, options, caller = standalone) => {
  const results = [];
  const sink = new Sink((index, result) => {
    results[index] = result;
  });
  return call(caller, CALL_ALL, sink, requests, () => caller.options().over(options, 'call')).then(() => results);
};

/** See `fetchEach` in `types.d.ts`. Nothing begins before the first result is asked for. */
export const fetchEach = (requests, options, caller = standalone) =>
  new Results((sink) => call(caller, CALL_EACH, sink, requests, () => caller.options().over(options, 'each')));

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
    call(caller, CALL_SINGLE, sink, [input], merge).catch(reject);
  });

/** Runs a call on an engine, or on the instance, whose calls share nothing. */
export const runOn = (engine, requests, options, sink, kind, call) =>
  engine.run(new Source(requests, options, call), sink, kind, call.holder?.id ?? NONE);

/** An engine for the calls of a client; the wasm has to be there. */
export const engineOf = (options) => new live.Engine(options);

/**
 * Runs a call; resolves when all its results were delivered.
 *
 * @param {object} caller who makes it: its `options`, how to `run` it, `begin` to be told of it; a client's also has the
 *   `family` of clients that it shares slots with, what gives a client for calls `nested` in one of its requests, and where
 *   it is such a client itself, the `holder` of that slot
 */
const call = (caller, kind, sink, requests, merge) =>
  new Promise((resolve, reject) => {
    const options = merge();
    // A signal that is aborted already waits for nothing.
    const aborted = firstReason(options.signals);
    if (aborted) return reject(aborted.value);
    const { family, nested, holder } = caller;
    const own = { context: captured(), family, nested, holder: heldBy(family, holder) };
    sink.ended = (early) => (early === undefined ? resolve() : reject(early.error));
    caller.begin(sink);
    wait(sink);
    const failed = (error) => {
      sink.detach();
      reject(error);
    };
    const begin = () => {
      try {
        // A call that waited for the same instance may have begun before, and made it trap.
        const waiting = ready();
        if (waiting === undefined) caller.run(requests, options, sink, kind, own);
        else waiting.then(() => known(own.context, begin), failed);
      } catch (error) {
        failed(error);
      }
    };
    known(own.context, begin);
  });
