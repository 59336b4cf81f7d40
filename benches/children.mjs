import { fork } from 'node:child_process';

/**
 * Measures contenders in turn, round by round, each in a process of its own: what one leaves behind (garbage, compiled
 * code tuned to its shapes, open sockets) is not charged to the next, and a slow moment of the machine hits all alike.
 * The order turns by one place each round.
 * @param {Map<string, Child>} children
 * @param {{ rounds: number, seconds: number }} limits on a busy machine `seconds` ends it early, after three rounds at least
 * @param {object} message what each is asked to do
 * @returns {Promise<Map<string, object[]>>} the answers of each, one a round
 */
export async function interleave(children, { rounds, seconds }, message) {
  const names = [...children.keys()];
  const answers = new Map(names.map((name) => [name, []]));
  const end = performance.now() + seconds * 1000;
  for (let round = 0; round < rounds && (round < 3 || performance.now() < end); round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round) % names.length];
      answers.get(name).push(await children.get(name).ask(message));
    }
  }
  return answers;
}

/**
 * Starts one process for each name and gives it its set-up message; ends them all when `body` is done.
 * @template T
 * @param {URL} script
 * @param {Map<string, object>} setups
 * @param {(children: Map<string, Child>, answers: Map<string, any>) => Promise<T>} body with the answers to the set-up
 */
export async function withChildren(script, setups, body) {
  const children = new Map();
  const answers = new Map();
  try {
    for (const [name, setup] of setups) {
      const child = new Child(script, name);
      children.set(name, child);
      answers.set(name, await child.ask(setup));
    }
    return await body(children, answers);
  } finally {
    for (const child of children.values()) child.close();
  }
}

/** A process that answers one message at a time. */
export class Child {
  #process;
  #waiting;

  constructor(script, name) {
    this.#process = fork(script, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', ({ error, answer }) =>
      error ? this.#waiting?.reject(new Error(`${name}: ${error}`)) : this.#waiting?.resolve(answer));
    this.#process.on('exit', (code) => this.#waiting?.reject(new Error(`${name}: its process ended with code ${code}`)));
  }

  /** @returns {Promise<any>} */
  ask(message) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.send(message);
    });
  }

  close() {
    this.#waiting = undefined;
    if (this.#process.connected) this.#process.disconnect();
  }
}

/**
 * The other end of `Child`: answers each message with what `handle` makes of it, and ends with the parent.
 * @param {(message: any) => Promise<unknown>} handle
 */
export function answerWith(handle) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    try {
      process.send({ answer: (await handle(message)) ?? null });
    } catch (error) {
      process.send({ error: error?.stack ?? String(error) });
    }
  });
}
