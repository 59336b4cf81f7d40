/** What is in the package: only what is meant to be, and nothing that a user would have to worry about. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { codeMakersIn, commentsIn, specifiersIn } from './code.mjs';
import { ROOT, install, node, write } from './fixture.mjs';

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE'];

let user;
let files;
before(async () => {
  user = await install();
  files = Object.fromEntries(filesBelow(user.installed).map((name) => [name, readFileSync(join(user.installed, name))]));
});
after(() => user?.remove());

describe('the tarball', () => {
  test('holds what its manifest leads to, the documents, and nothing else', () => {
    const wanted = new Set(['package.json', ...DOCUMENTS, ...reachable()]);
    assert.deepEqual(Object.keys(files).filter((name) => !wanted.has(name)), [], 'not reachable');
    assert.deepEqual([...wanted].filter((name) => !files[name]), [], 'missing');
    assert.ok([...wanted].filter((name) => name.endsWith('.wasm')).length === 1, 'one wasm');
  });

  test('has nothing that publint objects to', async () => {
    const { messages, pkg } = await publint({ pkgDir: user.installed, pack: false, strict: true });
    assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
  });

  test('has the version of the crate', () => {
    const [, version] = /^\[package\][^[]*?^version = "([^"]+)"/ms.exec(readFileSync(`${ROOT}Cargo.toml`, 'utf8'));
    assert.equal(user.manifest.version, version);
    assert.equal(user.manifest.name, 'fanfetch');
  });

  test('runs nothing when it is installed and depends on nothing', () => {
    const { scripts = {}, ...manifest } = user.manifest;
    const onInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare', 'dependencies'];
    assert.deepEqual(Object.keys(scripts).filter((name) => onInstall.includes(name)), []);
    assert.deepEqual(Object.keys(manifest).filter((name) => /dependencies$/i.test(name)), []);
    assert.ok(!files['binding.gyp'], 'npm would build it');
    assert.deepEqual(readdirSync(dirname(user.installed)).filter((name) => !name.startsWith('.')), ['fanfetch']);
  });

  test('declares what src/js/types.d.ts says', () => {
    const { types } = user.manifest.exports['.'];
    assert.equal(files[posix.normalize(types)].toString(), readFileSync(`${ROOT}src/js/types.d.ts`, 'utf8'));
  });
});

describe('the code', () => {
  test('makes none at run time', () => {
    for (const [name, text] of scripts()) assert.deepEqual(codeMakersIn(text), [], name);
    assert.equal(codeMakersIn('eval("1"); new Function("2"); Function("3"); globalThis.eval("4"); setTimeout("5", 0)').length, 5);
    assert.deepEqual(codeMakersIn('"eval(1)"; f.evaluate(); setTimeout(f, 0); // new Function()'), []);
  });

  test('carries no comments, source maps or paths of the machine it was built on', () => {
    assert.deepEqual(commentsIn('a(); // one\n/* two */ b(`/* none */`, "// none");'), ['// one', '/* two */']);
    for (const [name, text] of scripts()) {
      assert.deepEqual(commentsIn(text).filter((comment) => !MEANT.test(comment)), [], name);
    }
    const paths = [ROOT, homedir(), '/.cargo/', '/registry/src/', '/.rustup/', 'sourceMappingURL', 'sourcesContent'];
    for (const [name, bytes] of Object.entries(files).filter(([name]) => !DOCUMENTS.includes(name))) {
      assert.deepEqual(paths.filter((path) => bytes.includes(path)), [], name);
      assert.deepEqual(bytes.toString('latin1').match(/\/(?:home|root|Users|tmp)\/[\w.-]+/g) ?? [], [], name);
    }
  });

  test('has one wasm, inlined as it is, that imports from one glue', async () => {
    const [[name, bytes]] = Object.entries(files).filter(([name]) => name.endsWith('.wasm'));
    const imports = WebAssembly.Module.imports(await WebAssembly.compile(bytes));
    // All under one short name, in one object that the glue's bundle makes.
    assert.deepEqual([...new Set(imports.map(({ module }) => module))], ['a'], name);
    // The glue for all, and the files that hold all code themselves.
    const glue = scripts().filter(([, text]) => imports.every((wanted) => text.includes(`${wanted.name}:`))).map(([script]) => script);
    assert.deepEqual(glue.sort(), ['entry.inline.js', 'entry.node.js', 'entry.slim-node.js', 'fanfetch.js']);
    // The beginning of every wasm as `src/npm/build/inline.mjs` writes it.
    const holders = scripts().filter(([, text]) => /['"`]C(?:}?.){3}DCCC/.test(text)).map(([script]) => script);
    assert.deepEqual(holders.sort(), ['entry.inline.js', 'wasm-inline.js']);
    for (const script of holders) {
      write(user.dir, { 'inlined.mjs': `WebAssembly.instantiate = async (bytes) => console.log(Buffer.from(bytes).toString('base64'));
        const { wasm, fetchAll } = await import('./node_modules/fanfetch/${script}');
        await (wasm ? wasm().then(WebAssembly.instantiate) : fetchAll([]).catch(() => {}));` });
      const { stdout } = await node(['inlined.mjs'], user.dir);
      assert.ok(Buffer.from(stdout, 'base64').equals(bytes), script);
    }
  });

  test('reaches for no other package, and for Node only where Node is', () => {
    for (const [condition, entry] of entries()) {
      const hasNode = ['node', 'bun', 'require'].includes(condition);
      for (const file of reachableFrom([entry])) {
        const foreign = specifiers(file).filter((specifier) => !specifier.startsWith('.'));
        assert.deepEqual(foreign.filter((specifier) => !(hasNode && specifier.startsWith('node:'))), [], `${condition}: ${file}`);
      }
    }
  });
});

