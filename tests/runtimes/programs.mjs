/** Running programs, and the small programs that the cells run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT, bareEnvironment } from '../package/fixture.mjs';

/** A program that npm installed for this project. */
export const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** For a process: the scenario, whose lines it prints at the end. */
export const MODULE = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
  scenario(fanfetch, JSON.parse(process.argv[2])).then((lines) => console.log(JSON.stringify(lines)));`;
export const COMMONJS = `
  const fanfetch = require('fanfetch');
  import('./scenario.mjs')
    .then(({ scenario }) => scenario(fanfetch, JSON.parse(process.argv[2])))
    .then((lines) => console.log(JSON.stringify(lines)));`;

/** For a worker of Cloudflare's or a route: answers a POST of the fault server's hosts with the lines. */
export const WORKER = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
  export default { fetch: async (request) => Response.json(await scenario(fanfetch, await request.json())) };`;

/** For a page or a worker of a page: sends the lines to where the page's server takes them. */
export const inBrowser = (from, { site, lines }, scenario = './scenario.mjs') => `
  import * as fanfetch from '${from}';
  import { scenario } from '${scenario}';
  const send = (value) => fetch('${lines}', { method: 'POST', mode: 'no-cors', body: JSON.stringify(value) });
  scenario(fanfetch, ${JSON.stringify(site)}).then(send, (error) => send([{ name: 'scenario', error: String(error) }]));`;

/** Runs a program to its end; gives what it printed, or rejects with all that it said. */
export async function run(command, args, { cwd, env } = {}) {
  const child = launch(command, args, { cwd, env });
  const [code] = await once(child.process, 'close');
  child.stop();
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${child.said()}`);
  return child;
}

/** What a program prints, which is the lines of the scenario and nothing else; it warns of nothing either. */
export async function linesOf(command, args, options) {
  const child = await run(command, args, options);
  const warned = child.warned().replace(REQUIRES_A_MODULE, '');
  if (warned !== '') throw new Error(`it warns:\n${warned}`);
  return JSON.parse(child.printed());
}

/** A process that requires a module of this kind says so up to Node 22. */
const REQUIRES_A_MODULE = /^\(node:\d+\) ExperimentalWarning: CommonJS module .*\n\(Use `node --trace-warnings .*\n/s;

/** Starts a program in a process group of its own, so that whatever it starts can be ended with it. */
export function launch(command, args, { cwd, env } = {}) {
  const child = spawn(command, args, { cwd, env: { ...bareEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const [out, err, all] = [[], [], []];
  child.stdout.on('data', (data) => out.push(data) && all.push(data));
  child.stderr.on('data', (data) => err.push(data) && all.push(data));
  child.on('error', (error) => all.push(Buffer.from(error.message)));
  const stop = () => {
    process.off('exit', stop);
    try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it is gone */ }
  };
  process.once('exit', stop);
  const text = (chunks) => () => Buffer.concat(chunks).toString();
  return { process: child, stop, printed: text(out), warned: text(err), said: text(all) };
}

/** Starts a server and runs `use` once it answers at `url`; ends it then. */
export async function serving(command, args, options, url, use) {
  const child = launch(command, args, options);
  let ended = false;
  child.process.once('close', () => { ended = true; });
  try {
    for (let waited = 0; !(await answers(url)); waited += 100) {
      if (ended || waited > 90_000) throw new Error(`${command} did not come up:\n${child.said()}`);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    return await use();
  } catch (error) {
    throw new Error(`${error.message}\n${child.said()}`, { cause: error });
  } finally {
    child.stop();
  }
}

const answers = (url) => fetch(url).then((response) => response.body?.cancel().then(() => true) ?? true, () => false);

/** Asks a running worker or route for the lines. */
export async function post(url, site) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(site) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 2000)}`);
  return JSON.parse(text);
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
