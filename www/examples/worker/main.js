// Loads the same data on the page and with a worker, and shows how long the page was kept busy at a time.
import { fetchEach } from 'fanfetch';
import { fetchEach as fetchEachByWorker } from 'fanfetch/worker';
import { startMeter } from './meter.js';

const WAYS = { page: fetchEach, worker: fetchEachByWorker };
const urls = Array.from({ length: 200 }, (_, i) => new URL(`/records?n=${i}`, location.href));

/** Takes in all responses, and lets go of each. */
async function load(way) {
  const stop = startMeter();
  let records = 0;
  for await (const { ok, data, error } of WAYS[way](urls, { concurrency: 6 })) {
    if (!ok) throw error;
    records += data.length;
  }
  return { ...stop(), records };
}

const milliseconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

async function show(way, label) {
  const { longestTask, longestWait, took } = await load(way);
  const cells = [label, longestTask === undefined ? 'none of 50 ms' : milliseconds(longestTask), milliseconds(longestWait), milliseconds(took)];
  const row = document.querySelector('tbody').insertRow();
  for (const cell of cells) row.insertCell().textContent = cell;
}

const buttons = [...document.querySelectorAll('button')];
for (const button of buttons) {
  button.addEventListener('click', async () => {
    for (const each of buttons) each.disabled = true;
    await show(button.dataset.way, button.textContent).finally(() => {
      for (const each of buttons) each.disabled = false;
    });
  });
}

const dot = document.querySelector('.dot');
(function move(now = 0) {
  dot.style.transform = `translateX(${20 + 20 * Math.sin(now / 400)}rem)`;
  requestAnimationFrame(move);
})();

// For the benchmark.
globalThis.load = load;
