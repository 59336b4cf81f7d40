/** The user's own code on the way of a request: bodies made anew, authorizations, hooks, schemas. */

import { cancelBody } from '../exchange/body.js';
import { Fault } from '../exchange/fault.js';
import { holderFor, inside } from './nested.js';
import { MADE, bodyKind } from '../options/body-kind.js';
import { RequestInfo } from '../input/request-info.js';
import { isResponse } from '../exchange/response.js';
import { hookFailed } from '../output/result.js';
import { FAULT_HOOK, FAULT_INPUT, FAULT_SCHEMA } from '../protocol.js';

/** Runs a step of the user's code; what it throws is a fault of that kind. */
const step = async (kind, act) => {
  try {
    return await act();
  } catch (thrown) {
    throw Fault.of(thrown, kind);
  }
};

/**
 * Prepares attempt `number`, with `refreshedAuth` if there is one. Returns what replaces its `SendOptions`: `body`,
 * `headers`, and where hooks look on the request that they were `shown`, the one that it was `replaced` by, or the
 * `response` that one of them gave in place of all.
 */
export const beforeRequest = async (info, number, refreshedAuth) => {
  const { template, headers, body, bodyKind: kind, request: given, asksAuth } = RequestInfo.sendOptions(info);
  const prepared = { headers, body, request: given };
  if (kind === MADE) {
    prepared.body = await step(FAULT_INPUT, async () => {
      const made = await body();
      if (bodyKind(made) === MADE) throw new TypeError('the body function gave a function');
      return made;
    });
  }
  if (asksAuth) {
    prepared.authorization = refreshedAuth ?? (await step(FAULT_HOOK, () => template.authCache.value()));
    prepared.headers = { ...headers, authorization: prepared.authorization };
  }
  const { beforeRequest, afterResponse } = template.hooks;
  if (beforeRequest.length + afterResponse.length === 0) return prepared;
  const own = (prepared.shown = shown(info, prepared, template));
  const type = own.headers.get('content-type');
  for (const hook of beforeRequest) {
    const other = await step(FAULT_HOOK, () => hook({ request: prepared.shown, attempt: number }));
    const kind = await step(FAULT_HOOK, () => kindOf(other));
    if (kind === 'Response') return { ...prepared, response: other };
    if (kind === 'Request') prepared.shown = other;
  }
  prepared.headers = Object.fromEntries(prepared.shown.headers);
  // A request that they only changed keeps its body, which can be sent again, and says its type anew (that of a form names
  // a boundary); another one is sent as it is, and so is one whose body has moved into it.
  const isMoved = typeof given === 'object' && given.bodyUsed;
  if (prepared.shown !== own || isMoved) prepared.replaced = prepared.shown;
  else if (headers?.['content-type'] === undefined && prepared.headers['content-type'] === type) delete prepared.headers['content-type'];
  return prepared;
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
export const afterResponse = async (exchange, question, number) => {
  const { info, prepared, call } = exchange;
  const holder = holderFor(exchange, question);
  let seen = exchange.response;
  for (const hook of RequestInfo.sendOptions(info).template.hooks.afterResponse) {
    const context = { request: prepared.shown, response: seen, attempt: number };
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
export const beforeRetry = async (info, context) => {
  for (const hook of RequestInfo.sendOptions(info).template.hooks.beforeRetry) await step(FAULT_HOOK, () => hook(context));
};

/**
 * Tells hooks of the result; gives it, or what is in its place when one of them throws. Where its body is handed out, they run
 * on the slot of the exchange.
 */
export const onResult = async (exchange, question, result) => {
  const holder = holderFor(exchange, question);
  try {
    for (const hook of RequestInfo.sendOptions(exchange.info).template.hooks.onResult) await inside(holder, () => hook(result));
    return result;
  } catch (error) {
    return hookFailed(result, error);
  }
};

/** Validates the data. Returns the schema's value in an object, so that a thenable is not awaited. */
export const validate = async (info, data) => {
  const { schema } = RequestInfo.sendOptions(info).template;
  const made = await schema['~standard'].validate(data);
  const { issues } = made;
  if (issues) throw new Fault(FAULT_SCHEMA, undefined, issues);
  if (!('value' in made)) throw new TypeError('the schema gave neither a value nor issues');
  return { value: made.value };
};
