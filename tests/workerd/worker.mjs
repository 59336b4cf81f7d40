import * as fanfetch from '../../pkg/entry.workerd.js';
import { runRow } from '../runtimes/run-row.mjs';

export default {
  /** Runs the row that the request names; answers with what went wrong, or null. */
  async fetch(request) {
    const scene = await request.json();
    const error = await runRow(fanfetch, { ...scene, runtime: 'workerd' }).then(() => null, (thrown) => thrown?.stack ?? String(thrown));
    return Response.json({ error });
  },
};
