/**
 * The worker as the page sees it: started by the first call, one for all, and another in its place should it die. It is sent
 * on errands, which it knows by number.
 */

import script from 'fanfetch:script';
import { internalError } from './errors.js';
import { Pulse } from './pulse.js';
import { TAKEN } from './words.js';

let worker;
let pulse;
let starting;
const errands = new Map();
let count = 0;

/** When it runs. Rejects where it cannot be started; the next call tries again. */
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

/** In the page's own origin and under its own policies; there is no file that a bundler could lose. */
const fromText = () => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return [new Worker(url, { type: 'module' }), () => URL.revokeObjectURL(url)];
};

/** Where a policy forbids that. Bundlers know this form. */
const fromFile = () => [new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })];

let form = fromText;
/** What a policy forbids need not be tried, and reported, again. */
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
  pulse = new Pulse(made, () => died(made));
  if (errands.size > 0) pulse.busy();
  made.onmessage = ({ data }) => {
    if (data.held !== undefined) return pulse.held(data.held);
    if (data.step !== undefined) made.postMessage([TAKEN]);
    errands.get(data.id)?.heard(data);
  };
  made.onerror = made.onmessageerror = (event) => died(made, new Error(event.message || 'it sent what cannot be read'));
  rest();
};

/** What it had in hand fails, and the next fetch starts another. */
const died = (which, cause) => {
  if (which !== worker) return;
  end();
  for (const errand of [...errands.values()]) errand.failed(internalError('the worker died', cause));
};

const end = () => {
  if (worker === undefined) return;
  pulse.idle();
  worker.terminate();
  worker = pulse = starting = undefined;
};

/** An errand begins; gives its number. */
export const enlist = (errand) => {
  errands.set((count += 1), errand);
  pulse?.busy();
  return count;
};

/** An errand is over. */
export const dismiss = (id) => {
  if (errands.delete(id)) rest();
};

export const post = (message, transfer) => worker?.postMessage(message, transfer);

/** Clients that are open. When the last of them is closed nobody needs the worker, but for what is in hand. */
const tenants = new Set();
let left = false;

export const moveIn = (client) => {
  tenants.add(client);
  left = false;
};

export const moveOut = (client) => {
  if (tenants.delete(client) && tenants.size === 0) left = true;
  rest();
};

const rest = () => {
  if (errands.size > 0) return;
  if (left) end();
  else pulse?.idle();
};
