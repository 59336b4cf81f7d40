/**
 * Whether a host that no condition told apart has the fetch of a server, which shows where a redirect leads. Node, Deno and
 * Bun all say that they are some Node; so do the windows of Electron, which have a browser's fetch.
 */
export const isServer = () => {
  const { node, electron } = globalThis.process?.versions ?? {};
  return node !== undefined && electron === undefined;
};
