/**
 * Plays scenarios in a process of its own: one that spins, runs out of memory or ends the process is a failure like any other,
 * and what it leaves behind is gone with it.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { play } from './play.mjs';
import { createScenario } from './scenario.mjs';

/** Milliseconds after which a scenario is stuck. */
const PATIENCE = 40_000;
const STUCK = { rule: 'stuck', text: 'the process is stuck, or has ended' };

/** The parent's side. */
export class Player {
  #child;
  #waiting;
  #timer;

  /** @param {string[]} without Themes and rules that are turned off. */
  constructor(without = []) {
    this.without = without;
  }

  /** Plays one scenario; gives its violations, none where it could not be played. */
  play(scenario) {
    return this.#ask({ scenario }, () => ({ violations: [STUCK] }));
  }

  /**
   * Plays scenarios by seed until one fails or the time is up.
   *
   * @param {number} seed The first.
   * @param {number} until A time of `Date.now`.
   * @returns {Promise<{ seed: number, violations: object[], requests: number, checks: number, scenarios: number }>}
   */
  run(seed, until) {
    return this.#ask({ seed, until }, (last = seed) => ({ seed: last, violations: [STUCK], requests: 0, checks: 0, scenarios: 1 }));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #ask(message, otherwise) {
    this.#child ??= this.#started();
    return new Promise((resolve) => {
      let playing;
      const dies = () => {
        this.stop();
        resolve(otherwise(playing));
      };
      const rest = () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(dies, PATIENCE);
      };
      rest();
      this.#waiting = (answer) => {
        if (answer.playing !== undefined) {
          playing = answer.playing;
          return rest();
        }
        clearTimeout(this.#timer);
        return resolve(answer);
      };
      this.#child.once('exit', dies);
      this.#child.send(message);
    });
  }

  #started() {
    const child = fork(fileURLToPath(import.meta.url), [this.without.join(',')], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    child.setMaxListeners(0);
    child.on('message', (answer) => this.#waiting(answer));
    return child;
  }
}

/** The child's side. */
function serve(without) {
  // The fake clock tells of timers that an instance of the wasm takes along when it traps.
  console.warn = () => {};
  process.on('message', async ({ scenario, seed, until }) => {
    if (scenario) {
      const { violations } = await played(scenario);
      return process.send({ violations });
    }
    const sum = { seed, violations: [], requests: 0, checks: 0, scenarios: 0 };
    for (; Date.now() < until && sum.violations.length === 0; sum.seed++) {
      process.send({ playing: sum.seed });
      const { violations, requests, checks } = await played(createScenario(sum.seed, without));
      Object.assign(sum, { violations, requests: sum.requests + requests, checks: sum.checks + checks, scenarios: sum.scenarios + 1 });
      if (violations.length > 0) break;
    }
    return process.send(sum);
  });
  process.on('disconnect', () => process.exit());

  /** A scenario that cannot be played is a fault of the fuzzer's, and shrinking makes many of them. */
  async function played(given) {
    try {
      return await play(JSON.parse(JSON.stringify(given)), { without });
    } catch (error) {
      return { violations: [{ rule: 'fuzzer', text: String(error?.stack) }], requests: 0, checks: 0 };
    }
  }
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) serve(new Set((process.argv[2] ?? '').split(',').filter(Boolean)));
