/** Runs scenarios: twice to learn their points, then once for each injection. */
import { createBench } from './bench.mjs';
import { occupy } from './host.mjs';
import { kinds } from './kinds.mjs';
import { unwrap, wrap } from './membrane.mjs';
import { activity, begin, end } from './probe.mjs';
import { judge, shown } from './verdict.mjs';

/** Milliseconds on the scenario's clock, longer than any time limit. */
const END = 20_000;

/** One turn of the event loop. */
export const turn = globalThis.setImmediate
  ? () => new Promise((resolve) => globalThis.setImmediate(resolve))
  : () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
const realTimeout = globalThis.setTimeout;
const sleep = (ms) => new Promise((resolve) => realTimeout(resolve, ms));

/** Idle turns of the event loop before time goes on. */
const PATIENCE = globalThis.setImmediate ? 2 : 4;

/** Timers further away are time limits, nearer ones are waits of the network. */
const LONG = 100;

/** Lets time pass until `isOver`, or until no timer is left. */
export const until = async (bench, isOver) => {
  const signs = () => `${activity()} ${bench.answered} ${bench.pending}`;
  for (let slept = false; !isOver();) {
    const before = signs();
    for (let i = 0; i < PATIENCE && !isOver(); i++) await turn();
    if (isOver()) return;
    if (before !== signs()) slept = false;
    // Before a time limit fires the host gets a moment for its own asynchronous work.
    else if (!slept && bench.clock.next > LONG) {
      await sleep(5);
      slept = true;
    } else if (!bench.advance(END)) return;
    else slept = false;
  }
};

/**
 * Runs a scenario once, beside requests of other clients and calls.
 *
 * @param {object} scenario
 * @param {object} fanfetch
 * @param {{ target: string, kind: object }} [injection]
 * @param {unknown[]} unhandled Collects unhandled errors.
 * @returns {Promise<{ points: object[], hit?: object, wrong: string[] }>}
 */
export const runOnce = async (scenario, fanfetch, injection, unhandled) => {
  unhandled.length = 0;
  const bench = createBench(fanfetch);
  const fetchRoot = { owner: 'host', of: ([input]) => ({ owner: bench.ownerOf(unwrap(input)), host: true }) };
  const fetch = wrap(bench.fetch, 'fetch', fetchRoot);
  const leave = occupy(bench.clock, fetch);
  const shared = { fetch: bench.fetch, retry: false, timeout: false, concurrency: 4 };
  const beside = fanfetch.createClient(shared);
  const gate = (name) => `https://gate.test/gate/${name.replaceAll(' ', '-')}`;
  const bystand = (name, act) => bench.one(`bystander ${name}`, act, gate(name));
  const problems = [];
  bench.advance = (end) => {
    try {
      return bench.clock.advance(end);
    } catch (error) {
      problems.push(`a timer's function threw ${shown(error)}`);
      return true;
    }
  };
  try {
    bystand('of another client', () => beside.get(gate('of another client')));
    bystand('of a call', async () => (await fanfetch.fetchAll([gate('of a call')], shared))[0]);
    bench.dropIn('bystander of createFetch', () => fanfetch.createFetch(shared)(gate('createFetch')), gate('createFetch'));
    await turn();
    const bystanders = bench.pending;

    begin(injection);
    const scene = { ...bench, fetch, get pending() { return bench.pending; } };
    let client;
    try {
      client = await scenario.run(scene);
    } catch (error) {
      problems.push(`the scenario threw ${shown(error)}`);
    }
    if (scenario.beside) bystand('of the same client', () => client.get(gate('of the same client'), { timeout: { attempt: false, total: 15_000 } }));
    await until(bench, () => bench.pending <= bystanders + (scenario.beside ? 1 : 0));
    const { points, hit, injected } = end();

    bench.open();
    const later = [['later call of another client', () => beside.get(gate('later')), 'later'], ['later call', async () => (await fanfetch.fetchAll([gate('alone')], shared))[0], 'alone']];
    if (client !== undefined && hit?.root.owner !== 'client') later.push(['later call of the client', () => client.get(gate('client')), 'client']);
    for (const [name, act, key] of later) bench.one(name, act, gate(key));
    await until(bench, () => bench.pending === 0);
    await turn();
    await turn();
    const wrong = [...problems, ...judge({ ...bench, hit, injected }, fanfetch)];
    const left = client === undefined ? '' : `${client.inFlight} in flight, ${client.queued} queued`;
    // A body made of nonsense cannot be read to its end.
    const isReadable = !(hit?.sort === 'new' && injection.kind.value !== undefined) && !/\.clone|new Response\(\)\.then/.test(hit?.id);
    if (client !== undefined && isReadable && wrong.length === 0 && left !== '0 in flight, 0 queued') wrong.push(`the client has ${left}`);
    for (const error of unhandled) wrong.push(`nobody handled ${shown(error)}`);
    return { points, hit, wrong };
  } finally {
    end();
    leave();
    beside.close();
  }
};

