/** How far a call is, told to its user now and then. */

import { within } from './context.js';
import { now } from './runtime.js';

const EVERY = 100;

export class Progress {
  /** The user's function runs in that context; `failed` takes what it throws. */
  constructor({ onProgress, progressInterval = EVERY }, total, context, failed) {
    this.tell = onProgress;
    this.context = context;
    this.interval = progressInterval;
    this.total = total;
    this.failed = failed;
    this.began = now();
    this.told = -Infinity;
    this.last = undefined;
  }

  /** Something has begun or ended. */
  note(started, succeeded, failed, inFlight, queued, retries, bytes) {
    this.last = { started, total: this.total, succeeded, failed, inFlight, queued, retries, bytes };
    const time = now();
    if (time - this.told >= this.interval) this.report(time);
  }

  /** Once more, with the last word. */
  end() {
    const none = { started: 0, total: this.total, succeeded: 0, failed: 0, inFlight: 0, queued: 0, retries: 0, bytes: 0 };
    this.last ??= none;
    this.report(now());
  }

  report(time) {
    this.told = time;
    const progress = this.last;
    const done = progress.succeeded + progress.failed;
    const seconds = (time - this.began) / 1000;
    progress.rate = seconds > 0 ? done / seconds : 0;
    if (progress.total === undefined) delete progress.total;
    else if (progress.rate > 0) progress.eta = (Math.max(0, progress.total - done) / progress.rate) * 1000;
    try {
      const said = within(this.context, this.tell, undefined, progress);
      if (typeof said?.then === 'function') said.then(undefined, (error) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }
}
