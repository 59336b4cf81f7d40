/** The package's calls over a fetch that runs in the worker. */

import { fetchRemotely } from './remote-fetch.js';
import { standalone, Options, fetchesRemotely } from './fanfetch.js';
import { retain, release } from './thread.js';

/** Options whose fetch is remote; a `fetch` of the user's overrides it and runs on the page. */
const options = () => Options.base(fetchRemotely);
const remote = { ...standalone, options };

export const viaWorker = ({ createClient, createFetch, fetchAll, fetchEach }) => {
  fetchesRemotely(fetchRemotely);
  return {
    createClient: (given) => retained(createClient(given, options())),
    createFetch(given) {
      const fetch = createFetch(given, options());
      retained(fetch.client);
      return fetch;
    },
    fetchAll: (requests, given) => fetchAll(requests, given, remote),
    fetchEach: (requests, given) => fetchEach(requests, given, remote),
  };
};

/** Keeps the worker alive until the client is closed. */
const retained = (client) => {
  const { close } = client;
  retain(client);
  const closing = () => {
    close.call(client);
    release(client);
  };
  return Object.defineProperty(client, 'close', { value: closing, configurable: true, writable: true });
};
