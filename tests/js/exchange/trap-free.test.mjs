/** Values from outside that once made the wasm trap: each may fail its own request only. */
import nodeAssert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import NodeRequest, { Request } from 'node-fetch';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { startRawServer } from '../../helpers/raw-server.mjs';
import { runTrapFree, trapFreeRows } from '../../runtimes/trap-free-rows.mjs';

let server;
before(async () => { server = await startRawServer(); });
after(() => server?.close());

/** The rows, and those for Node alone. */
const rows = [
  ...trapFreeRows,
  {
    name: 'a Request of node-fetch, whose signal is null, is an input like any other',
    async run(_, { raw }) {
      const request = () => new Request(`${raw}/ok`);
      const options = { fetch: NodeRequest, retry: false };
      nodeAssert.deepEqual((await fanfetch.fetchAll([request()], options)).map(({ ok, data }) => [ok, data]), [[true, { ok: true }]]);
      nodeAssert.deepEqual((await fanfetch.createClient(options).fetch(request())).data, { ok: true });
      nodeAssert.deepEqual(await (await fanfetch.createFetch(options)(request())).json(), { ok: true });
    },
  },
];

for (const row of rows) {
  test(row.name, { timeout: 20_000 }, async () => {
    const seen = [];
    const note = (error) => seen.push(error);
    process.on('unhandledRejection', note).on('uncaughtException', note);
    try {
      await runTrapFree(fanfetch, row, { raw: server.origin });
      await new Promise(setImmediate);
      nodeAssert.equal(seen.length, 0, 'errors that nobody handled');
    } finally {
      process.off('unhandledRejection', note).off('uncaughtException', note);
    }
  });
}
