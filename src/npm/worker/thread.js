/**
 * The worker as the page sees it: one for all calls, started by the first, and replaced if it dies. It knows fetches by number.
 */

import script from 'fanfetch:script';
import { internalError } from './errors.js';
import { Watchdog } from './watchdog.js';
import { TAKEN } from './messages.js';

let worker;
let watchdog;
let starting;
const fetches = new Map();
let count = 0;

/** Resolves when the worker runs. Rejects if it cannot be started; the next call tries again. */
export const start = () => (starting ??= begin());

const begin = async () => {
  left = false;
  try {
    welcome(await launch(form).catch(otherwise));
  } catch (cause) {
    starting = undefined;
    throw internalError("the worker could not be started; a content security policy has to allow `worker-src blob:`, or `'self'` with the package's worker.js where its script is", cause);
  }
};

/** Starts the script in the page's own origin and under its policies, without a file that a bundler could lose. */
const fromText = () => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return [new Worker(url, { type: 'module' }), () => URL.revokeObjectURL(url)];
};

/** Starts the file, where a policy forbids a Blob. Bundlers know this form. */
const fromFile = () => [new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })];

let form = fromText;
/** Starts the file, from now on: a policy would report each further attempt. */
const otherwise = async () => {
  const made = await launch(fromFile);
  form = fromFile;
  return made;
};

const launch = (make) =>
  new Promise((resolve, reject) => {
    const [made, done] = make();
    made.onmessage = () => {
      done?.();
      resolve(made);
    };
    made.onerror = (event) => {
      event.preventDefault();
      done?.();
      made.terminate();
      reject(new Error(event.message || 'its script was blocked or not found'));
    };
  });

const welcome = (made) => {
  worker = made;
  watchdog = new Watchdog(made, () => died(made));
  if (fetches.size > 0) watchdog.busy();
  made.onmessage = ({ data }) => {
    if (data.held !== undefined) return watchdog.held(data.held);
    if (data.step !== undefined) made.postMessage([TAKEN]);
    fetches.get(data.id)?.heard(data);
  };
  made.onerror = made.onmessageerror = (event) => died(made, new Error(event.message || 'it sent what cannot be read'));
  rest();
};

/** Fails the fetches under way; the next fetch starts another worker. */
const died = (which, cause) => {
  if (which !== worker) return;
  end();
  for (const fetch of [...fetches.values()]) fetch.failed(internalError('the worker died', cause));
};

const end = () => {
  if (worker === undefined) return;
  watchdog.idle();
  worker.terminate();
  worker = watchdog = starting = undefined;
};

/** Adds a fetch that begins, and returns its number. */
export const enlist = (fetch) => {
  fetches.set((count += 1), fetch);
  watchdog?.busy();
  return count;
};

/** Removes a fetch that is over. */
export const dismiss = (id) => {
  if (fetches.delete(id)) rest();
};

export const post = (message, transfer) => worker?.postMessage(message, transfer);

/** Open clients. When the last of them is closed the worker ends with the fetches under way. */
const openClients = new Set();
let left = false;

export const retain = (client) => {
  openClients.add(client);
  left = false;
};

export const release = (client) => {
  if (openClients.delete(client) && openClients.size === 0) left = true;
  rest();
};

const rest = () => {
  if (fetches.size > 0) return;
  if (left) end();
  else watchdog?.idle();
};
