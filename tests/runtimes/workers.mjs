/** Cloudflare Workers: the runtime by miniflare, and Cloudflare's own tool, which serves and bundles without configuration. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { folderOf, nodeOf } from '../../src/npm/build/tools.mjs';
import { ROOT, write } from '../package/fixture.mjs';
import { bundleWorker } from '../workerd/bundle.mjs';
import { WORKER, freePort, post, run, serving } from './programs.mjs';

const COMPATIBILITY_DATE = '2026-07-01';

// wrangler needs a newer Node than this project.
const node = nodeOf('22');
const wrangler = () => join(folderOf('wrangler'), 'node_modules', 'wrangler', 'bin', 'wrangler.js');
const ENV = { WRANGLER_SEND_METRICS: 'false', CI: '1' };
const installed = (dir, name) => JSON.parse(readFileSync(join(dir, 'node_modules', name, 'package.json'), 'utf8')).version;
const wranglerCell = { runtime: 'Cloudflare Workers', quick: false, tools: ['wrangler', ...node.tools], version: () => installed(folderOf('wrangler'), 'wrangler') };

export const cells = [
  {
    runtime: 'Cloudflare Workers',
    how: 'workerd by miniflare',
    quick: true,
    version: () => installed(ROOT, 'miniflare'),
    async run({ user, site }) {
      write(user.dir, { 'worker.mjs': WORKER });
      return asked(await deploy(user.dir), site);
    },
  },
  {
    ...wranglerCell,
    how: '`wrangler dev --local`',
    async run({ user, site }) {
      write(user.dir, { 'worker.mjs': WORKER });
      const port = await freePort();
      const args = ['dev', 'worker.mjs', '--local', '--ip', '127.0.0.1', '--port', port, '--inspector-port', await freePort(),
        '--compatibility-date', COMPATIBILITY_DATE, '--show-interactive-dev-session', 'false', '--persist-to', join(user.dir, 'state')];
      const url = `http://127.0.0.1:${port}/`;
      return serving(node.program, [wrangler(), ...args.map(String)], { cwd: user.dir, env: ENV }, url, () => post(url, site));
    },
  },
  {
    ...wranglerCell,
    how: '`wrangler deploy --dry-run`',
    async run({ user, site }) {
      write(user.dir, { 'worker.mjs': WORKER });
      const args = ['deploy', 'worker.mjs', '--dry-run', '--outdir', 'out', '--name', 'user', '--compatibility-date', COMPATIBILITY_DATE];
      await run(node.program, [wrangler(), ...args], { cwd: user.dir, env: ENV });
      return asked(modulesIn(join(user.dir, 'out'), 'worker.js'), site);
    },
  },
];

/** What a worker of these modules answers to a POST of `body`. */
export async function asked(modules, body) {
  const runtime = new Miniflare({ ...modules, compatibilityDate: COMPATIBILITY_DATE, cf: false, log: new Log(LogLevel.ERROR) });
  try {
    const response = await runtime.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify(body) });
    return await response.json();
  } finally {
    await runtime.dispose();
  }
}

/** Bundles `worker.mjs` of a folder that has the package installed. */
export const deploy = (dir) => bundleWorker(join(dir, 'worker.mjs'), join(dir, 'deploy'), { installed: true });

/** What miniflare wants to know of a bundle that lies in `dir`. */
function modulesIn(dir, main) {
  const wasm = readdirSync(dir).filter((name) => name.endsWith('.wasm'));
  const modules = [{ type: 'ESModule', path: join(dir, main) }, ...wasm.map((name) => ({ type: 'CompiledWasm', path: join(dir, name) }))];
  return { modulesRoot: dir, modules };
}