describe('importing it', () => {
  test('starts no timer, fetch, random number or controller', async () => {
    const importable = entries().filter(([condition]) => !['workerd', 'edge-light'].includes(condition));
    assert.ok(importable.length >= 2);
    for (const [condition, entry] of importable) {
      write(user.dir, { 'load.mjs': `${WATCH}\nawait import(${JSON.stringify(`./node_modules/fanfetch/${entry}`)});\nconsole.log(JSON.stringify(started));` });
      const { stdout, stderr, code } = await node(['load.mjs'], user.dir);
      assert.deepEqual([stdout, stderr, code], ['[]\n', '', 0], condition);
    }
  });

  test('is watched by what notices such a start', async () => {
    const acts = 'setTimeout(() => {}, 0); Math.random(); new AbortController(); crypto.randomUUID(); fetch("data:,x");';
    write(user.dir, { 'load.mjs': `${WATCH}\n${acts}\nconsole.log(JSON.stringify(started));` });
    const { stdout } = await node(['load.mjs'], user.dir);
    assert.deepEqual([...new Set(JSON.parse(stdout))], ['setTimeout', 'random', 'AbortController', 'randomUUID', 'fetch']);
  });

  for (const [module, moduleResolution] of [['NodeNext', 'NodeNext'], ['ESNext', 'Bundler']]) {
    test(`is understood by TypeScript with ${moduleResolution} resolution`, () => {
      const file = join(user.dir, 'user.ts');
      write(user.dir, { 'user.ts': `import { fetchAll, type FetchResult } from 'fanfetch';
        import { fetchAll as inline } from 'fanfetch/inline';
        import { fetchAll as slim, provideWasm } from 'fanfetch/slim';
        import wasm from 'fanfetch/fanfetch.wasm';
        export const results: Promise<FetchResult<string>[]> = fetchAll<string>(['https://a.example/']);
        export const same: (typeof fetchAll)[] = [inline, slim];
        for (const given of [wasm, new URL('https://a.example/'), new Response(), new Uint8Array(), fetch('a'), () => 'a']) provideWasm(given);
        // @ts-expect-error This is none of what it may be.
        provideWasm(1);
        // @ts-expect-error Proof that these are not \`any\`.
        fetchAll(1);` });
      const program = ts.createProgram([file], {
        strict: true, noEmit: true, skipDefaultLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind[module], moduleResolution: ts.ModuleResolutionKind[moduleResolution],
      });
      const messages = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
      assert.deepEqual(messages, []);
    });
  }
});

const MEANT = /^\/\*!|^\/\* ?@__PURE__ ?\*\/|^\/\* ?(?:@vite-ignore|webpack\w+: .*) ?\*\/|^#!/;

/** Before the import: each call of what starts something is put down. */
const WATCH = `
const started = [];
for (const [object, names] of [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'AbortController', 'Worker', 'MessageChannel']],
  [Math, ['random']],
  [crypto, ['getRandomValues', 'randomUUID']],
  [AbortSignal, ['timeout', 'any']],
]) {
  for (const name of names) {
    const original = object[name];
    if (typeof original !== 'function') continue;
    const watched = function (...args) {
      started.push(name);
      return new.target ? Reflect.construct(original, args) : Reflect.apply(original, object, args);
    };
    Object.defineProperty(object, name, { value: watched, configurable: true, writable: true });
  }
}`;

function filesBelow(dir, prefix = '') {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(dir, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name]);
}

/** The scripts by name, the command included. */
function scripts() {
  return Object.entries(files).filter(([name]) => /\.[cm]?js$/.test(name)).map(([name, bytes]) => [name, bytes.toString()]);
}

/** The main entry by condition, but for its types. */
function entries() {
  const flat = Object.entries(user.manifest.exports['.']).map(([condition, target]) => [condition, posix.normalize(target.default ?? target)]);
  return flat.filter(([condition]) => condition !== 'types');
}

function reachable() {
  const targets = [];
  const collect = (value) => (typeof value === 'string' ? targets.push(value) : Object.values(value ?? {}).forEach(collect));
  const { exports, bin, main, module, types } = user.manifest;
  [exports, bin, main, module, types].forEach(collect);
  return reachableFrom(targets.map((target) => posix.normalize(target)));
}

function reachableFrom(names) {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const specifier of specifiers(name).filter((text) => text.startsWith('.'))) {
      visit(posix.join(posix.dirname(name), specifier.replace(/\?.*$/, '')));
    }
  };
  names.forEach(visit);
  return [...seen];
}

function specifiers(name) {
  return /\.[cm]?js$/.test(name) && files[name] ? specifiersIn(files[name].toString()) : [];
}
