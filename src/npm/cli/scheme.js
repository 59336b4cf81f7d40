/** Addresses as people type them. */

/** A host name or an IP address, perhaps with a port, then a path or nothing. */
const HOST = /^(\[[\da-f:.]+\]|[\p{L}\d](?:[\p{L}\d.-]*[\p{L}\d])?)(:\d+)?(?=[/?#]|$)/iu;
/** Hosts that rarely have a certificate: this machine, and addresses without a name. */
const PLAIN = /^(?:\[.*\]|\d+(?:\.\d+){3}|(?:.*\.)?localhost)$/i;

/**
 * `example.com/x` → `https://example.com/x`, `localhost:8701/x` → `http://localhost:8701/x`. What has a scheme, and what does
 * not begin with a host, stays as it is: a bare word is none, unless it is `localhost` or has a port.
 * @param {string} text
 * @returns {string}
 */
export function withScheme(text) {
  const [, host, port] = HOST.exec(text) ?? [];
  if (host === undefined) return text;
  if (PLAIN.test(host)) return `http://${text}`;
  return port !== undefined || host.includes('.') ? `https://${text}` : text;
}
