// Prints the ms from before a library's import to its first call of fetch. Copied beside the installed packages and run
// once per sample in a fresh process, so that each import is found and compiled as a user's is.
import { writeSync } from 'node:fs';

const URL_TO_FETCH = 'http://127.0.0.1/';

const starts = {
  'p-limit': async () => {
    const { default: pLimit } = await import('p-limit');
    return pLimit(32)(() => fetch(URL_TO_FETCH));
  },
  'ky + p-queue': async () => {
    const [{ default: ky }, { default: PQueue }] = await Promise.all([import('ky'), import('p-queue')]);
    return new PQueue({ concurrency: 32 }).add(() => ky(URL_TO_FETCH));
  },
  'axios': async () => {
    const { default: axios } = await import('axios');
    return axios.get(URL_TO_FETCH, { adapter: 'fetch' });
  },
  'fanfetch': async () => {
    const { fetchAll } = await import('fanfetch');
    return fetchAll([URL_TO_FETCH]);
  },
};

let before;
globalThis.fetch = () => {
  writeSync(1, String(performance.now() - before));
  process.exit();
};
const start = starts[process.argv[2]];
before = performance.now();
await start();
