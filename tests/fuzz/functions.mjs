/** Options as a call is given them, with live functions, of options as a scenario has them. */
import { headersOf, bodyOf } from './answers.mjs';
import { schemaOf, bodyFor, authOf } from './values.mjs';

const AS_THEY_ARE = ['concurrency', 'concurrencyPerHost', 'rateLimit', 'timeout', 'maxBytes', 'dedupe', 'maxFetches', 'stopOnError', 'ordered',
  'highWaterMark', 'priority', 'responseType', 'method', 'progressInterval', 'redirect'];

/**
 * @param {object} given Options of the scenario.
 * @param {object} world
 * @param {object} [call] The call that they are for; a client's have none.
 * @param {object} [item] The input that they are for.
 */
export function optionsOf(given, world, call, item) {
  const options = {};
  for (const name of AS_THEY_ARE) if (given[name] !== undefined) options[name] = given[name];
  const { deadline, throwHttpErrors, retry, expectedBytes } = given;
  if (deadline !== undefined) options.deadline = deadline.date === undefined ? deadline : new Date(Date.now() + deadline.date);
  if (throwHttpErrors !== undefined) options.throwHttpErrors = typeof throwHttpErrors === 'object' ? (status) => status >= throwHttpErrors.from : throwHttpErrors;
  if (retry !== undefined) options.retry = typeof retry === 'object' ? retryOf(retry, world) : retry;
  if (expectedBytes !== undefined) options.expectedBytes = typeof expectedBytes === 'object' ? Math.max(0, bodyLength(item) + expectedBytes.more) : expectedBytes;
  if (given.headers) options.headers = item ? { ...given.headers, 'x-item': item.id } : given.headers;
  if (given.signal !== undefined) options.signal = world.signals[given.signal]?.signal;
  if (given.auth) options.auth = authOf(given.auth, world);
  if (given.schema) options.schema = schemaOf(given.schema, world);
  if (given.body && item) options.body = bodyFor(given.body, item, world);
  if (given.json && item) options.json = { id: `body of ${item.id}.`, secret: 'S3CR3T' };
  if (given.hooks) options.hooks = hooksOf(given.hooks, world);
  if (given.progress && call) options.onProgress = (progress) => { call.progress.push({ ...progress, at: world.now() }); world.context(call, 'onProgress'); };
  if (given.fetch) options.fetch = world.network.fetch;
  return options;
}

/** Of the first answer; the others' may be longer, which a request has to notice. */
const bodyLength = (item) => bodyOf(item?.answers?.[0] ?? {}, item?.id ?? '', 1).length;

function retryOf({ delay, jitter, shouldRetry, ...rest }, world) {
  const retry = { ...rest };
  if (delay !== undefined) retry.delay = typeof delay === 'object' ? numberOf(delay) : delay;
  if (jitter !== undefined) retry.jitter = typeof jitter === 'object' ? numberOf(jitter) : jitter;
  if (shouldRetry) {
    retry.shouldRetry = (context) => {
      world.hookRan('shouldRetry', context);
      return answering(shouldRetry, world);
    };
  }
  return retry;
}

const numberOf = ({ gives, throws }) => (x) => {
  if (throws) throw new Error('a delay function throws');
  return { number: 5, same: x, nan: NaN, negative: -1, text: 'soon', huge: 400 }[gives];
};

function answering({ gives, after, throws }, world) {
  const answer = { true: true, false: false, undefined }[gives];
  const act = () => {
    if (throws) throw new Error('shouldRetry throws');
    return answer;
  };
  return after === undefined ? act() : world.sleep(after).then(act);
}

const hooksOf = (hooks, world) => Object.fromEntries(Object.entries(hooks).map(([kind, list]) => [kind, list.map((hook) => hookOf(kind, hook, world))]));

/** A hook, which first looks whether what it is shown belongs together. */
const hookOf = (kind, given, world) => {
  const hook = { ...given };
  return (context) => run(kind, hook, context, world);
};

function run(kind, hook, context, world) {
  const seen = world.hookRan(kind, context, hook);
  if (seen === undefined || (hook.only !== undefined && seen.item.place % 3 !== hook.only)) return undefined;
  if (hook.after === undefined) return act(kind, hook, context, seen, world);
  return world.sleep(hook.after).then(() => act(kind, hook, context, seen, world));
}

function act(kind, hook, context, seen, world) {
  const { id, call } = seen;
  switch (hook.does) {
    case 'header':
      context.request?.headers?.set('x-hook', kind);
      return undefined;
    case 'request':
      return new Request(context.request, { headers: { ...Object.fromEntries(context.request.headers), 'x-other': kind } });
    case 'response': {
      seen.replaced();
      const attempt = context.attempt;
      return new Response(bodyOf(hook, id, attempt), { status: hook.status ?? 200, headers: { ...headersOf(hook, id, attempt), 'x-by': kind } });
    }
    case 'clone':
      return context.response.clone().text().then((text) => world.check(!/\bid["=:]/.test(text) || text.includes(id), 'right data', () => `a hook of ${id} reads ${text}`), () => {});
    case 'read':
      return context.response.text().then(() => undefined, () => undefined);
    case 'throw':
      throw new Error(`${kind} throws`);
    case 'reject':
      return Promise.reject(new Error(`${kind} rejects`));
    case 'never':
      return world.hold({ id });
    case 'nested':
      return nested(kind, hook, context, seen, world);
    case 'close': case 'cancelQueued': case 'pause': case 'resume':
      world.act({ does: hook.does, on: call.on });
      return undefined;
    case 'abort':
      world.abort(hook.signal);
      return undefined;
    default:
      return undefined;
  }
}

/** Calls the client again, once for each of the first few requests, and never from within such a call. */
function nested(kind, hook, context, { call }, world) {
  if (call.depth >= 2 || world.nestedLeft() <= 0) return undefined;
  const inner = world.startCall(hook.call, { within: kind, outer: call, client: hook.given ? context.client : undefined });
  return hook.awaits ? inner.finished : undefined;
}
