/**
 * Runs one scenario and nothing else, in a process of its own: `node exit-child.mjs <site as JSON> <name>`. Prints a line
 * when the last result has come; the process must then end by itself.
 */
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { rows } from '../../runtimes/rows.mjs';
import { readControl } from '../../helpers/server-child.mjs';
import { createWorld } from '../../helpers/world.mjs';

const many = (world, count, path, host = 0) => Array.from({ length: count }, () => world.at(path, host));

/** Scenarios that could each keep a process alive: an armed timer, an open socket, a pending promise. */
export const SCENARIOS = {
  ...Object.fromEntries(rows.filter(({ isLong }) => !isLong).map(({ name, run }) => [name, (world) => run(fanfetch, world)])),
  'long limits that are not reached': (world) => world.fetchAll(many(world, 5, '/ok'), {
    timeout: { attempt: 60_000, headers: 60_000, idle: 60_000, total: 60_000 }, deadline: 60_000, rateLimit: { limit: 100, interval: 60_000 },
  }),
  'a deadline that cuts requests off': (world) => world.fetchAll(many(world, 20, '/hang'), { concurrency: 4, deadline: 200 }),
  'a fetch that never settles': (world) => world.fetchAll(many(world, 3, '/ok'), { fetch: () => new Promise(() => {}), timeout: 100 }),
  'an input that never comes, and an abort': async (world) => {
    const controller = new AbortController();
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    setTimeout(() => controller.abort(), 100);
    await world.fetchAll(never, { signal: controller.signal }).catch(() => {});
  },
  'a body that is not read': (world) => world.fetchAll(many(world, 3, '/huge?bytes=inf'), { responseType: 'none' }),
  'stopOnError with others in flight': (world) => world.fetchAll([world.at('/status/404'), ...many(world, 10, '/hang')], { stopOnError: true }).catch(() => {}),
  'options that are refused': (world) => world.raw([world.at('/ok')], { timout: 1 }).catch(() => {}),
};

const [, program, given, name] = process.argv;
if (program === (await import('node:url')).fileURLToPath(import.meta.url)) {
  const site = JSON.parse(given);
  const world = createWorld({ fanfetch, site, control: (path) => readControl(site, path), runtime: 'node' });
  await world.reset();
  await SCENARIOS[name](world);
  process.stdout.write('settled\n');
}
