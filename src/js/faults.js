/**
 * What a host's error means. Every host has its own words for a lost connection, and some of them for failures that
 * would only repeat; both lists were measured, see the scorecard's table of faults.
 */

/** Lost or refused connections: Node, Chromium, Firefox, WebKit, Cloudflare Workers, Deno, Bun. */
const LOST =
  /^(?:fetch failed|terminated|failed to fetch|networkerror when attempting|load failed|network (?:connection lost|error)|the network connection was lost|error sending request|error reading a body|connection (?:closed|reset|refused)|socket (?:hang up|closed|connection)|other side closed|unable to connect|was there a typo|the operation timed out)/i;

/** Codes of Node's `cause` that say the next attempt would end the same way. */
const HOPELESS =
  /^(?:ERR_INVALID_URL|UND_ERR_HEADERS_OVERFLOW|HPE_(?!INVALID_CHUNK|INVALID_EOF|CLOSED)|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH)/;
const HOPELESS_WORDS =
  /bad port|unknown scheme|scheme must be|redirect count|too many (?:redirects|content-encodings)|cross origin not allowed|URL scheme|certificate|not implemented/i;

/** Codes of connections that Node or Bun put on the error itself. */
const LOST_CODE = /^(?:E(?:CONN|PIPE|HOST|NET|TIMEDOUT|NOTFOUND|AI_AGAIN)|UND_ERR_|HPE_|Connection|FailedToOpen)/;

/** 0: not a failure of the network as far as we know; 1: one that may pass; 2: one that would repeat. */
export const classify = (error) => {
  if (typeof error !== 'object' || error === null) return 0;
  const cause = typeof error.cause === 'object' && error.cause !== null ? error.cause : error;
  const code = String(cause.code ?? '');
  const words = `${error.message} ${cause === error ? '' : cause.message}`;
  const known = LOST.test(String(error.message)) || LOST_CODE.test(code);
  if (!known) return 0;
  return HOPELESS.test(code) || HOPELESS_WORDS.test(words) ? 2 : 1;
};
