/** The live bar on standard error, where that is a terminal. */

import cliProgress from 'cli-progress';

/**
 * @param {NodeJS.WriteStream} stream
 * @param {import('./summary.js').Summary} summary counted while it goes on
 * @param {number | undefined} total
 * @param {{ shared?: boolean }} [options] `shared`: the results go to the same terminal
 */
export function startProgress(stream, summary, total, { shared = false } = {}) {
  const bar = new cliProgress.SingleBar({
    stream,
    format: total === undefined ? UNBOUNDED : BOUNDED,
    clearOnComplete: true,
    hideCursor: true,
    // Results push the bar away: it is drawn again even when nothing in it changed; and they may be longer than a line.
    forceRedraw: shared,
    linewrap: shared,
    barsize: 24,
    etaBuffer: 100,
  });
  // Going back to where the bar began would write over those results.
  bar.terminal.cursorSave = bar.terminal.cursorRestore = () => {};

  const begun = performance.now();
  const figures = () => ({
    ok: summary.ok,
    failed: summary.failed,
    retries: summary.retries,
    rate: (summary.done / Math.max(0.001, (performance.now() - begun) / 1000)).toFixed(1),
  });
  bar.start(total ?? 0, 0, figures());
  return {
    update: () => bar.update(summary.done, figures()),
    /** Frees the bar's line for a result. */
    clear: () => shared && stream.write('\r\x1b[K'),
    stop: () => bar.stop(),
  };
}

const FIGURES = 'ok {ok}  failed {failed}  retries {retries}  {rate}/s';
const BOUNDED = `{bar} {percentage}%  {value}/{total}  ${FIGURES}  ETA {eta_formatted}`;
const UNBOUNDED = `{value} done  ${FIGURES}  {duration_formatted}`;
