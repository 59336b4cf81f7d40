/**
 * The real network: the fault server (`tests/server.mjs`) and the host's own fetch, for a share of the scenarios. A fetch counts
 * as in flight until its headers are there; the server itself tells how many it had at once.
 */
import { startServer } from '../server.mjs';

let started;
/** Keys of all scenarios are different, since the server keeps its log. */
let count = 0;

/** @returns {Promise<object>} origins of the server, started by the first scenario that needs it */
export const serverSite = () => (started ??= startServer());
export const stopServer = async () => (await started)?.close();

/** The path that does what an answer of the double's does. */
function pathOf([answer = {}, ...more]) {
  const { does, status = 200, after, every, breakAfter, stallAfter, redirects, pad } = answer;
  if (does === 'reject' || does === 'throw') return more.length > 0 ? '/flaky?mode=reset' : '/reset';
  if (does === 'hang' || stallAfter !== undefined) return '/drip?bytes=30&chunk=10&every=60';
  if (status !== 200) return more.length > 0 && status >= 400 ? `/flaky?status=${status}` : `/status/${status}`;
  if (breakAfter !== undefined) return '/truncate';
  if (redirects) return `/redirect/${redirects.length}?status=${redirects[0].status}`;
  if (every) return `/drip?bytes=30&chunk=10&every=${every}`;
  if (pad) return `/huge?bytes=${pad}`;
  return after === undefined ? '/ok' : `/delay/${after}`;
}

/** The same ledger as that of the double (`network.mjs`). */
export async function createServerNetwork(world, hostFetch) {
  const { origins } = await serverSite();
  const run = ++count;
  const flights = [];
  const perId = new Map();
  const addresses = new Map();
  const network = {
    flights,
    of: (id) => perId.get(id) ?? [],
    pending: () => flights.filter(({ answered }) => !answered).length,
    addressOf(item) {
      if (item.shared !== undefined && addresses.has(item.id)) return addresses.get(item.id);
      const path = pathOf(item.answers ?? []);
      const address = `${origins[item.shared ?? item.host ?? 0]}${path}${path.includes('?') ? '&' : '?'}key=${item.id}r${run}`;
      addresses.set(item.id, address);
      return address;
    },
    idIn: (url) => /[?&]key=([a-z]\w*?)r\d+/.exec(url)?.[1],
    async fetch(input, init = {}) {
      const request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
      const url = request?.url ?? String(input);
      const id = network.idIn(url);
      const own = perId.get(id) ?? [];
      perId.set(id, own);
      const item = world.itemOf(id);
      const hop = item && url !== item.url ? 1 : 0;
      const attempts = own.filter((one) => one.hop === 0).length;
      const flight = {
        id, url, hop, request, init, item, signal: init.signal ?? request?.signal, host: new URL(url).host, origin: new URL(item?.url ?? url).host, isOpen: true,
        attempt: hop ? attempts : attempts + 1, method: init.method ?? request?.method ?? 'GET', startedAt: world.now(), answered: false, outcome: 'pending',
        answer: { ...item?.answers?.[0], retryAfter: undefined },
      };
      flights.push(flight);
      own.push(flight);
      world.began(flight);
      const end = (how) => flight.isOpen && Object.assign(flight, { isOpen: false, ended: how, endedAt: world.now() });
      const aborted = () => end('aborted');
      flight.signal?.addEventListener('abort', aborted);
      try {
        const response = await hostFetch(input, init);
        // The status of an attempt is the one that its redirects led to.
        (hop ? own.findLast((one) => one.hop === 0) : flight).status = response.status;
        flight.outcome = 'answered';
        return response;
      } catch (error) {
        flight.outcome = 'rejected';
        throw error;
      } finally {
        flight.signal?.removeEventListener('abort', aborted);
        flight.answered = true;
        end('headers');
      }
    },
  };
  return network;
}
