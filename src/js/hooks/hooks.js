/** The user's own code on the way of a request: bodies made anew, authorizations, hooks, schemas. */

import { cancelBody } from '../exchange/body.js';
import { Fault, HOOK, INPUT, SCHEMA } from '../exchange/fault.js';
import { holderFor, inside } from './nested.js';
import { bodyKind } from '../options/template.js';
import { RequestInfo } from '../input/source.js';
import { isResponse } from '../exchange/response.js';
import { spoilt } from '../output/result.js';

/** Runs a step of the user's code; what it throws is a fault of that kind. */
const step = async (kind, act) => {
  try {
    return await act();
  } catch (thrown) {
    throw Fault.of(thrown, kind);
  }
};

/**
 * What attempt `number` sends, with a `renewed` authorization if there is one, in place of what its parcel says: `body`,
 * `headers`, and where hooks look on the request that they were `shown`, the one that it was `replaced` by, or the
 * `response` that one of them gave in place of all.
 */
export const prepare = async (info, number, renewed) => {
  const { plan, headers, body, bodyKind: kind, request: given, asks } = RequestInfo.parcel(info);
  const parcel = { headers, body, request: given };
  if (kind === 3) {
    parcel.body = await step(INPUT, async () => {
      const made = await body();
      if (bodyKind(made) === 3) throw new TypeError('the body function gave a function');
      return made;
    });
  }
  if (asks) {
    parcel.authorization = renewed ?? (await step(HOOK, () => plan.keyring.value()));
    parcel.headers = { ...headers, authorization: parcel.authorization };
  }
  const { beforeRequest, afterResponse } = plan.hooks;
  if (beforeRequest.length + afterResponse.length === 0) return parcel;
  const own = (parcel.shown = shown(info, parcel, plan));
  const type = own.headers.get('content-type');
  for (const hook of beforeRequest) {
    const other = await step(HOOK, () => hook({ request: parcel.shown, attempt: number }));
    const kind = await step(HOOK, () => kindOf(other));
    if (kind === 'Response') return { ...parcel, response: other };
    if (kind === 'Request') parcel.shown = other;
  }
  parcel.headers = Object.fromEntries(parcel.shown.headers);
  // A request that they only changed keeps its body, which can be sent again, and says its type anew (that of a form names
  // a boundary); another one is sent as it is, and so is one whose body has moved into it.
  const isMoved = typeof given === 'object' && given.bodyUsed;
  if (parcel.shown !== own || isMoved) parcel.replaced = parcel.shown;
  else if (headers?.['content-type'] === undefined && parcel.headers['content-type'] === type) delete parcel.headers['content-type'];
  return parcel;
};

const kindOf = (given) => {
  if (isResponse(given)) return 'Response';
  return Object.prototype.toString.call(given).slice(8, -1);
};

/** The request as hooks see it. */
const shown = (info, { headers, body, request }, { extra }) => {
  if (typeof request === 'object') return new Request(request, { ...(headers && { headers }), signal: null });
  const init = { ...extra, method: info.method, headers };
  if (body !== undefined && body !== null) Object.assign(init, { body, duplex: 'half' });
  return new Request(request ?? info.url, init);
};

/** The response after all hooks have seen it, or the one that they put in its place; they run on the slot of the exchange. */
export const review = async (exchange, question, number) => {
  const { info, parcel, call } = exchange;
  const holder = holderFor(exchange, question);
  let seen = exchange.response;
  for (const hook of RequestInfo.parcel(info).plan.hooks.afterResponse) {
    const context = { request: parcel.shown, response: seen, attempt: number };
    if (call.nested !== undefined) context.client = call.nested(holder);
    const other = await inside(holder, () => hook(context));
    if (!isResponse(other) || other === seen) continue;
    // One that was made of the same body reads it.
    if (other.body !== seen.body) cancelBody(seen);
    seen = other;
  }
  if (seen.bodyUsed) throw new TypeError('an `afterResponse` hook read the body; let it read a `clone()`, or return another Response');
  return seen;
};

/** Tells hooks of the retry that follows. */
export const remind = async (info, context) => {
  for (const hook of RequestInfo.parcel(info).plan.hooks.beforeRetry) await step(HOOK, () => hook(context));
};

/**
 * Tells hooks of the result; gives it, or what is in its place when one of them throws. Where its body is handed out, they run
 * on the slot of the exchange.
 */
export const announce = async (exchange, question, result) => {
  const holder = holderFor(exchange, question);
  try {
    for (const hook of RequestInfo.parcel(exchange.info).plan.hooks.onResult) await inside(holder, () => hook(result));
    return result;
  } catch (error) {
    return spoilt(result, error);
  }
};

/** What a schema makes of the data, in an object: it is nothing to wait for. */
export const validate = async (info, data) => {
  const { schema } = RequestInfo.parcel(info).plan;
  const made = await schema['~standard'].validate(data);
  const { issues } = made;
  if (issues) throw new Fault(SCHEMA, undefined, issues);
  if (!('value' in made)) throw new TypeError('the schema gave neither a value nor issues');
  return { value: made.value };
};
