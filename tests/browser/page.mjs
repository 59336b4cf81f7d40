// The package as a plain module of a page, no bundler, no set-up call; its entry is named by the address.
import { runRow } from '/tests/runtimes/run-row.mjs';

const fanfetch = await import(`/pkg/entry.${location.hash.slice(1)}.js`);
globalThis.runRow = (scene) => runRow(fanfetch, { ...scene, runtime: 'browser', heapUsed });
document.title = 'ready';

function heapUsed() {
  globalThis.gc();
  return performance.memory.usedJSHeapSize;
}
