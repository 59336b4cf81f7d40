/** Standard output: a line at a time, written before the next result is asked for. */

/**
 * @param {NodeJS.WriteStream} stream
 * @param {(error: NodeJS.ErrnoException) => void} onBroken called once when nobody reads on (`EPIPE`) or writing fails
 */
export function openOutput(stream, onBroken) {
  stream.once('error', (error) => {
    // Lines already under way fail as well, with nobody left to tell.
    stream.on('error', () => {});
    onBroken(error);
  });
  return {
    /** Resolves when the line has left the process, so that an exit loses nothing and a slow reader slows the fetching. */
    write: (line) => new Promise((resolve) => stream.write(`${line}\n`, resolve)),
  };
}
