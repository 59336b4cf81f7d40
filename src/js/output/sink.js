/** The line between one call and the engine that runs it: results come down it, what the user does with them goes up. */

import { ignore } from '../exchange/body.js';
import { Progress } from './progress.js';
import { listen, reasonOf, unlisten } from '../runtime/signals.js';
import { wait, waitNoMore } from '../runtime/trap.js';
import { NEWS_ABORTED, NEWS_STOPPED } from '../protocol.js';

export class Sink {
  /** Takes the end of the results: undefined, or what ended them early in an object. Set by who runs the call. */
  ended;
  detached;
  signals = [];
  told;
  source;
  ordered = false;
  listener = () => this.tell(NEWS_ABORTED);
  #progress;
  #thrown;

  /** `deliver` takes each result with the index of its input. */
  constructor(deliver) {
    this.deliver = deliver;
  }

  /** The engine begins: what to tell it by, and the inputs. */
  attach(told, source) {
    const { options, size, call } = source;
    this.told = told;
    this.source = source;
    this.signals = options.signals;
    this.ordered = options.ordered;
    if (options.progresses) this.#progress = new Progress(options, size, call.context, (error) => this.fail(error));
    try {
      for (const signal of this.signals) listen(signal, this.listener);
    } catch (error) {
      this.fail(error);
    }
  }

  /** All results there will be were delivered; of bodies that were handed out some may still be read. */
  end(threw, thrown) {
    if (threw < 1) this.#progress?.end();
    else this.#thrown ??= { error: thrown };
    this.ended(this.#thrown);
  }

  /** The engine is done: it hears nothing more. `lost`, it is no more. */
  detach(lost = false) {
    const { detached } = this;
    this.told = this.source = this.detached = undefined;
    waitNoMore(this);
    for (const signal of this.signals) unlisten(signal, this.listener);
    detached?.(lost);
  }

  /** The wasm trapped: the call ends with `error`. */
  onTrap(error) {
    this.deliver = ignore;
    this.#progress = undefined;
    this.source?.onTrap();
    this.end(1, error);
    this.detach(true);
  }

  progress(...numbers) {
    this.#progress?.note(...numbers);
  }

  /** Something that the wasm called threw. */
  caught(error) {
    this.fail(error);
  }

  /** The user's own code threw: the call ends with that. */
  fail(error) {
    this.#thrown ??= { error };
    this.tell(NEWS_STOPPED);
  }

  tell(what) {
    this.told?.(what, 0, 0);
  }

  /** Why the call ends early, or undefined where the user just left. */
  get reason() {
    return this.#thrown === undefined ? firstReason(this.signals)?.value : this.#thrown.error;
  }
}

/** The reason of the first signal that is aborted, in an object. */
export const firstReason = (signals) => {
  for (const signal of signals) {
    const reason = reasonOf(signal);
    if (reason !== undefined) return reason;
  }
  return undefined;
};
