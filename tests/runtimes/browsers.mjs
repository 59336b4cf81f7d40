/** Each browser in each of its contexts, by the address of the one file, as a CDN has it; a service worker not all let be a module. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { write } from '../package/fixture.mjs';
import { WASM, browsers, html, policy, serve, visit, watch } from './pages.mjs';
import { inBrowser } from './programs.mjs';

/** What a page starts, as files of the folder that is served. */
const CONTEXTS = {
  page: { 'start.js': "import './main.js';" },
  'page, `fanfetch/worker`': { 'start.js': "import './main.js';" },
  worker: {
    'start.js': "new Worker('/main.js', { type: 'module' }).onerror = ({ message }) => { throw new Error(message ?? 'the worker did not load'); };",
  },
  'service worker': {
    'start.js': `
      navigator.serviceWorker.register('/service.js')
        .then(() => navigator.serviceWorker.ready)
        .then(({ active }) => active.postMessage('run'));`,
    'service.mjs': "addEventListener('message', (event) => event.waitUntil(import('./main.js')));",
  },
};

/** Where the package comes from, where not from another origin: what starts or is a worker has to be of the page's. */
const FROM = {
  'page, `fanfetch/worker`': '/node_modules/fanfetch/entry.worker.js',
  'service worker': '/node_modules/fanfetch/entry.inline.js',
};

const QUICK = { Chromium: ['page', 'worker'], Firefox: ['page'], WebKitGTK: [] };

export const cells = Object.entries(browsers).flatMap(([browser, { missing, version }]) => Object.entries(CONTEXTS).map(([context, files]) => ({
  runtime: browser,
  how: context,
  quick: QUICK[browser].includes(context),
  missing,
  version,
  async run({ user, site }) {
    const cdn = await serve(user.installed);
    const server = await serve(user.dir, policy(WASM, cdn.origin));
    try {
      const entry = FROM[context] ?? `${cdn.origin}/entry.inline.js`;
      const main = inBrowser(entry, { site, lines: server.lines }, '/scenario.mjs');
      write(user.dir, { 'watch.js': watch(server), 'index.html': html('/start.js'), 'main.js': main, ...files });
      if (files['service.mjs']) await asScript(user.dir);
      return await visit(browser, `${server.origin}/index.html`, server);
    } finally {
      server.close();
      cdn.close();
    }
  },
})));

/** One classic script of the service worker's. */
async function asScript(dir) {
  const absolute = { name: 'absolute', setup: (hook) => hook.onResolve({ filter: /^\// }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path: join(dir, path) })) };
  await build({ entryPoints: [join(dir, 'service.mjs')], bundle: true, format: 'iife', outfile: join(dir, 'service.js'), logLevel: 'error', plugins: [absolute] });
}
