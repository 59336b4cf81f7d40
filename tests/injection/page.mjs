// The scenarios in a page, on the entry that holds all of the package in itself: a copy of it begins anew.
import { runNamed } from '/tests/injection/all.mjs';

const unhandled = [];
for (const event of ['unhandledrejection', 'error']) {
  addEventListener(event, (told) => {
    unhandled.push(told.reason ?? told.error ?? told.message);
    told.preventDefault();
  });
}

let copies = 0;
const ENTRY = '/pkg/entry.inline.js';
const load = async () => {
  const fanfetch = await import(`${ENTRY}?${copies++}`);
  // The wasm comes later in a page: not within a scenario.
  await fanfetch.fetchAll([]);
  return fanfetch;
};
const text = await (await fetch('/pkg/fanfetch.js')).text();

globalThis.runInjection = (name, round, share) => runNamed(name, { load, text, unhandled, round, share });
document.title = 'ready';
