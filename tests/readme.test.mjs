/** Every example of the README works: scripts run against a local server, TypeScript is type-checked. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TYPES, complaints } from './types/tsc.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const README = `${ROOT}README.md`;
const exec = promisify(execFile);

const text = existsSync(README) ? readFileSync(README, 'utf8') : '';
const blocks = blocksOf(text);

describe('the README', { skip: text.trim() === '' && 'there is no README.md yet' }, () => {
  let dir;
  let server;
  before(async () => {
    dir = mkdtempSync(join(realpathSync(tmpdir()), 'fanfetch-readme-'));
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(join(ROOT, 'pkg'), join(dir, 'node_modules', 'fanfetch'), 'dir');
    for (const name of ['zod', 'valibot', 'ky', 'ofetch', 'openapi-fetch']) linkIfInstalled(dir, name);
    server = await plausibleServer();
  });
  after(() => {
    server?.close();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  test('has examples', () => {
    assert.ok(blocks.filter(({ language }) => isScript(language)).length >= 3);
  });

  for (const { language, code, line } of blocks.filter((block) => isScript(block.language))) {
    test(`line ${line}: runs`, async () => {
      const file = join(dir, `line-${line}.mjs`);
      const before = server.requests();
      writeFileSync(file, localised(code, server.origin));
      // A rejection that nobody handles, or an exit code of its own, is an error here.
      const { code: exit = 0, stderr } = await exec(process.execPath, [file], { cwd: dir, timeout: 30_000 }).catch((error) => error);
      const told = stderr.split('\n').filter((text) => text.length < 300).join('\n');
      assert.equal(exit, 0, told);
      assert.doesNotMatch(told, /Warning|Error/);
      if (/https:\/\/\w+\.example/.test(code)) assert.ok(server.requests() > before, 'it fetched nothing');
    });
  }

  for (const { code, line } of blocks.filter(({ language }) => language === 'ts')) {
    test(`line ${line}: compiles`, () => {
      const file = join(dir, `line-${line}.ts`);
      writeFileSync(file, /^(import|export) /m.test(code) ? code : `${code}\nexport {};\n`);
      assert.deepEqual(complaints([file], { fanfetch: TYPES }), []);
    });
  }

  for (const { code, line } of blocks.filter(({ language }) => language === 'json')) {
    test(`line ${line}: is JSON`, () => {
      assert.doesNotThrow(() => JSON.parse(code));
    });
  }

  test('links within itself and to files that exist', () => {
    const anchors = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title)));
    const links = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    const broken = links.filter((target) => {
      if (target.startsWith('#')) return !anchors.has(target.slice(1));
      return !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, target.replace(/#.*$/, '')));
    });
    assert.deepEqual(broken, []);
  });
});

/** The fenced blocks of a Markdown text. */
function blocksOf(markdown) {
  return [...markdown.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)].map(({ 1: language, 2: code, index }) => (
    { language, code, line: markdown.slice(0, index).split('\n').length }));
}

function isScript(language) {
  return language === 'js' || language === 'mjs';
}

/** Hosts of the examples become the local server; a name is kept as the first segment of the path. */
function localised(code, origin) {
  return code.replace(/https:\/\/([\w-]+)\.example(?:\.(?:com|org|net))?(?=[/'"`?]|\$\{)/g, (_, name) => `${origin}/${name}`);
}

function linkIfInstalled(dir, name) {
  const target = join(ROOT, 'node_modules', name);
  if (existsSync(target)) symlinkSync(target, join(dir, 'node_modules', name), 'dir');
}

function anchorOf(title) {
  return title.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s/g, '-');
}

/** Answers any path with JSON that could have come from an API: an object with the usual fields, or a page of them. */
async function plausibleServer() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url, 'http://local');
      const id = Number(/(\d+)\/?$/.exec(pathname)?.[1] ?? searchParams.get('page') ?? 1);
      const item = (number) => ({ id: number, name: `name ${number}`, title: `title ${number}`, email: `user${number}@api.example`, price: number * 10, url: request.url });
      const items = [1, 2, 3].map((n) => item(n));
      const body = { ...item(id), items, results: items, data: items, users: items, next: null, access_token: 'token', token: 'token' };
      response.writeHead(200, { 'content-type': 'application/json', etag: `"${id}"` });
      response.end(request.method === 'HEAD' ? '' : JSON.stringify(body));
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = () => { server.closeAllConnections(); server.close(); };
  return { origin: `http://127.0.0.1:${server.address().port}`, requests: () => requests, close };
}
