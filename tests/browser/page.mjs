// The package as a plain module of a page: no bundler, no set-up call.
import * as fanfetch from '/pkg/entry.web.js';
import { runRow } from '/tests/js/run-row.mjs';

globalThis.runRow = (scene) => runRow(fanfetch, { ...scene, runtime: 'browser', heapUsed });
document.title = 'ready';

function heapUsed() {
  globalThis.gc();
  return performance.memory.usedJSHeapSize;
}
