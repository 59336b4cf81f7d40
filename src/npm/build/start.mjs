/**
 * `npm start`: sets up, builds, fetches 300 URLs from a local server that misbehaves, with the command, and tells how it
 * went. `npm start -- URL...` gives its arguments to the command instead.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environment, setup } from './setup.mjs';

const BUILD = fileURLToPath(new URL('./build.mjs', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../../pkg/cli.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../../../tests/server.mjs', import.meta.url));

try {
  process.exitCode = await start(process.argv.slice(2));
} catch (error) {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
}

async function start(args) {
  await setup({ need: 'build' });
  const built = await exitCode(spawn(process.execPath, [BUILD], { stdio: 'inherit', env: environment() }));
  if (built !== 0) return built;
  return args.length > 0 ? exitCode(spawn(process.execPath, [COMMAND, ...args], { stdio: 'inherit' })) : demonstrate();
}

async function demonstrate() {
  const server = spawn(process.execPath, [SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { host, ports } = JSON.parse(await firstLine(server.stdout));
    const origins = ports.map((port) => `http://${host}:${port}`);
    const requests = mix(origins);

    console.log(`\nFetching ${requests.length} URLs from ${origins.length} local hosts, 50 at once:\n`);
    const together = await timed(() => fetchTogether(requests));
    console.log(`\n${triesByKind(together.value)}\n`);

    console.log('For comparison the same requests one by one, with plain fetch and a plain retry loop ...');
    await fetch(`${origins[0]}/__reset`);
    const apart = await timed(() => fetchOneByOne(requests));
    console.log(comparison(together.ms, apart, requests.length));
    return verdict(requests, together.value);
  } finally {
    server.kill();
  }
}

/** 300 requests, spread over the hosts: all of them can be had, 41 of them not at the first try. */
function mix(origins) {
  const requests = [];
  const add = (count, what, path, { host, ...spec } = {}) => {
    for (let i = 0; i < count; i++) {
      const url = new URL(path(i), origins[host ?? requests.length % origins.length]);
      // Its own key: how often a request has failed is counted for it alone.
      if (!url.searchParams.has('key')) url.searchParams.set('key', `demo-${requests.length}`);
      requests.push({ url: url.href, tag: what, ...spec });
    }
  };
  // First, and so together: ten are let through, four are asked to come back in a second.
  add(14, 'a host with a rate limit', () => '/ratelimit?limit=10&window=2&key=demo-limit', { host: 3 });
  add(3, '429 and Retry-After', () => '/retry-after?seconds=1');
  add(19, '503 once', () => '/flaky');
  add(6, '503 twice', () => '/flaky?fail=2');
  add(5, 'a connection reset', () => '/flaky?mode=reset');
  add(4, 'a body that breaks off', () => '/flaky?mode=truncate');
  add(100, 'an answer after 10 to 30 ms', (i) => `/delay/${10 + (i % 3) * 10}`);
  add(60, 'one to three redirects', (i) => `/redirect/${1 + (i % 3)}`);
  add(10, 'a body in slow pieces', () => '/drip?bytes=200&chunk=40&every=10');
  add(8, 'a body of 2 MB', () => '/huge?bytes=2000000');
  add(11, 'a compressed body', () => '/gzip?bytes=50000');
  add(20, 'a POST of JSON', () => '/echo', { method: 'POST', json: { hello: 'world' } });
  add(40, 'plain JSON', () => '/ok');
  return requests;
}

/** By the command, as anyone would call it: a list on standard input, results on standard output. */
async function fetchTogether(requests) {
  const command = spawn(process.execPath, [COMMAND, '--concurrency', '50', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = exitCode(command);
  command.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const results = [];
  for await (const line of createInterface({ input: command.stdout })) results.push(JSON.parse(line));
  await exited;
  return results;
}

/** Waits a shorter time between tries than the command does on average, so as not to be slow by its waits. */
async function fetchOneByOne(requests) {
  let ok = 0;
  for (const { url, method, json } of requests) {
    for (let tries = 1; tries <= 3; tries++) {
      const wait = await fetchOnce(url, method, json);
      if (wait === undefined) {
        ok += 1;
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return ok;
}

/** `undefined` when it went well, else how long to wait before the next try. */
async function fetchOnce(url, method, json) {
  try {
    const response = await fetch(url, { method, body: json && JSON.stringify(json) });
    await response.arrayBuffer();
    return response.ok ? undefined : Number(response.headers.get('retry-after') ?? 0.1) * 1000;
  } catch {
    return 100;
  }
}

/** What took how many tries, a row a kind. */
function triesByKind(results) {
  const most = Math.max(1, ...results.map(({ attempts }) => attempts));
  const kinds = [...new Set(results.toSorted((a, b) => a.index - b.index).map(({ tag }) => tag))];
  const row = (title, chosen) => {
    const counts = Array.from({ length: most }, (_, i) => chosen.filter(({ attempts }) => attempts === i + 1).length);
    return `${title.padEnd(30)}${counts.map((count) => String(count || '').padStart(9)).join('')}`.trimEnd();
  };
  return [
    'what was asked for'.padEnd(30) + Array.from({ length: most }, (_, i) => (i === 0 ? '1 try' : `${i + 1} tries`).padStart(9)).join(''),
    ...kinds.map((kind) => row(kind, results.filter(({ tag }) => tag === kind))),
    row('all', results),
  ].join('\n');
}

function comparison(together, { ms, value }, count) {
  const seconds = (time) => `${(time / 1000).toFixed(1)} s`;
  return [
    `  with fanfetch  ${seconds(together).padStart(7)}   the command from its start to its end`,
    `  one by one     ${seconds(ms).padStart(7)}   ${value} of ${count} ok`,
    `  ${(ms / together).toFixed(1)} times as fast\n`,
  ].join('\n');
}

function verdict(requests, results) {
  const ok = results.filter((result) => result.ok).length;
  const retried = results.filter(({ attempts }) => attempts > 1).length;
  for (const { url, error } of results.filter((result) => !result.ok)) console.log(`${url}: ${error.message}`);
  // A request without a result has failed as well.
  const failed = requests.length - ok;
  console.log(`${ok} ok, ${retried} retried, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function timed(work) {
  const begun = performance.now();
  const value = await work();
  return { value, ms: performance.now() - begun };
}

async function exitCode(child) {
  const [code, signal] = await once(child, 'close');
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('the local server did not start');
}
