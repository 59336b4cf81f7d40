import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PEERS = ['axios', 'cockatiel', 'ky', 'p-limit', 'p-map', 'p-queue'];

/**
 * A temporary folder in which the built package and its peers are installed as a user has them, so that every import
 * goes through the manifest's `exports`. Removed when the process ends.
 * @param {string} pkg the folder of the built package
 * @returns {{ dir: string, entry: string, manifest: object }} `entry` is a module that re-exports the package
 */
export function openWorkshop(pkg) {
  const manifest = JSON.parse(readFileSync(join(pkg, 'package.json'), 'utf8'));
  const dir = mkdtempSync(join(tmpdir(), 'fanfetch-bench-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(pkg, join(dir, 'node_modules', 'fanfetch'), 'dir');
  const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
  for (const peer of PEERS) symlinkSync(join(modules, peer), join(dir, 'node_modules', peer), 'dir');

  const entry = join(dir, 'fanfetch.mjs');
  writeFileSync(entry, "export * from 'fanfetch';\n");
  return { dir, entry: pathToFileURL(entry).href, manifest };
}
