/** Messages of the page to the worker: one of these, the number of the fetch, and arguments. */
export const [FETCH, READ, COUNT, JOIN, PULL, DROP, TAKEN, HOLD, RELEASE] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
