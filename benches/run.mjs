// Measures fanfetch beside what one would otherwise use. `npm run bench -- --help` says how to ask for less.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goals } from './goals.mjs';
import { openWorkshop } from './workshop.mjs';

// Imported when it is their turn: before the set-up, what they import may not be installed.
const PARTS = {
  cpu: async () => (await import('./cpu.mjs')).cpu,
  response: async () => (await import('./cpu.mjs')).response,
  server: async () => (await import('./throughput.mjs')).throughput,
  memory: async () => (await import('./memory.mjs')).memory,
  size: async () => (await import('./size.mjs')).size,
  entries: async () => (await import('./entries.mjs')).entries,
  startup: async () => (await import('./startup.mjs')).startup,
  link: async () => (await import('./link.mjs')).link,
  each: async () => (await import('./each.mjs')).each,
  worker: async () => (await import('./worker.mjs')).worker,
};

const USAGE = `npm run bench -- [PART…] [OPTIONS]

Parts (default: all):
  cpu      CPU time per request with an instant fetch
  response the same where each request makes a real Response
  server   requests per second against a local server
  memory   heap and wasm memory over arrays of inputs
  size     bytes that a browser downloads
  entries  what each entry of the package loads
  startup  from the import to the first call of fetch
  link     the wasm as an asset or inlined, over a slow link
  each     results as they complete
  worker   what a page is kept from, with and without a worker

Options:
  --quick      fewer rounds
  --json FILE  write the figures to FILE
  --pkg DIR    measure the package in DIR instead of building this one
  --help       this text
`;

await main();

async function main() {
  const { parts, options } = readArguments();
  if (!options.pkg) await build();
  const pkg = options.pkg ? resolve(options.pkg) : fileURLToPath(new URL('../pkg', import.meta.url));
  if (!existsSync(join(pkg, 'package.json'))) fail(`there is no package in ${pkg}.`);
  const context = { ...openWorkshop(pkg), pkg, quick: options.quick };
  const { length: cores, 0: core } = cpus();
  const machine = { node: process.version, cpu: core?.model, cores, load: loadavg()[0], fanfetch: context.manifest.version };
  console.log(`fanfetch ${machine.fanfetch}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}`);
  if (machine.load > 0.5) console.log(`The machine is busy with other things (load ${machine.load.toFixed(1)}): trust the ratios at most.`);

  const figures = {};
  for (const part of parts) {
    try {
      const measure = await PARTS[part]();
      figures[part] = await measure(context);
    } catch (error) {
      // The other parts are worth having all the same.
      console.error(`\n${part}: failed. ${error?.stack ?? error}`);
      process.exitCode = 1;
    }
  }
  const outcome = goals(figures);
  if (options.json) {
    const report = { date: new Date().toISOString(), machine, quick: options.quick, figures, goals: outcome };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        pkg: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const unknown = positionals.find((part) => !Object.hasOwn(PARTS, part));
    if (unknown !== undefined) throw new Error(`There is no part '${unknown}': there are ${Object.keys(PARTS).join(', ')}.`);
    return { parts: positionals.length ? positionals : Object.keys(PARTS), options: values };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** Does nothing where all is there and up to date. */
async function build() {
  const { setup } = await import('../src/npm/build/setup.mjs');
  await setup({ need: 'build' });
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('../src/npm/build/build.mjs', import.meta.url))], { stdio: 'inherit' });
  if (status !== 0) fail('the build failed, so there is nothing to measure.');
}

function fail(reason) {
  console.error(`bench: ${reason}`);
  process.exit(1);
}
