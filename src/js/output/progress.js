/** Progress of a call, reported at intervals. */

import { within } from '../hooks/context.js';
import { now } from '../runtime/clock.js';
import { PROGRESS_INTERVAL } from '../protocol.js';

const NOTHING = { started: 0, succeeded: 0, failed: 0, inFlight: 0, queued: 0, retries: 0, bytes: 0 };

export class Progress {
  #tell;
  #context;
  #interval;
  #total;
  #failed;
  #began = now();
  #told = -Infinity;
  #last = NOTHING;

  /** The user's function runs in that context; `failed` takes what it throws. */
  constructor({ onProgress, progressInterval = PROGRESS_INTERVAL }, total, context, failed) {
    this.#tell = onProgress;
    this.#context = context;
    this.#interval = progressInterval;
    this.#total = total;
    this.#failed = failed;
  }

  /** Something has begun or ended. */
  note(started, succeeded, failed, inFlight, queued, retries, bytes) {
    this.#last = { started, succeeded, failed, inFlight, queued, retries, bytes };
    const time = now();
    if (time - this.#told >= this.#interval) this.#report(time);
  }

  /** Once more, with the last word. */
  end() {
    this.#report(now());
  }

  #report(time) {
    this.#told = time;
    const total = this.#total;
    const last = this.#last;
    const done = last.succeeded + last.failed;
    const seconds = (time - this.#began) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const eta = rate > 0 && { eta: (Math.max(0, total - done) / rate) * 1000 };
    try {
      const said = within(this.#context, this.#tell, undefined, { ...last, rate, ...(total !== undefined && { total, ...eta }) });
      if (typeof said?.then === 'function') said.then(undefined, this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }
}
