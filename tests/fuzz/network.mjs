/**
 * The double of the network: `fetch` with faults by address and attempt, and the ledger of what was asked of it. Everything
 * it gives names the request and the attempt that it was asked for.
 */
import { responseOf } from './answers.mjs';

/**
 * @param {object} world
 * @param {(flight: object) => void} world.began Told of each fetch in the turn in which it begins.
 */
export function createNetwork(world) {
  const flights = [];
  const perId = new Map();
  const network = {
    flights,
    of: (id) => perId.get(id) ?? [],
    addressOf: (item) => `http://h${item.shared ?? item.host ?? 0}.test/${item.id}`,
    idIn: (url) => /^http:\/\/h\d\.test\/(\w+)/.exec(url)?.[1],
    /** Answers not given yet, of hosts that do not hear an abort among others. */
    pending: () => flights.filter(({ answered }) => !answered).length,
    fetch(input, init) {
      try {
        return network.ask(input, init);
      } catch (error) {
        if (!error?.isGiven) world.crashed ??= error;
        throw error?.isGiven ? error.error : error;
      }
    },
    ask(input, init) {
      const flight = begin(input, init);
      const { item } = flight;
      const answers = item?.answers?.length > 0 ? item.answers : [{}];
      const answer = flight.hop > 0 ? flight.redirect.at : answers[Math.min(flight.attempt, answers.length) - 1];
      flight.answer = answer;
      world.began(flight);
      if (answer.does === 'throw') {
        flight.settle('rejected');
        throw { isGiven: true, error: lost(answer) };
      }
      const promise = respond(answer, flight);
      return answer.thenable ? twice(promise) : promise;
    },
  };

  const begin = (input, init = {}) => {
    const request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
    const url = request?.url ?? String(input);
    const { host, pathname, searchParams } = new URL(url);
    const id = pathname.slice(1);
    const hop = Number(searchParams.get('hop') ?? 0);
    const own = perId.get(id) ?? [];
    perId.set(id, own);
    const attempts = own.filter((one) => one.hop === 0).length;
    const before = hop > 0 ? own.findLast((one) => one.redirect !== undefined && one.hop === hop - 1) : undefined;
    const signal = init.signal ?? request?.signal ?? undefined;
    const flight = {
      id, url, host, hop, request, init, signal, item: world.itemOf(id), attempt: hop > 0 ? attempts : attempts + 1,
      method: init.method ?? request?.method ?? 'GET', startedAt: world.now(), isOpen: true, answered: false, outcome: 'pending', body: undefined,
      redirected: hop > 0, redirect: hop > 0 ? before?.redirect : undefined, origin: before?.origin ?? host, endedAt: undefined, ended: undefined, aborted: false,
    };
    flight.end = (how) => {
      if (!flight.isOpen) return;
      // A host leaves the signal when it is done.
      signal?.removeEventListener('abort', aborted);
      Object.assign(flight, { isOpen: false, ended: how, endedAt: world.now() });
    };
    flight.settle = (outcome) => {
      Object.assign(flight, { answered: true, outcome });
      if (outcome === 'rejected') flight.end('rejected');
    };
    const heard = [];
    flight.onAbort = (act) => (flight.aborted ? act(signal.reason) : heard.push(act));
    const aborted = () => {
      flight.aborted = true;
      for (const act of heard) act(signal.reason);
      flight.end('aborted');
    };
    signal?.addEventListener('abort', aborted);
    if (signal?.aborted) flight.aborted = true;
    flights.push(flight);
    own.push(flight);
    return flight;
  };

  const respond = async (answer, flight) => {
    await sent(flight);
    if (flight.aborted && !answer.deaf) return refuse(answer, flight);
    const ready = answer.does === 'hang' ? world.hold(flight) : world.sleep(answer.after ?? 0);
    if (answer.deaf) await ready;
    else await Promise.race([ready, new Promise((resolve) => flight.onAbort(resolve))]);
    if (flight.aborted && !answer.deaf) return refuse(answer, flight);
    if (answer.does === 'reject') {
      flight.settle('rejected');
      throw lost(answer);
    }
    return arrive(answer, flight);
  };

  const arrive = (answer, flight) => {
    flight.settle('answered');
    // It comes too late: whoever asked has to cancel it.
    flight.late = flight.aborted;
    if (flight.late) flight.isOpen = true;
    const [next, ...rest] = answer.redirects ?? [];
    for (const { status = 200 } of [answer, ...(answer.redirects ?? [])]) if (status < 200 || status > 599) world.crashed ??= new RangeError(`no status ${status}`);
    flight.status = next?.status ?? answer.status ?? 200;
    if (next === undefined) return responseOf(answer, flight, world);
    const { redirects, ...last } = answer;
    const location = `http://h${next.host}.test/${flight.id}?hop=${flight.hop + 1}`;
    const mode = flight.init.redirect ?? flight.request?.redirect ?? 'follow';
    flight.redirect = { at: { ...last, redirects: rest } };
    if (mode === 'manual') return responseOf({ ...last, after: 0, status: next.status, location, redirects: undefined }, flight, world);
    flight.url = `http://h${[next, ...rest].at(-1).host}.test/${flight.id}?hop=${flight.hop + 1 + rest.length}`;
    flight.redirected = true;
    flight.status = last.status ?? 200;
    return responseOf(last, flight, world);
  };

  /** The body of the request, which the host would send: it names its request, and can be read once. */
  const sent = async (flight) => {
    const { init, request, id } = flight;
    const body = init.body ?? (request?.body ? request : undefined);
    if (body === undefined || body === null) return;
    try {
      flight.sent = await (body === request ? request.text() : new Response(body).text());
    } catch (error) {
      flight.sent = String(error?.message);
      if (!flight.aborted && flight.item?.bodyFails !== true) world.fail('body sent', `the body of ${id} cannot be sent: ${error}`);
      return;
    }
    world.check(!flight.sent.includes('body of') || flight.sent.includes(`body of ${id}.`), 'body sent', () => `${id} was sent with: ${flight.sent}`);
  };

  const refuse = async (answer, flight) => {
    if (answer.rejectsAfter) await world.sleep(answer.rejectsAfter);
    flight.settle('rejected');
    throw answer.abortsAs === 'network' ? lost(answer) : flight.signal.reason;
  };
  return network;
}

/** A thenable that settles more than once, as some mocks do. */
const twice = (promise) => ({
  then(resolve, reject) {
    promise.then((value) => {
      resolve(value);
      resolve(new Response('{"id":"nobody","attempt":0}', { headers: { 'x-id': 'nobody', 'content-type': 'application/json' } }));
      reject(new Error('settled twice'));
    }, (error) => {
      reject(error);
      reject(new Error('settled twice'));
      resolve(new Response('{"id":"nobody","attempt":0}', { headers: { 'x-id': 'nobody', 'content-type': 'application/json' } }));
    });
  },
});

/** Failures in the words of hosts: some would pass, some would repeat, some nobody knows. */
const FAILURES = {
  fetchFailed: () => Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }),
  certificate: () => Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('self signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }) }),
  unknown: () => new Error('something else'),
  nothing: () => undefined,
  text: () => 'a text',
  null: () => null,
};
export const FAILURE_NAMES = Object.keys(FAILURES);
const lost = ({ fails = 'fetchFailed' }) => FAILURES[fails]();
