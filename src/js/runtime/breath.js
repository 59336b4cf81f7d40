/** Turns of the event loop, so that work without end does not keep timers and aborts from having theirs. */

/** Calls `act` in another turn: by a message, since timers wait longer, and may be fakes that nobody moves. */
export const breathe = (act) => {
  if (typeof MessageChannel === 'undefined') return void setTimeout(act, 0);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act();
  };
  port2.postMessage(0);
};
