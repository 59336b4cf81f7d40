/**
 * The clock of a scenario. Most run in virtual time: the package looks timers and clocks up on `globalThis` at each use, so
 * that a scenario of ten seconds takes milliseconds, comes out the same each time, and a call that waits for nothing is seen
 * at once (nothing is left to happen). A share runs in real time, whose timers ring early, late and together.
 */
import FakeTimers from '@sinonjs/fake-timers';

const REPLACED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'];
const real = Object.fromEntries([...REPLACED, 'setImmediate'].map((name) => [name, globalThis[name]]));
const realNow = performance.now;

// One for all scenarios: a clock that went back would be a fault of the test's.
const fake = FakeTimers.createClock(Date.now());

/** @param {'virtual' | 'real'} kind */
export function createClock(kind) {
  const virtual = kind === 'virtual';
  if (virtual) {
    for (const name of REPLACED) globalThis[name] = fake[name];
    performance.now = () => fake.performance.now();
  }
  const begun = performance.now();
  const clock = {
    virtual,
    /** Milliseconds since the scenario began. */
    now: () => performance.now() - begun,
    /** Timers that are set and have not rung. */
    armed: () => (virtual ? fake.countTimers() : process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length),
    /** Lets everything happen that needs no time. */
    async drain(turns = 4) {
      for (let i = 0; i < turns; i++) await new Promise(real.setImmediate);
    },
    /** Goes on to what happens next; false where nothing will. */
    async step() {
      if (!virtual) {
        await new Promise((resolve) => real.setTimeout(resolve, 2));
        return true;
      }
      if (fake.countTimers() === 0) return false;
      fake.next();
      await clock.drain();
      return true;
    },
    uninstall() {
      if (!virtual) return;
      for (const name of REPLACED) globalThis[name] = real[name];
      performance.now = realNow;
      // Whatever is left would ring in the next scenario. `reset` would turn the time back as well.
      for (const timer of [...(fake.timers?.values?.() ?? Object.values(fake.timers ?? {}))]) fake.clearTimeout(timer.id);
    },
  };
  return clock;
}
