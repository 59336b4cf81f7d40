/** The doors of the package: what each of them gives, what bundlers keep of it, and how a wasm is provided. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import { build as viteBuild } from 'vite';
import { asked, deploy } from '../runtimes/workers.mjs';
import { ROOT, install, node, startFaultServer, write } from './fixture.mjs';

let user;
let server;
before(async () => {
  [user, server] = await Promise.all([install(), startFaultServer()]);
});
after(() => {
  server?.stop();
  user?.remove();
});

/** What a program prints; it may call `ok(fetchAll)` and `told(fetchAll)`: whether a call works, and what it rejects with. */
async function printed(program) {
  write(user.dir, { 'program.mjs': `
    import { readFileSync } from 'node:fs';
    const url = ${JSON.stringify(`${server.site.origins[0]}/ok`)};
    const wasm = readFileSync('node_modules/fanfetch/fanfetch.wasm');
    const ok = async (fetchAll) => console.log((await fetchAll([url]))[0].ok);
    const told = (fetchAll) => fetchAll([url]).then(() => console.log('no error'), ({ code, message }) => console.log(code, message));
    ${program}` });
  const { stdout, stderr } = await node(['program.mjs'], user.dir);
  assert.equal(stderr, '');
  return stdout.trimEnd().split('\n');
}

test('are understood by TypeScript in every way it resolves modules', async () => {
  const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  // One thing is as it should be: a module is all there is, and Node >= 20.19 requires it.
  const args = [attw, user.tarball, '--format', 'json', '--ignore-rules', 'cjs-resolves-to-esm'];
  const { stdout, code = 0 } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 }).catch((error) => error);
  const { analysis } = JSON.parse(stdout);
  assert.equal(code, 0, JSON.stringify(analysis.problems));
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), Object.keys(user.manifest.exports).sort());
});

test('give the same', async () => {
  const [main, inline, slim] = await printed(`
    for (const name of ['fanfetch', 'fanfetch/inline', 'fanfetch/slim']) console.log(Object.keys(await import(name)).sort().join());`);
  assert.equal(inline, main);
  assert.deepEqual(slim.split(',').filter((name) => !main.split(',').includes(name)), ['provideWasm']);
});

describe('the slim entry', () => {
  // That of hosts without a condition of their own.
  const slim = (program) => printed(`import { fetchAll, provideWasm } from './node_modules/fanfetch/entry.slim.js';\n${program}`);

  for (const [what, given] of [
    ['a module', 'new WebAssembly.Module(wasm)'],
    ['bytes', 'wasm'],
    ['a Response of the right type', "new Response(wasm, { headers: { 'content-type': 'application/wasm' } })"],
    ['a Response of any type', 'new Response(wasm)'],
    ['a URL', "new URL('data:application/wasm;base64,' + wasm.toString('base64'))"],
    ['an address', "'data:application/octet-stream;base64,' + wasm.toString('base64')"],
    ['a promise', 'Promise.resolve(new Response(wasm))'],
    ['a function', '() => wasm'],
    ['a function that gives a promise', 'async () => new WebAssembly.Module(wasm)'],
  ]) {
    test(`takes ${what}`, async () => {
      assert.deepEqual(await slim(`provideWasm(${given}); await ok(fetchAll);`), ['true']);
    });
  }

  test('says what to do when nothing was provided, and then does it', async () => {
    const [error, ok] = await slim('await told(fetchAll); provideWasm(wasm); await ok(fetchAll);');
    assert.match(error, /^INTERNAL fanfetch: no WebAssembly was provided; .*`provideWasm` of 'fanfetch\/slim'/);
    assert.equal(ok, 'true');
  });

  test('needs nothing on Node, where the file is there, and takes what it is given', async () => {
    const program = (given) => printed(`import { fetchAll, provideWasm } from 'fanfetch/slim'; ${given} await told(fetchAll);`);
    assert.deepEqual(await program(''), ['no error']);
    assert.match((await program('provideWasm(new Uint8Array(8));'))[0], /^INTERNAL /);
    assert.deepEqual(await program('provideWasm(wasm);'), ['no error']);
  });

  test('tries a load that failed again', async () => {
    const [error, ok] = await slim(`
      let loads = 0;
      provideWasm(() => (loads++ ? new Response(wasm) : fetch(new URL('/status/404', url))));
      await told(fetchAll); await ok(fetchAll);`);
    assert.match(error, /^INTERNAL fanfetch: the WebAssembly module could not be loaded, see `cause`; the next call tries again$/);
    assert.equal(ok, 'true');
  });

  test('tells of a promise that rejects by the first call, and not before', async () => {
    const [error] = await slim("provideWasm(Promise.reject(new Error('no'))); await new Promise(setImmediate); await told(fetchAll);");
    assert.match(error, /^INTERNAL /);
  });

  for (const order of [['fanfetch', 'fanfetch/slim'], ['fanfetch/slim', 'fanfetch']]) {
    test(`takes nothing away from the main one (${order.join(', then ')})`, async () => {
      const lines = await printed(`for (const name of ${JSON.stringify(order)}) await import(name);
        for (const name of ['fanfetch', 'fanfetch/slim']) await ok((await import(name)).fetchAll);`);
      assert.deepEqual(lines, ['true', 'true']);
    });
  }

  test('is given the address of the file by Vite', async () => {
    const output = await vited("import url from 'fanfetch/fanfetch.wasm?url'; import { provideWasm } from 'fanfetch/slim'; provideWasm(url); export { fetchAll } from 'fanfetch/slim';");
    assert.deepEqual(output.filter(({ fileName }) => fileName.endsWith('.wasm')).map(({ source }) => source.length), [readFileSync(join(user.installed, 'fanfetch.wasm')).length]);
  });

  test('holds no wasm', async () => {
    const text = await esbuilt("export * from 'fanfetch/slim';");
    const inlined = readFileSync(join(user.installed, 'wasm-inline.js'), 'utf8');
    const parts = Array.from({ length: 50 }, (_, i) => inlined.slice(2000 + i * 1000, 2040 + i * 1000));
    assert.deepEqual(parts.filter((part) => text.includes(part)), [], 'not as text either');
  });
});

