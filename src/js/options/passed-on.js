/** Options that go to fetch as they are. */

/** Members of `RequestInit`, and those that hosts add to it; handed to fetch as they are. */
export const PASSED_ON = [
  'cache', 'credentials', 'duplex', 'integrity', 'keepalive', 'mode', 'redirect', 'referrer', 'referrerPolicy',
  'attributionReporting', 'browsingTopics', 'sharedStorageWritable', 'targetAddressSpace', // browsers
  'cf', 'encodeResponseBody', // Cloudflare Workers
  'client', // Deno
  'decompress', 'proxy', 'tls', 'unix', 'verbose', // Bun
  'dispatcher', // Node
  'next', // Next.js
];

/** Returns true if an option goes to fetch as it is. */
export const passesOn = (name) => PASSED_ON.includes(name) || name === 'window';
