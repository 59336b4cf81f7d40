/** How far a call is, told to its user now and then. */

const EVERY = 100;

export class Progress {
  /** `failed` takes what the user's function throws. */
  constructor({ onProgress, progressInterval = EVERY }, total, failed) {
    this.tell = onProgress;
    this.interval = progressInterval;
    this.total = total;
    this.failed = failed;
    this.began = performance.now();
    this.told = -Infinity;
    this.last = undefined;
  }

  /** Something has begun or ended. */
  note(started, succeeded, failed, inFlight, queued, retries, bytes) {
    this.last = { started, total: this.total, succeeded, failed, inFlight, queued, retries, bytes };
    const now = performance.now();
    if (now - this.told >= this.interval) this.report(now);
  }

  /** Once more, with the last word. */
  end() {
    const none = { started: 0, total: this.total, succeeded: 0, failed: 0, inFlight: 0, queued: 0, retries: 0, bytes: 0 };
    this.last ??= none;
    this.report(performance.now());
  }

  report(now) {
    this.told = now;
    const progress = this.last;
    const done = progress.succeeded + progress.failed;
    const seconds = (now - this.began) / 1000;
    progress.rate = seconds > 0 ? done / seconds : 0;
    if (progress.total === undefined) delete progress.total;
    else if (progress.rate > 0) progress.eta = (Math.max(0, progress.total - done) / progress.rate) * 1000;
    try {
      const said = this.tell(progress);
      if (typeof said?.then === 'function') said.then(undefined, (error) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }
}
