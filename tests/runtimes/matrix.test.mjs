/** Every runtime and bundler: the tarball, installed in a folder of its own, goes through the scenario there. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TOOLS, hasTool } from '../../src/npm/tools.mjs';
import { ROOT, install, report, startFaultServer } from '../package/fixture.mjs';
import { cells as browsers } from './browsers.mjs';
import { cells as bundlers } from './bundlers.mjs';
import { cells as edge } from './edge.mjs';
import { cells as processes } from './processes.mjs';
import { cells as workers } from './workers.mjs';

/**
 * @typedef {object} Cell
 * @property {string} runtime
 * @property {string} how
 * @property {boolean} quick Whether `npm test` runs it, or `npm run test:all` alone.
 * @property {(keyof typeof TOOLS)[]} [tools] What it needs, beyond the packages of this project.
 * @property {() => string | undefined} [missing] Why it cannot run on this machine.
 * @property {() => string} [above] The folder to install the package in, where it is not just any.
 * @property {() => string} version
 * @property {(scene: { user: object, site: object }) => Promise<{ name: string, error?: string }[]>} run
 */
/** @type {Cell[]} */
const cells = [...processes, ...workers, ...edge, ...browsers, ...bundlers];

const everything = process.env.FANFETCH_MATRIX === 'all';
const only = process.env.FANFETCH_CELLS?.split(';');
const rows = [];

after(() => {
  mkdirSync(join(ROOT, 'target'), { recursive: true });
  writeFileSync(join(ROOT, 'target', 'matrix.md'), `${table()}\n`);
});

for (const cell of cells) {
  const name = `${cell.runtime}, ${cell.how.replaceAll('`', '')}`;
  if (only ? !only.some((part) => name.includes(part)) : !everything && !cell.quick) continue;
  test(name, { timeout: 240_000 }, async (t) => {
    const row = [cell.runtime, cell.how, '', ''];
    rows.push(row);
    const missing = cell.missing?.() ?? cell.tools?.filter((tool) => !hasTool(tool)).map((tool) => `${tool} is not installed`)[0];
    if (missing) {
      row[3] = `not run: ${missing}`;
      return t.skip(missing);
    }
    let user;
    let server;
    try {
      row[2] = cell.version();
      row[3] = 'did not run';
      [user, server] = await Promise.all([install(cell.above?.()), startFaultServer()]);
      const lines = await cell.run({ user, site: server.site });
      row[3] = `${lines.filter(({ error }) => !error).length} of ${lines.length} checks`;
      await report(t, lines);
    } finally {
      server?.stop();
      user?.remove();
    }
  });
}

test('PLATFORM.md shows each cell', () => {
  const file = join(ROOT, 'PLATFORM.md');
  const text = readFileSync(file, 'utf8');
  if (everything && !only) {
    writeFileSync(file, text.replace(/(<!-- the matrix, by npm run test:all -->\n)[^]*?(<!-- end -->)/, (_, begin, end) => `${begin}${table()}\n${end}`));
  }
  const shown = readFileSync(file, 'utf8').split('\n').map((line) => line.split('|').slice(1, 3).map((text) => text.trim()).join(', '));
  assert.deepEqual(cells.map(({ runtime, how }) => `${runtime}, ${how}`).filter((name) => !shown.includes(name)), []);
});

function table() {
  const all = [['runtime', 'how', 'version', 'the scenario'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const [head, ...lines] = all.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`);
  return [head, head.replace(/[^|]/g, '-'), ...lines].join('\n');
}
