/** The installed package in a Chromium page: as it lies on a server, and bundled. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { executablePath, openBrowser } from './chromium.mjs';
import { install, report, startFaultServer, write } from './fixture.mjs';

const MAIN = `
  import * as fanfetch from 'fanfetch';
  import { scenario } from './scenario.mjs';
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
  let hash;
  before(async () => {
    [user, server] = await Promise.all([install(), startFaultServer()]);
    const { browser: entry } = user.manifest.exports['.'];
    const importMap = JSON.stringify({ imports: { fanfetch: new URL(entry.default ?? entry, 'http://a/node_modules/fanfetch/').pathname } });
    hash = createHash('sha256').update(importMap).digest('base64');
    const html = (scripts) => `<!doctype html><meta charset="utf-8"><title>fanfetch</title>${scripts}`;
    write(user.dir, {
      'main.js': MAIN,
      'watch.js': WATCH,
      'index.html': html(`<script type="importmap">${importMap}</script><script src="/watch.js"></script><script type="module" src="/main.js"></script>`),
      'iife.html': html('<script src="/iife/bundle.js"></script>'),
      'esm.html': html('<script type="module" src="/esm/bundle.js"></script>'),
    });
    browser = await openBrowser(user.dir, `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; connect-src http://127.0.0.1:*`);
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    user?.remove();
  });

  const run = (site) => globalThis.run(site);

  test('without a bundler', async (t) => {
    await report(t, await browser.page('/index.html', run, server.site));
  });

  test('a content security policy that forbids WebAssembly is told, with the word that allows it', async () => {
    const strict = await openBrowser(user.dir, `default-src 'none'; script-src 'self' 'sha256-${hash}'; connect-src http://127.0.0.1:*`);
    try {
      const told = await strict.page('/index.html', async (site) => {
        const { fetchAll } = await import('/node_modules/fanfetch/entry.inline.js');
        const error = await fetchAll([`${site.origins[0]}/ok`]).catch((error) => error);
        return [error.code, error.message, error.cause instanceof WebAssembly.CompileError];
      }, server.site);
      assert.deepEqual(told, ['INTERNAL', "fanfetch: the content security policy forbids WebAssembly; allow it by `script-src 'wasm-unsafe-eval'`", true]);
    } finally {
      await strict.close();
    }
  });

  test('importing it starts nothing', async () => {
    assert.deepEqual(await browser.page('/index.html', () => globalThis.started), []);
    const after = await browser.page('/index.html', async (site) => { await globalThis.run(site); return globalThis.started; }, server.site);
    assert.ok(after.includes('fetch') && after.includes('setTimeout'), 'the watch sees what happens later');
  });

  for (const format of ['iife', 'esm']) {
    test(`bundled by esbuild as ${format}`, async (t) => {
      const outfile = join(user.dir, format, 'bundle.js');
      await build({ entryPoints: [join(user.dir, 'main.js')], bundle: true, platform: 'browser', format, outfile, logLevel: 'error' });
      await report(t, await browser.page(`/${format}.html`, run, server.site));
    });
  }
});
