/**
 * Meaning of a host's errors. Every host has its own words for a lost connection, and some of them for failures that
 * would only repeat; the lists are the words that each host was seen to use.
 */

/** Lost or refused connections: Node, Chromium, Firefox, WebKit, Cloudflare Workers, Deno, Bun. */
const LOST =
  /^(?:fetch failed|terminated|failed to fetch|networkerror when attempting|load failed|network (?:connection lost|error)|the network connection was lost|error sending request|error reading a body|connection (?:closed|reset|refused)|socket (?:hang up|closed|connection)|other side closed|unable to connect|was there a typo|the operation timed out)/i;

/** Codes of connections that Node or Bun put on the error itself. */
const LOST_CODE = /^(?:E(?:CONN|PIPE|HOST|NET|TIMEDOUT|NOTFOUND|AI_AGAIN)|UND_ERR_|HPE_|Connection|FailedToOpen)/;

/**
 * Reasons of a `NetworkError`: the word, the sentence for its message, and the sign to know it by, at the start a code of
 * Node's or Bun's, elsewhere a host's words for a failure without a code.
 */
const REASONS = [
  ['refused', 'the connection was refused', /^(?:ECONNREFUSED|ConnectionRefused)/],
  ['unresolved', 'the name of the host could not be resolved', /^(?:ENOTFOUND|EAI_)/],
  ['reset', 'the connection was closed before the response was complete', /^(?:ECONN(?:RESET|ABORTED)|EPIPE|UND_ERR_SOCKET|ConnectionClosed)/],
  ['unreachable', 'the host could not be reached', /^(?:E(?:NET|HOST|TIMEDOUT)|UND_ERR_CONNECT)/],
  ['tls', 'no secure connection could be made', /^(?:EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH)| certificate/i],
  ['redirects', 'its redirects could not be followed', /^(?:ERR_INVALID_URL|TooManyRedirects)|redirect (?:count|cannot)|(?:number of|many|unexpected) redirect|cross origin not allowed|scheme must be/i],
  ['blocked', 'the platform refused to send it', /bad port|to port \d+ are blocked|unknown scheme|URL scheme|not implemented/i],
  ['protocol', 'the response is not valid HTTP', /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW)|too many content-encodings/i],
];
/** Place of the first reason that would repeat. */
const TLS = 4;
/** Codes of broken bodies among those of the protocol: the next one may be whole. */
const BROKEN = /^HPE_(?:INVALID_CHUNK|INVALID_EOF|CLOSED)/;

const placeOf = (text) => REASONS.findIndex(([, , sign]) => sign.test(text));

/** Code and words of an error. Node puts them on its `cause`, Bun on the error itself. */
const read = (error) => {
  const { cause, code, message } = error;
  const inner = typeof cause === 'object' && cause !== null ? cause : undefined;
  return { code: String(inner?.code ?? code ?? ''), message: String(message), words: `${message} ${inner?.message ?? ''}` };
};

/** Classifies an error: 0 is no known failure of a network, 1 may pass, 2 would repeat. */
export const classify = (error) => {
  try {
    const { code, message, words } = read(error);
    if (!LOST.test(message) && !LOST_CODE.test(code)) return 0;
    return placeOf(`${code} ${words}`) >= TLS && !BROKEN.test(code) ? 2 : 1;
  } catch {
    // Nothing was thrown that has members, or its getters throw.
    return 0;
  }
};

/**
 * Gives the `reason` of a `NetworkError`, and the sentence for its message: `otherwise` where none is known, with the host's
 * code behind it. Only a code that is known as one is shown, and nothing of the host's message, which may quote the request.
 */
export const explainNetwork = (error, otherwise) => {
  try {
    const { code, words } = read(error);
    const found = REASONS[placeOf(`${code} ${words}`)];
    const isKnown = /^\w+$/.test(code) && (LOST_CODE.test(code) || placeOf(code) >= 0);
    return { reason: found?.[0] ?? 'unknown', why: (found?.[1] ?? otherwise) + (isKnown ? ` (${code})` : '') };
  } catch {
    return { reason: 'unknown', why: otherwise };
  }
};
