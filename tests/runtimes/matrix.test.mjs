/** Every runtime and bundler: the tarball, installed in a folder of its own, goes through the scenario there. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TOOLS, hasTool } from '../../src/npm/build/tools.mjs';
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
  writeFileSync(join(ROOT, 'target', 'matrix.md'), `${table(rows)}\n`);
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
  const shown = text.split('\n').map((line) => line.split('|').slice(1, 5).map((cell) => cell.trim()));
  const find = (among, { runtime, how }) => among.find((row) => row[0] === runtime && row[1] === how);
  if (everything) {
    // Of cells that were not asked for what was there stays.
    const all = cells.map((cell) => find(rows, cell) ?? find(shown, cell)).filter(Boolean);
    writeFileSync(file, text.replace(/(<!-- the matrix, by npm run test:all -->\n)[^]*?(<!-- end -->)/, (_, begin, end) => `${begin}${table(all)}\n${end}`));
  }
  assert.deepEqual(cells.filter((cell) => !find(everything ? [...shown, ...rows] : shown, cell)).map(({ runtime, how }) => `${runtime}, ${how}`), []);
});

function table(lines) {
  const all = [['runtime', 'how', 'version', 'the scenario'], ...lines];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const [head, ...rest] = all.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`);
  return [head, head.replace(/[^|]/g, '-'), ...rest].join('\n');
}