/**
 * Runs a scenario once for each injection that `choose` takes.
 *
 * @param {object} scenario
 * @param {object} host
 * @param {() => Promise<object>} host.load Gives the package, each time another copy of it.
 * @param {unknown[]} host.unhandled
 * @param {(key: string, kinds: object[]) => object[]} host.choose Selects from the kinds that fit a point.
 * @param {number} [host.most] Failures after which the rest is left out.
 * @returns {Promise<{ name: string, points: number, runs: number, missed: number, failures: object[] }>}
 *   `missed` runs did not come to their point
 */
export const runScenario = async (scenario, { load, unhandled, choose, most = Infinity }) => {
  let fanfetch = await load();
  // The first run also makes the objects that are made once.
  const first = await runOnce(scenario, fanfetch, undefined, unhandled);
  const usual = await runOnce(scenario, fanfetch, undefined, unhandled);
  const failures = [...first.wrong, ...usual.wrong].map((wrong) => ({ point: 'none', kind: 'none', wrong: [wrong] }));
  const points = [...new Map([...first.points, ...usual.points].map((point) => [point.id, point])).values()];
  const once = new Set(first.points.map(({ id }) => id).filter((id) => !usual.points.some((point) => point.id === id)));
  const result = { name: scenario.name, points: points.length, runs: 0, missed: 0, failures };
  if (failures.length > 0) return result;

  for (const point of points) {
    for (const kind of choose(`${scenario.name} ${point.id}`, kinds.filter(({ fits }) => fits(point)))) {
      if (failures.length >= most) return result;
      const injection = { target: point.id, kind };
      if (once.has(point.id)) fanfetch = await load();
      let run = await runOnce(scenario, fanfetch, injection, unhandled);
      if (run.wrong.length > 0 && !once.has(point.id) && !isTrap(run)) {
        // Repeated on a fresh copy, since an earlier run may have left damage.
        fanfetch = await load();
        await runOnce(scenario, fanfetch, undefined, unhandled);
        run = await runOnce(scenario, fanfetch, injection, unhandled);
      }
      result.runs += 1;
      if (run.hit === undefined) result.missed += 1;
      if (run.wrong.length > 0) failures.push({ point: point.id, kind: kind.name, wrong: run.wrong });
      // After a trap the package has a fresh instance anyway.
      if ((run.wrong.length > 0 && !isTrap(run)) || point.id.includes('FinalizationRegistry')) fanfetch = await load();
    }
  }
  return result;
};

/** True for a trap of this run; a memory error may come from an earlier one. */
const isTrap = ({ wrong }) => wrong.length === 1 && /^INTERNAL: (?!RuntimeError)/.test(wrong[0]);

/** The names of the properties that were read at points. */
export const namesOf = (points) => [...new Set(points.filter(({ sort }) => sort === 'get').map(({ id }) => /([\w$]+)(?:#\d+)?$/.exec(id)?.[1]).filter(Boolean))];
