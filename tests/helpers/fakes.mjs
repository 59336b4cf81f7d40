/** Custom `fetch` functions: answers whose headers or timing no server can be asked for. */

/**
 * A fetch that answers from a list; its last answer repeats. An answer is a Response, an Error to reject with, or a function
 * of the call that gives one. `calls` holds what it was called with.
 *
 * @param {(Response | Error | ((call: object) => Response | Promise<Response>))[]} answers
 */
export function scripted(...answers) {
  const calls = [];
  const fetch = async (input, init) => {
    const call = describe(input, init);
    calls.push(call);
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(call) : answer.clone();
  };
  return Object.assign(fetch, { calls });
}

/** A JSON answer. */
export function answer(status = 200, headers = {}, body = '{"ok":true}') {
  const bare = [204, 205, 304].includes(status);
  return new Response(bare ? null : body, { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** What a fetch was asked for, whether by an address and an init or by a Request. */
export function describe(input, init = {}) {
  const request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
  const of = (name) => init[name] ?? request?.[name];
  return { url: request?.url ?? String(input), method: of('method') ?? 'GET', signal: of('signal'), of };
}

/** The real fetch, its body handed on chunk by chunk; `read` counts the bytes, `cancelled` tells of a cancel. */
export function metered() {
  const meter = { read: 0, cancelled: false };
  const fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    const reader = response.body.getReader();
    const body = new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        meter.read += value.byteLength;
        controller.enqueue(value);
      },
      cancel(reason) {
        meter.cancelled = true;
        return reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
    return new Response(body, { status: response.status, headers: response.headers });
  };
  return Object.assign(fetch, { meter });
}
