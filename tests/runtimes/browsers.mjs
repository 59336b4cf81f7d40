/** Each browser in each of its contexts, without a bundler but in a service worker, which not all let be a module. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { write } from '../package/fixture.mjs';
import { WATCH, browsers, html, serve, visit } from './pages.mjs';
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

const QUICK = { Chromium: ['page', 'worker'], Firefox: ['page'], WebKitGTK: [] };

export const cells = Object.entries(browsers).flatMap(([browser, { missing, version }]) => Object.entries(CONTEXTS).map(([context, files]) => ({
  runtime: browser,
  how: context,
  quick: QUICK[browser].includes(context),
  missing,
  version,
  async run({ user, site }) {
    const server = await serve(user.dir);
    try {
      // As a CDN would be asked: the one file, by its address.
      const entry = context.endsWith('`') ? 'entry.worker.js' : 'entry.inline.js';
      const main = inBrowser(`/node_modules/fanfetch/${entry}`, { site, lines: server.lines }, '/scenario.mjs');
      write(user.dir, { 'watch.js': WATCH, 'index.html': html('/start.js'), 'main.js': main, ...files });
      if (files['service.mjs']) await asScript(user.dir);
      return await visit(browser, `${server.origin}/index.html`, server.received);
    } finally {
      server.close();
    }
  },
})));

/** One classic script of the service worker's. */
async function asScript(dir) {
  const absolute = { name: 'absolute', setup: (hook) => hook.onResolve({ filter: /^\// }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path: join(dir, path) })) };
  await build({ entryPoints: [join(dir, 'service.mjs')], bundle: true, format: 'iife', outfile: join(dir, 'service.js'), logLevel: 'error', plugins: [absolute] });
}
