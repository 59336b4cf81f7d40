/** The installed package in Node: imported, required, and bundled. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { install, node, report, startFaultServer, write } from './fixture.mjs';

const MODULE = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
  scenario(fanfetch, JSON.parse(process.argv[2])).then((lines) => console.log(JSON.stringify(lines)));`;
const COMMONJS = `
  const fanfetch = require('fanfetch');
  import('./scenario.mjs')
    .then(({ scenario }) => scenario(fanfetch, JSON.parse(process.argv[2])))
    .then((lines) => console.log(JSON.stringify(lines)));`;
/** A process that requires a module of this kind warns of it up to Node 22. */
const REQUIRE_ESM_WARNING = /^\(node:\d+\) ExperimentalWarning: CommonJS module .*\n\(Use `node --trace-warnings .*\n/s;

describe('in Node', () => {
  let user;
  let server;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
    write(user.dir, { 'main.mjs': MODULE, 'main.cjs': COMMONJS });
  });
  after(() => {
    server?.stop();
    user?.remove();
  });

  async function runs(t, file, cwd = user.dir) {
    const { code, stdout, stderr } = await node([file, JSON.stringify(server.site)], cwd);
    assert.equal(stderr.replace(REQUIRE_ESM_WARNING, ''), '');
    assert.equal(code, 0);
    await report(t, JSON.parse(stdout));
  }

  test('imported', (t) => runs(t, 'main.mjs'));

  const [major, minor] = process.versions.node.split('.').map(Number);
  const skip = (major < 20 || (major === 20 && minor < 19)) && 'this Node cannot require a module';
  test('required', { skip }, (t) => runs(t, 'main.cjs'));

  // Neutral takes the `default` entry, made for hosts that nobody has heard of yet.
  for (const [platform, format] of [['node', 'esm'], ['node', 'cjs'], ['neutral', 'esm']]) {
    test(`bundled by esbuild for ${platform} as ${format}, and taken elsewhere`, async (t) => {
      const elsewhere = join(user.dir, '..', `${platform}-${format}`);
      mkdirSync(elsewhere);
      const outfile = join(elsewhere, format === 'esm' ? 'main.mjs' : 'main.cjs');
      await build({ entryPoints: [join(user.dir, 'main.mjs')], bundle: true, platform, format, outfile, logLevel: 'error' });
      await runs(t, outfile, elsewhere);
    });
  }

  test('fifty first calls at once', async () => {
    write(user.dir, { 'first.mjs': `
      import { fetchAll } from 'fanfetch';
      const urls = JSON.parse(process.argv[2]).origins.map((origin) => origin + '/ok');
      const calls = await Promise.all(Array.from({ length: 50 }, () => fetchAll(urls)));
      console.log(calls.flat().filter(({ ok }) => ok).length);` });
    const { stdout } = await node(['first.mjs', JSON.stringify(server.site)], user.dir);
    assert.equal(stdout, '200\n');
  });

  test('a process ends by itself when its work is done', async () => {
    write(user.dir, { 'end.mjs': `
      import { fetchAll } from 'fanfetch';
      const [origin] = JSON.parse(process.argv[2]).origins;
      const results = await fetchAll([origin + '/ok', origin + '/status/404'], { timeout: { attempt: 60_000, total: 90_000 } });
      console.log(results.length, process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
      const before = performance.now();
      process.on('exit', () => console.log(performance.now() - before < 1000));` });
    const { stdout } = await node(['end.mjs', JSON.stringify(server.site)], user.dir);
    assert.equal(stdout, '2 0\ntrue\n');
  });
});
