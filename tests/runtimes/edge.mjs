/** Vercel's edge runtime, by itself and in Next.js, whose other routes run in Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { folderOf } from '../../src/npm/build/tools.mjs';
import { write } from '../package/fixture.mjs';
import { freePort, linesOf, post, run, serving } from './programs.mjs';

const versionIn = (tool, name) => JSON.parse(readFileSync(join(folderOf(tool), 'node_modules', name, 'package.json'), 'utf8')).version;

/** Evaluates a script in the runtime, in which what `./fanfetch.wasm?module` imports is there by a global name. */
const HOST = `
  import { readFileSync } from 'node:fs';
  const [site, vm] = process.argv.slice(2);
  const { EdgeVM } = await import(vm);
  const wasm = new WebAssembly.Module(readFileSync('node_modules/fanfetch/fanfetch.wasm'));
  const runtime = new EdgeVM({ extend: (context) => Object.assign(context, { wasm }) });
  runtime.evaluate(readFileSync('edge.js', 'utf8'));
  runtime.context.scene.scenario(runtime.context.scene.fanfetch, JSON.parse(site)).then((lines) => {
    console.log(JSON.stringify(lines));
    process.exit();
  });`;

const inNext = (runtime) => ({
  runtime: 'Next.js',
  how: `${runtime} route`,
  quick: false,
  tools: ['next'],
  // Next wants to be below the folder that it is in.
  above: () => folderOf('next'),
  version: () => versionIn('next', 'next'),
  async run({ user, site }) {
    write(user.dir, {
      'app/layout.js': 'export default ({ children }) => children;',
      'app/run/scenario.mjs': readFileSync(join(user.dir, 'scenario.mjs'), 'utf8'),
      'app/run/route.js': `
        import * as fanfetch from 'fanfetch';
        import { scenario } from './scenario.mjs';
        export const runtime = '${runtime}';
        export const POST = async (request) => Response.json(await scenario(fanfetch, await request.json()));`,
    });
    const next = join(folderOf('next'), 'node_modules', 'next', 'dist', 'bin', 'next');
    const options = { cwd: user.dir, env: { NEXT_TELEMETRY_DISABLED: '1' } };
    await run(process.execPath, [next, 'build'], options);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/run`;
    return serving(process.execPath, [next, 'start', '-p', String(port), '-H', '127.0.0.1'], options, url, () => post(url, site));
  },
});

export const cells = [
  {
    runtime: 'Edge runtime',
    how: '`@edge-runtime/vm`',
    quick: false,
    tools: ['edge-runtime'],
    version: () => versionIn('edge-runtime', '@edge-runtime/vm'),
    async run({ user, site }) {
      write(user.dir, {
        'host.mjs': HOST,
        'source.mjs': "import * as fanfetch from 'fanfetch'; import { scenario } from './scenario.mjs'; globalThis.scene = { fanfetch, scenario };",
      });
      await build({
        entryPoints: [join(user.dir, 'source.mjs')], bundle: true, format: 'iife', conditions: ['edge-light'], outfile: join(user.dir, 'edge.js'), logLevel: 'error',
        plugins: [{
          name: 'module',
          setup(builder) {
            builder.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'module' }));
            builder.onLoad({ filter: /.*/, namespace: 'module' }, () => ({ contents: 'export default globalThis.wasm;' }));
          },
        }],
      });
      const vm = pathToFileURL(join(folderOf('edge-runtime'), 'node_modules', '@edge-runtime', 'vm', 'dist', 'index.js')).href;
      return linesOf(process.execPath, ['host.mjs', JSON.stringify(site), vm], { cwd: user.dir });
    },
  },
  inNext('edge'),
  inNext('nodejs'),
];
