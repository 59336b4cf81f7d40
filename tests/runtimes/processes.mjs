/** Node in all its living versions, Deno and Bun: a process that imports or requires the package. */
import { execFileSync } from 'node:child_process';
import { nodeOf } from '../../src/npm/build/tools.mjs';
import { write } from '../package/fixture.mjs';
import { COMMONJS, MODULE, bin, linesOf } from './programs.mjs';

const inNode = (major, how, file, text) => {
  const { program, tools } = nodeOf(major);
  return {
    runtime: `Node ${major}`,
    how,
    quick: tools.length === 0,
    tools,
    version: () => versionOf(program),
    run({ user, site }) {
      write(user.dir, { [file]: text });
      return linesOf(program, [file, JSON.stringify(site)], { cwd: user.dir });
    },
  };
};

export const cells = [
  ...['20', '22', '24', '26'].flatMap((major) => [inNode(major, 'import', 'main.mjs', MODULE), inNode(major, 'require', 'main.cjs', COMMONJS)]),
  {
    runtime: 'Deno',
    how: '`--allow-net` alone',
    quick: true,
    version: () => versionOf(bin('deno')),
    run({ user, site }) {
      // Deno has `process` for modules of npm only.
      write(user.dir, { 'main.mjs': MODULE.replace('process.argv[2]', 'Deno.args[0]') });
      return linesOf(bin('deno'), ['run', '--node-modules-dir=manual', '--allow-net', '--no-prompt', 'main.mjs', JSON.stringify(site)], { cwd: user.dir });
    },
  },
  {
    runtime: 'Bun',
    how: 'import',
    quick: true,
    version: () => versionOf(bin('bun')),
    run({ user, site }) {
      write(user.dir, { 'main.mjs': MODULE });
      return linesOf(bin('bun'), ['main.mjs', JSON.stringify(site)], { cwd: user.dir });
    },
  },
];

function versionOf(program) {
  return /\d+\.\d+\.\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))[0];
}
