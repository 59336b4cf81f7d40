/** The package as a user gets it: packed, and installed from the tarball into a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const exec = promisify(execFile);

/** Packs pkg/, once for all; gives the tarball. */
function pack() {
  packed ??= (async () => {
    if (!existsSync(`${ROOT}pkg/package.json`)) throw new Error('pkg/ is not built: npm run build');
    const to = mkdtempSync(join(realpathSync(tmpdir()), 'fanfetch-tarball-'));
    process.once('exit', () => rmSync(to, { recursive: true, force: true }));
    const { stdout } = await npm(['pack', `${ROOT}pkg`, '--json', '--pack-destination', to], to);
    return join(to, JSON.parse(stdout)[0].filename);
  })();
  return packed;
}
let packed;

/**
 * Installs the package's tarball in a new folder, without a network.
 *
 * @param {string} [above] Where the new folder is made: whoever is installed there can be imported from it.
 * @returns {Promise<{ dir: string, installed: string, tarball: string, manifest: Record<string, any>, remove: () => void }>}
 *   `dir` is the user's folder, `installed` the package's within its node_modules
 */
export async function install(above = realpathSync(tmpdir())) {
  const tarball = await pack();
  const top = mkdtempSync(join(above, 'fanfetch-user-'));
  const dir = join(top, 'user');
  mkdirSync(dir);
  writeFileSync(join(dir, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  await npm(['install', tarball, '--offline', '--no-audit', '--no-fund', '--foreground-scripts'], dir);
  cpSync(new URL('../runtimes/scenario.mjs', import.meta.url), join(dir, 'scenario.mjs'));

  const installed = join(dir, 'node_modules', 'fanfetch');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  return { dir, installed, tarball, manifest, remove: () => rmSync(top, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Writes `files` (name → text) below `dir`. */
export function write(dir, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

/** Runs Node in `cwd`. @returns {Promise<{ code: number, stdout: string, stderr: string }>} */
export async function node(args, cwd) {
  try {
    return { code: 0, ...(await exec(process.execPath, args, { cwd, timeout: 120_000, env: bareEnvironment() })) };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return error;
  }
}

/** The fault server in a process of its own. */
export async function startFaultServer() {
  const child = spawn(process.execPath, [`${ROOT}tests/server.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', () => reject(new Error('the fault server did not start')));
  });
  const { host, ports } = JSON.parse(line);
  return { site: { origins: ports.map((port) => `http://${host}:${port}`) }, stop: () => child.kill() };
}

/** One subtest a line of the scenario. */
export async function report(t, lines) {
  if (!(lines?.length >= 30)) throw new Error(`the scenario is not whole: ${JSON.stringify(lines)}`);
  for (const { name, error } of lines) {
    await t.test(name, () => {
      if (error) throw new Error(error);
    });
  }
}

function npm(args, cwd) {
  return exec('npm', args, { cwd, env: bareEnvironment() });
}

/** Without what a test runner or an npm script around this adds. */
export function bareEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|NODE_TEST)/i.test(name) || name === 'npm_config_cache');
  return Object.fromEntries(kept);
}
