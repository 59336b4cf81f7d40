/** The bundled command `fanfetch`, run as its users run it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The command under test; FANFETCH_CLI names an installed one instead. */
export const CLI = process.env.FANFETCH_CLI ?? fileURLToPath(new URL('../../pkg/cli.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../server.mjs', import.meta.url));

/**
 * A fault server and a folder for the tests of one file.
 * @returns {Promise<{ origin: string, refused: string, directory: string }>}
 */
export async function setUp() {
  assert.ok(existsSync(CLI), `${CLI} is missing: run npm run build first`);
  const directory = mkdtempSync(join(tmpdir(), 'fanfetch-cli-'));
  const server = spawn(process.execPath, [SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => {
    server.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const { host, ports, refused } = JSON.parse(line);
    return { origin: `http://${host}:${ports[0]}`, refused: `http://${host}:${refused}`, directory };
  }
  throw new Error('the fault server did not start');
}

export function fanfetch(args, { input = '', append } = {}) {
  const begun = performance.now();
  const child = start(args, { append });
  child.stdin.end(input);
  return finished(child).then((result) => ({ ...result, ms: performance.now() - begun }));
}

export function start(args, { append } = {}) {
  const stdio = ['pipe', 'pipe', 'pipe'];
  // Appended to by a shell, as users do it, so that the command sees the file itself as its output.
  const child = append === undefined
    ? spawn(process.execPath, [CLI, ...args], { stdio })
    : spawn('/bin/sh', ['-c', 'exec "$@" >> "$0"', append, process.execPath, CLI, ...args], { stdio });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  child.seen = '';
  child.complaints = '';
  child.stdout.on('data', (chunk) => (child.seen += chunk));
  child.stderr.on('data', (chunk) => (child.complaints += chunk));
  return child;
}

export async function finished(child) {
  const watchdog = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const code = child.exitCode ?? (await new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal))));
  clearTimeout(watchdog);
  const { seen: stdout, complaints: stderr } = child;
  const records = stdout.startsWith('{') ? stdout.trimEnd().split('\n').map((line) => JSON.parse(line)) : [];
  return { code, stdout, stderr, records };
}

export async function lacks(flag) {
  return !(await fanfetch(['--help'])).stdout.includes(flag);
}

export async function until(condition) {
  for (let waited = 0; !(await condition()); waited += 20) {
    assert.ok(waited < 5000, `waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function byIndex(records) {
  return [...records].sort((a, b) => a.index - b.index);
}
