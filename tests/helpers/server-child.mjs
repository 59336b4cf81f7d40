import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../server.mjs', import.meta.url));

/**
 * Starts the fault server in a process of its own, so that its timings and peaks are not those of the test.
 * It ends with this process at the latest.
 *
 * @returns {Promise<{ site: object, control: (path: string) => Promise<any>, stop: () => void }>}
 */
export async function startServerChild() {
  const child = spawn(process.execPath, [PROGRAM, '--ttl', '900'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const [line] = await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => reject(new Error(`the fault server ended with code ${code}`)));
    createInterface({ input: child.stdout }).once('line', (...args) => resolve(args));
  });
  child.unref();
  child.stdout.unref();
  const { pid, ...site } = JSON.parse(line);
  site.origins = site.ports.map((port) => `http://${site.host}:${port}`);
  return { site, control: (path) => readControl(site, path), stop };
}

/**
 * Reads a control path without the global fetch, whose connections and timers are under test.
 *
 * @param {{ origins: string[] }} site
 * @param {string} path
 */
export function readControl(site, path) {
  return new Promise((resolve, reject) => {
    const request = get(site.origins.at(-1) + path, { agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
