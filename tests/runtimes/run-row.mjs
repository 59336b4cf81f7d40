import { rows } from './rows.mjs';
import { createWorld } from '../helpers/world.mjs';

/**
 * Runs a row of `rows.mjs` outside Node, with every invariant that can be seen there.
 *
 * @param {object} fanfetch The package.
 * @param {{ name: string, site: object, runtime: 'browser' | 'workerd', heapUsed?: () => number }} scene
 */
export async function runRow(fanfetch, { name, site, runtime, heapUsed }) {
  const row = rows.find((each) => each.name === name);
  const control = async (path) => (await fetch(site.origins.at(-1) + path)).json();
  const world = createWorld({ fanfetch, site, control, runtime, heapUsed });
  const unhandled = [];
  const note = (event) => unhandled.push(String(event.reason ?? event.message));
  const events = ['unhandledrejection', 'error'];
  for (const event of events) addEventListener(event, note);
  try {
    await world.reset();
    await row.run(fanfetch, world);
    await world.verify({ attempts: row.attempts });
    world.assert.same(unhandled, [], 'errors that nobody handled');
  } finally {
    for (const event of events) removeEventListener(event, note);
  }
}
