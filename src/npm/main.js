/** All that the package gives to its own entries. */

import { setDefaultConcurrency } from '../js/options/options.js';
import { showsRedirects } from '../js/exchange/sending.js';
import { fetchAll, fetchEach } from './calls.js';
import { createClient } from './client.js';
import { createFetch } from './fetch.js';
import { provide } from './loader.js';
import { shareBy } from './shared.js';

export { Options } from '../js/options/options.js';
export { fetchesRemotely, holdBody, withBody } from '../js/exchange/response.js';
export { makeStats } from '../js/output/stats.js';
export { standalone, engineOf, runOn } from './calls.js';
export { live } from './instance.js';

/** @type {object} The host that the calls run on. */
let current;

/**
 * The calls of the package, on a host as an entry describes it.
 *
 * @param {object} host
 * @param {() => any} host.wasm Gives the module or its bytes, or a promise of them; called within the first call.
 * @param {boolean} [host.slim] It gives way to that of another entry, where one program holds both.
 * @param {boolean} [host.showsRedirects] Whether `redirect: 'manual'` shows where a redirect leads.
 * @param {number} [host.concurrency] The default, where it is not the usual one.
 * @param {Function} [host.Shared] What the calls of a client share, where they must not meet.
 * @param {(calls: object) => object} [host.wrap] Returns the calls to use instead, made of these.
 */
export const on = (host) => {
  if (host !== current && (current === undefined || !host.slim)) {
    current = host;
    provide(host.wasm);
    if (host.showsRedirects) showsRedirects();
    if (host.concurrency !== undefined) setDefaultConcurrency(host.concurrency);
    if (host.Shared !== undefined) shareBy(host.Shared);
  }
  return host.wrap?.(calls) ?? calls;
};

const calls = { createClient, createFetch, fetchAll, fetchEach };
