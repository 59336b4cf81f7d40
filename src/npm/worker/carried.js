/** The calls of the package, with a fetch that is carried out in the worker. */

import { fetchAfar } from './errand.js';
import { standalone, Options, fetchesRemotely } from './fanfetch.js';
import { moveIn, moveOut } from './thread.js';

/** A `fetch` of the user's own lies over it, and is called where the user is. */
const options = () => Options.base(fetchAfar);
const nobody = { ...standalone, options };

export const carried = ({ createClient, createFetch, fetchAll, fetchEach }) => {
  fetchesRemotely(fetchAfar);
  return {
    createClient: (given) => housed(createClient(given, options())),
    createFetch(given) {
      const fetch = createFetch(given, options());
      housed(fetch.client);
      return fetch;
    },
    fetchAll: (requests, given) => fetchAll(requests, given, nobody),
    fetchEach: (requests, given) => fetchEach(requests, given, nobody),
  };
};

/** While it is open it keeps the worker. */
const housed = (client) => {
  const { close } = client;
  moveIn(client);
  const closing = () => {
    close.call(client);
    moveOut(client);
  };
  return Object.defineProperty(client, 'close', { value: closing, configurable: true, writable: true });
};
