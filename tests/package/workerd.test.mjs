/** The installed package in workerd, the runtime of Cloudflare Workers. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { install, report, startFaultServer, write } from './fixture.mjs';

const WORKER = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
  // One for all invocations.
  const client = fanfetch.createClient({ auth: async () => ({ bearer: 'token' }), dedupe: true });
  export default {
    async fetch(request) {
      const { site, urls, shared } = await request.json();
      if (shared === 'stats') return Response.json(client.stats());
      if (shared) return Response.json((await client.fetchAll(urls)).map(({ ok, data, error }) => (ok ? data.url : error.message)));
      if (site) return Response.json(await scenario(fanfetch, site));
      const results = await fanfetch.fetchAll(urls);
      return Response.json(results.map(({ ok, data, error }) => (ok ? data.url : error.message)));
    },
  };`;

describe('in workerd', () => {
  let user;
  let server;
  let runtime;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
    write(user.dir, { 'worker.mjs': WORKER });
    runtime = new Miniflare({ ...(await deploy(user)), compatibilityDate: '2026-07-01', cf: false });
    await runtime.ready;
  });
  after(async () => {
    await runtime?.dispose();
    server?.stop();
    user?.remove();
  });

  const ask = async (question) => (await runtime.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify(question) })).json();

  test('one call after another', async (t) => {
    await report(t, await ask({ site: server.site }));
  });

  test('calls of many requests at once do not get into each other’s way', async () => {
    const path = (request, i) => `/delay/${(request * 7 + i) % 30}?key=many-${request}-${i}`;
    const requests = Array.from({ length: 30 }, (_, request) => Array.from({ length: 15 }, (_, i) => path(request, i)));
    const { origins } = server.site;
    const answers = await Promise.all(requests.map((paths) => ask({ urls: paths.map((path, i) => origins[i % origins.length] + path) })));
    assert.deepEqual(answers, requests);
  });

  test('overlapping invocations share a client and nothing that waits', async () => {
    const path = (request, i) => `/delay/${(request * 7 + i) % 30}?key=shared-${request}-${i}`;
    const requests = Array.from({ length: 40 }, (_, request) => Array.from({ length: 30 }, (_, i) => path(request, i)));
    const { origins } = server.site;
    const answers = await Promise.all(requests.map((paths) => ask({ shared: true, urls: paths.map((path, i) => origins[i % origins.length] + path) })));
    assert.deepEqual(answers, requests);
    const { succeeded, failed, inFlight } = await ask({ shared: 'stats' });
    assert.deepEqual([succeeded, failed, inFlight], [1200, 0, 0]);
  });
});

/** Bundles the worker as Cloudflare's own tools do: their conditions, and the wasm left to be a module. */
async function deploy({ dir, installed }) {
  const out = join(dir, 'deploy');
  mkdirSync(out);
  const modules = new Set();
  await build({
    entryPoints: [join(dir, 'worker.mjs')],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    outfile: join(out, 'worker.mjs'),
    logLevel: 'error',
    plugins: [{
      name: 'wasm-modules',
      setup(builder) {
        builder.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
          const name = basename(path);
          copyFileSync(join(resolveDir, path), join(out, name));
          modules.add(name);
          return { path: `./${name}`, external: true };
        });
      },
    }],
  });
  assert.equal(modules.size, 1, `one wasm module comes from ${installed}`);
  return {
    modulesRoot: out,
    modules: [{ type: 'ESModule', path: join(out, 'worker.mjs') }, ...[...modules].map((name) => ({ type: 'CompiledWasm', path: join(out, name) }))],
  };
}
