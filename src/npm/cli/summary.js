/** What is told at the end: how it went, by status, by tries and by host. Its memory does not grow with the results. */

import { bytesText, durationText, plural } from './format.js';
import { Histogram } from './histogram.js';

/** Hosts told apart; those met later are counted together, as an endless list may name any number. */
const HOSTS_KEPT = 1000;
const HOSTS_SHOWN = 20;
const OTHERS = '(other hosts)';

export class Summary {
  ok = 0;
  failed = 0;
  retries = 0;
  bytes = 0;
  #retried = 0;
  #statuses = new Map();
  #tries = new Map();
  #hosts = new Map();
  #begun = performance.now();

  get done() {
    return this.ok + this.failed;
  }

  /** @param {import('fanfetch').FetchResult} result */
  add(result) {
    const retries = Math.max(0, result.attempts.length - 1);
    const bytes = result.bytes ?? 0;
    const host = this.#host(hostOf(result.request.url));
    for (const totals of [this, host]) {
      totals[result.ok ? 'ok' : 'failed'] += 1;
      totals.retries += retries;
      totals.bytes += bytes;
    }
    if (retries > 0) this.#retried += 1;
    // Each try by itself: the time of the host, without our waiting in the queue and between tries.
    for (const attempt of result.attempts) host.latency.add(attempt.duration);
    increment(this.#statuses, statusOf(result));
    increment(this.#tries, result.attempts.length);
  }

  /**
   * @param {string} [ending] why it ended early
   * @returns {string} several lines
   */
  text(ending) {
    const { done, ok, failed, retries, bytes } = this;
    const time = durationText(performance.now() - this.#begun);
    const retried = `${this.#retried} retried${retries > 0 ? ` (${plural(retries, 'retry', 'retries')})` : ''}`;
    return [
      `${plural(done, 'request', 'requests')} in ${time}: ${ok} ok, ${failed} failed, ${retried}, ${bytesText(bytes)}${ending ? `; ${ending}` : ''}`,
      ...(done > 0 ? [counts('status', this.#statuses), counts('tries', this.#tries), '', ...this.#hostTable()] : []),
    ].join('\n');
  }

  #host(name) {
    const key = this.#hosts.has(name) || this.#hosts.size < HOSTS_KEPT ? name : OTHERS;
    if (!this.#hosts.has(key)) this.#hosts.set(key, { ok: 0, failed: 0, retries: 0, bytes: 0, latency: new Histogram() });
    return this.#hosts.get(key);
  }

  #hostTable() {
    const hosts = [...this.#hosts].sort(([, a], [, b]) => b.ok + b.failed - (a.ok + a.failed));
    const rows = hosts.slice(0, HOSTS_SHOWN).map(([name, { ok, failed, retries, bytes, latency }]) => [
      name, ok, failed, retries, ...[0.5, 0.95, 0.99].map((share) => durationText(latency.percentile(share))), bytesText(bytes),
    ]);
    const hidden = hosts.length - rows.length;
    return [
      ...table(['host', 'ok', 'failed', 'retries', 'p50', 'p95', 'p99', 'bytes'], rows),
      ...(hidden > 0 ? [`and ${plural(hidden, 'host', 'hosts')} more`] : []),
    ];
  }
}

function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : '(no host)';
}

/** The status where an answer decided it, the error's code where it was something else. */
function statusOf({ ok, status, error }) {
  return ok || error.code === 'HTTP' ? String(status) : error.code;
}

function increment(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

/** `status  200 ×280  503 ×20` */
function counts(title, map) {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${title.padEnd(6)}  ${sorted.map(([key, count]) => `${key} ×${count}`).join('  ')}`;
}

/** Columns of the width of their widest text, the first one to the left, numbers to the right. */
function table(head, rows) {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join('  '));
}
