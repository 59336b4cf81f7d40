/** The installed package in Node: how it begins and ends. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { install, node, startFaultServer, write } from './fixture.mjs';

describe('in Node', () => {
  let user;
  let server;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
  });
  after(() => {
    server?.stop();
    user?.remove();
  });

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
