/** What a process shows of an error that nobody handled. */
import { inspect } from 'node:util';

const EVENTS = ['unhandledRejection', 'uncaughtException', 'warning'];

export function createWatch(world) {
  const heard = EVENTS.map((event) => (what) => {
    // Node's own words about itself are no fault of a scenario's.
    if (event === 'warning' && what?.name === 'ExperimentalWarning') return;
    world.fail('process', `${event}: ${inspect(what).slice(0, 600)}`);
  });
  EVENTS.forEach((event, i) => process.on(event, heard[i]));
  return { stop: () => EVENTS.forEach((event, i) => process.off(event, heard[i])) };
}
