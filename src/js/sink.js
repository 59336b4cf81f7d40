/** The line between one call and the engine that runs it: results come down it, what the user does with them goes up. */

import { listen, unlisten } from './signals.js';

/** What a call tells the engine; the order is that of `exports.rs`. */
export const [TAKEN, STOPPED, ABORTED] = [0, 1, 2];

export class Sink {
  /** `deliver` takes each result with the index of its input; `value` is what the call's promise gives in the end. */
  constructor(deliver, value) {
    this.deliver = deliver;
    this.value = value;
  }

  /** The engine begins: what to tell it by, the call's signal if it has one, whether results are wanted in input order. */
  attach(told, signal, ordered) {
    this.told = told;
    this.signal = signal;
    this.ordered = ordered;
    this.listener = () => this.tell(ABORTED);
    if (signal) listen(signal, this.listener);
  }

  /** The engine is done: it hears nothing more. */
  detach() {
    this.told = undefined;
    if (this.signal) unlisten(this.signal, this.listener);
  }

  tell(what) {
    this.told?.(what, 0, 0);
  }

  /** Why the signal was aborted, or undefined where the user just left. */
  get reason() {
    return this.signal?.aborted ? this.signal.reason : undefined;
  }
}