describe('in workerd', () => {
  const answered = async (imports) => {
    const dir = join(user.dir, `worker-${++workers}`);
    write(dir, { 'worker.mjs': `${imports}
      export default {
        async fetch(request) {
          const { origins } = await request.json();
          const urls = Array.from({ length: 20 }, (_, i) => origins[i % 2] + '/delay/50?key=' + i);
          const settled = fetchAll(urls).then((results) => results.filter(({ ok }) => ok).length, ({ code, message }) => [code, message]);
          return Response.json(await settled);
        },
      };` });
    return asked(await deploy(dir), server.site);
  };
  let workers = 0;

  test('the slim entry takes the module, and has the limits of Workers', async () => {
    const peak = () => fetch(`${server.site.origins[0]}/concurrency?reset=1`).then((response) => response.json());
    await peak();
    assert.equal(await answered("import { fetchAll, provideWasm } from 'fanfetch/slim'; import wasm from 'fanfetch/fanfetch.wasm'; provideWasm(wasm);"), 20);
    assert.equal((await peak()).peak, 6);
  });

  test('the inline entry, which cannot work there, says so', async () => {
    const [code, message] = await answered("import { fetchAll } from 'fanfetch/inline';");
    assert.equal(code, 'INTERNAL');
    assert.match(message, /this host compiles no WebAssembly at run time; import 'fanfetch' under its own condition \(`workerd`/);
  });
});

describe('of a program that only looks at errors', () => {
  const whole = () => readFileSync(join(user.installed, 'entry.inline.js')).length;
  for (const [name, bundled] of [['esbuild', esbuilt], ['Vite', async (program) => (await vited(program))[0].code]]) {
    test(`${name} keeps the errors and nothing else`, async () => {
      for (const program of ["export { isFanFetchError } from 'fanfetch';", "import { OptionError } from 'fanfetch'; export const is = (error) => error instanceof OptionError;"]) {
        const text = await bundled(program);
        assert.ok(text.length < 2500, `${text.length} bytes of ${whole()}`);
        assert.ok(!/WebAssembly|fetch\(/.test(text), 'nothing that fetches');
      }
      assert.ok((await bundled("export { fetchAll } from 'fanfetch';")).length > 40_000, 'and all of it where it is used');
    });
  }
});

async function esbuilt(contents) {
  const stdin = { contents, resolveDir: user.dir };
  const { outputFiles: [{ text }] } = await bundle({ stdin, bundle: true, format: 'esm', platform: 'browser', minify: true, write: false });
  return text;
}

async function vited(contents) {
  write(user.dir, { 'entry.js': contents });
  const { output } = await viteBuild({
    root: user.dir, configFile: false, logLevel: 'error',
    build: { write: false, minify: true, rollupOptions: { input: join(user.dir, 'entry.js'), preserveEntrySignatures: 'strict' } },
  });
  return output;
}
