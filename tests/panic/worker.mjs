import * as fanfetch from '../../target/trapping/entry.workerd.js';
import * as fuse from './fuse.mjs';
import { runScene } from './run-scene.mjs';

const client = fanfetch.createClient({ retry: false });

/** What other invocations do meanwhile: each gives the codes of what it waits for. */
const acts = {
  trap: async ({ urls }) => {
    fuse.setFuse('run');
    return [...await codes([fanfetch.fetchAll(urls)]), ...await codes([fanfetch.fetchAll(urls)])];
  },
  call: ({ urls }) => codes([fanfetch.fetchAll(urls, { retry: false })]),
  client: ({ urls }) => codes(urls.map((url) => client.get(url))),
  backoff: ({ urls }) => codes([fanfetch.fetchAll(urls, { retry: { delay: 5000, jitter: 'none' } })]),
  body: async ({ urls: [url] }) => codes([(await fanfetch.createFetch({ timeout: false })(url)).text()]),
};

const codes = async (promises) => (await Promise.allSettled(promises)).map(({ status, reason }) => reason?.code ?? reason?.message ?? status);

export default {
  /** Runs the scene that the request names and answers with what went wrong, or null; or one of the acts above. */
  async fetch(request) {
    const { act, ...scene } = await request.json();
    if (act !== undefined) return Response.json(await acts[act](scene));
    const error = await runScene(fanfetch, { ...scene, runtime: 'workerd' }).then(() => null, (thrown) => thrown?.stack ?? String(thrown));
    return Response.json({ error });
  },
};
