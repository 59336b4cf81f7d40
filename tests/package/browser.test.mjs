/** The installed package in a Chromium page: what importing it does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { WASM, policy } from '../runtimes/pages.mjs';
import { executablePath, openBrowser } from './chromium.mjs';
import { install, report, startFaultServer, write } from './fixture.mjs';

const MAIN = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
  globalThis.fanfetch = fanfetch;
  globalThis.run = (site) => scenario(fanfetch, site);`;
/** Counts what a page must not do before its first call. */
const WATCH = `
  globalThis.started = [];
  const watch = (object, name) => {
    const original = object[name];
    object[name] = function (...args) {
      started.push(name);
      return new.target ? Reflect.construct(original, args) : original.apply(this, args);
    };
  };
  for (const name of ['setTimeout', 'setInterval', 'fetch', 'AbortController', 'queueMicrotask', 'Worker']) watch(globalThis, name);
  for (const name of ['getRandomValues', 'randomUUID']) watch(crypto, name);
  for (const name of ['instantiate', 'compile', 'instantiateStreaming', 'compileStreaming']) watch(WebAssembly, name);
  watch(Math, 'random');`;

describe('in a Chromium page', { skip: !executablePath && 'no Chromium is installed' }, () => {
  let user;
  let server;
  let browser;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
    const { browser: entry } = user.manifest.exports['.'];
    const importMap = JSON.stringify({ imports: { fanfetch: new URL(entry, 'http://a/node_modules/fanfetch/').pathname } });
    const hash = createHash('sha256').update(importMap).digest('base64');
    write(user.dir, {
      'main.js': MAIN,
      'watch.js': WATCH,
      'index.html': `<!doctype html><title>fanfetch</title><link rel="icon" href="data:,"><script type="importmap">${importMap}</script><script src="/watch.js"></script><script type="module" src="/main.js"></script>`,
    });
    browser = await openBrowser(user.dir, policy(WASM, `'sha256-${hash}'`));
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    user?.remove();
  });

  test('runs by an import map, under the policy that allows wasm and no more', async (t) => {
    await report(t, await browser.page('/index.html', (site) => globalThis.run(site), server.site));
  });

  test('importing it starts nothing', async () => {
    assert.deepEqual(await browser.page('/index.html', () => globalThis.started), []);
    const after = await browser.page('/index.html', async ({ origins: [origin] }) => {
      await globalThis.fanfetch.fetchAll([`${origin}/ok`]);
      return globalThis.started;
    }, server.site);
    assert.ok(after.includes('fetch') && after.includes('setTimeout'), 'the watch sees what happens later');
  });
});
