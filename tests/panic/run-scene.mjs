import { createWorld } from '../helpers/world.mjs';
import * as fuse from './fuse.mjs';
import { scenes } from './scenes.mjs';

/**
 * Runs a scene outside Node.
 *
 * @param {object} fanfetch The package that can trap.
 * @param {{ name: string, site: object, runtime: 'browser' | 'workerd' }} scene
 */
export async function runScene(fanfetch, { name, site, runtime }) {
  const control = async (path) => (await fetch(site.origins.at(-1) + path)).json();
  const world = createWorld({ fanfetch, site, control, runtime });
  const unhandled = [];
  const note = (event) => unhandled.push(String(event.reason?.stack ?? event.reason ?? event.message));
  const events = ['unhandledrejection', 'error'];
  for (const event of events) addEventListener(event, note);
  try {
    await world.reset();
    await scenes.find((each) => each.name === name).run(fanfetch, fuse, world);
    await world.sleep(20);
    world.assert.same(unhandled, [], 'errors that nobody handled');
  } finally {
    for (const event of events) removeEventListener(event, note);
  }
}
