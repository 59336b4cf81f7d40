/** What the page asks of the worker: a message is one of these, the errand's number, and what it takes. */
export const [FETCH, READ, COUNT, JOIN, PULL, DROP, TAKEN, HOLD, RELEASE] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
