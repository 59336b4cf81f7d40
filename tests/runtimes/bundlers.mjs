/** Bundlers without any configuration, each one's work in a Chromium page, or in Node where it is made for Node. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../../src/npm/build/tools.mjs';
import { ROOT, write } from '../package/fixture.mjs';
import { browsers, html, serve, visit, watch } from './pages.mjs';
import { MODULE, bin, freePort, inBrowser, linesOf, run, serving } from './programs.mjs';

const versionIn = (dir, name) => JSON.parse(readFileSync(join(dir, 'node_modules', name, 'package.json'), 'utf8')).version;
const toolBin = (tool, name) => join(folderOf(tool), 'node_modules', '.bin', name);

/** Makes `dist/` of `src/index.js`; `page` is its script there. */
const BUNDLERS = [
  { runtime: 'esbuild', how: 'ES module', quick: true, command: () => [bin('esbuild'), 'src/index.js', '--bundle', '--format=esm', '--outfile=dist/main.js'] },
  { runtime: 'esbuild', how: 'classic script', quick: true, kind: 'text/javascript', command: () => [bin('esbuild'), 'src/index.js', '--bundle', '--minify', '--outfile=dist/main.js'] },
  { runtime: 'webpack', how: 'production', tools: ['webpack'], version: () => versionIn(folderOf('webpack'), 'webpack'),
    command: () => [toolBin('webpack', 'webpack'), '--mode', 'production'] },
  { runtime: 'Rspack', how: 'production', tools: ['rspack'], version: () => versionIn(folderOf('rspack'), '@rspack/core'),
    command: () => [toolBin('rspack', 'rspack'), 'build', '--mode', 'production'] },
  { runtime: 'Rollup', how: 'with its node-resolve', tools: ['rollup'], version: () => versionIn(folderOf('rollup'), 'rollup'),
    command: () => [toolBin('rollup', 'rollup'), 'src/index.js', '-p', join(folderOf('rollup'), 'node_modules/@rollup/plugin-node-resolve/dist/cjs/index.js'), '-f', 'es', '-d', 'dist', '--entryFileNames', 'main.js'] },
  { runtime: 'Bun', how: '`bun build`', version: () => versionIn(ROOT, 'bun'), command: () => [bin('bun'), 'build', 'src/index.js', '--outfile', 'dist/main.js'] },
];

const inPage = ({ kind, command, ...cell }) => ({
  version: () => versionIn(ROOT, 'esbuild'),
  quick: false,
  ...cell,
  missing: browsers.Chromium.missing,
  run: ({ user, site }) => published(user, site, async (server) => {
    const [program, ...args] = command();
    await run(program, args, { cwd: user.dir });
    write(user.dir, { 'dist/index.html': html('/main.js', kind), 'dist/watch.js': watch(server) });
  }),
});

/** Vite takes a page and makes one. */
const page = (server) => ({
  'index.html': '<!doctype html><title>fanfetch</title><script src="/watch.js"></script><script type="module" src="/src/index.js"></script>',
  'public/watch.js': watch(server),
});
const vite = { runtime: 'Vite', quick: true, missing: browsers.Chromium.missing, version: () => versionIn(ROOT, 'vite') };

/** Taken elsewhere, so that nothing is found beside it. */
const forNode = (how, args, outfile) => ({
  runtime: 'esbuild',
  how,
  quick: true,
  version: () => versionIn(ROOT, 'esbuild'),
  async run({ user, site }) {
    write(user.dir, { 'main.mjs': MODULE });
    const elsewhere = join(user.dir, '..', 'elsewhere');
    mkdirSync(elsewhere);
    await run(bin('esbuild'), ['main.mjs', '--bundle', ...args, `--outfile=${join(elsewhere, outfile)}`], { cwd: user.dir });
    return linesOf(process.execPath, [outfile, JSON.stringify(site)], { cwd: elsewhere });
  },
});

export const cells = [
  {
    ...vite,
    how: '`vite build`',
    run: ({ user, site }) => published(user, site, (server) => {
      write(user.dir, page(server));
      return run(bin('vite'), ['build'], { cwd: user.dir });
    }),
  },
  {
    ...vite,
    how: '`vite` (dev)',
    async run({ user, site }) {
      const port = await freePort();
      const server = await serve(user.dir);
      try {
        write(user.dir, { ...page(server), ...sources(user, site, server.lines) });
        const url = `http://127.0.0.1:${port}/`;
        return await serving(bin('vite'), ['--host', '127.0.0.1', '--port', String(port), '--strictPort'], { cwd: user.dir }, url, () => visit('Chromium', url, server));
      } finally {
        server.close();
      }
    },
  },
  ...BUNDLERS.map(inPage),
  forNode('for Node, ES module', ['--platform=node', '--format=esm'], 'main.mjs'),
  forNode('for Node, CommonJS', ['--platform=node', '--format=cjs'], 'main.cjs'),
  // Takes the entry that is for hosts nobody has heard of yet.
  forNode('for no platform', ['--platform=neutral', '--format=esm'], 'main.mjs'),
];

const sources = ({ dir }, site, lines) => ({
  'src/index.js': inBrowser('fanfetch', { site, lines }),
  'src/scenario.mjs': readFileSync(join(dir, 'scenario.mjs'), 'utf8'),
});

/** Builds, and visits what lies in `dist/` then. */
async function published(user, site, build) {
  const server = await serve(join(user.dir, 'dist'));
  try {
    write(user.dir, sources(user, site, server.lines));
    await build(server);
    return await visit('Chromium', `${server.origin}/index.html`, server);
  } finally {
    server.close();
  }
}
