/**
 * The package with a wasm that traps on demand: the one that users get, with two exports more. It takes no second
 * compilation, and what is tested is what is published.
 */
import binaryen from 'binaryen';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inlined } from '../../src/npm/build/inline.mjs';
import { KINDS, PLACES } from './fuse.mjs';

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));
const DIR = fileURLToPath(new URL('../../target/trapping/', import.meta.url));

const NAMES = fileURLToPath(new URL('../../target/npm/exports.json', import.meta.url));

const { f64, i32, none } = binaryen;
/** Closures are called by one function for all that take the same: two numbers say which, before what it is given. */
const CLOSURE = /^wasm_bindgen__convert__closures_/;
const PARAMETERS = { told: [i32, i32, i32, i32, f64], poll: [i32, i32], ring: [i32, i32] };
/** The one that a timer calls: gloo makes its closures of another kind. */
const [, RING] = /\bmakeMutClosure\(arg0, arg1, (\w+)\)/.exec(readFileSync(new URL('../../target/npm/glue_bg.js', import.meta.url), 'utf8'));

const FEATURES = ['MutableGlobals', 'NontrappingFPToInt', 'BulkMemory', 'BulkMemoryOpt', 'SignExt', 'ReferenceTypes', 'Multivalue'];

/** @returns {string} the folder that it was written to */
export function makeTrapping() {
  const wasm = armed(readFileSync(`${PKG}fanfetch.wasm`));
  cpSync(PKG, DIR, { recursive: true });
  writeFileSync(`${DIR}fanfetch.wasm`, wasm);
  writeFileSync(`${DIR}wasm-inline.js`, inlined(Buffer.from(wasm)));
  return DIR;
}

function armed(bytes) {
  const module = binaryen.readBinary(bytes);
  // By name: with all of them comes one that Node 20 refuses.
  module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
  for (const name of ['fuse', 'kind']) {
    module.addGlobal(name, i32, true, module.i32.const(0));
    module.addGlobalExport(name, name);
  }
  module.addFunction('deeper', none, none, [], module.block(null, [module.call('deeper', [], none), module.call('deeper', [], none)]));
  const names = Object.entries(JSON.parse(readFileSync(NAMES, 'utf8')));
  const exported = Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)))
    .filter(({ kind }) => kind === binaryen.ExternalFunction)
    .map(({ name, value }) => ({ name, value, known: names.find(([, short]) => short === name)?.[0], ...typesOf(module, value) }));
  PLACES.forEach((place, index) => {
    const isIt = ({ known, params }) => (PARAMETERS[place] === undefined ? known === place.replace('.', '_') : CLOSURE.test(known) && `${params}` === `${PARAMETERS[place]}` && (place === 'ring') === (known === RING));
    const found = exported.filter(isIt);
    if (found.length !== 1) throw new Error(`${found.length} exports are \`${place}\``);
    arm(module, found[0], index + 1);
  });
  if (!module.validate()) throw new Error('what was made is no module');
  const made = module.emitBinary();
  module.dispose();
  return made;
}

const typesOf = (module, value) => {
  const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
  return { params: [...binaryen.expandType(params)], results: [...binaryen.expandType(results)] };
};

/** Puts a function in the place of an exported one, which does the same unless the fuse is set to it. */
function arm(module, { name, value, params, results }, number) {
  const result = binaryen.createType(results);
  const call = () => module.call(value, params.map((type, i) => module.local.get(i, type)), result);
  const is = (global, number) => module.i32.eq(module.global.get(global, i32), module.i32.const(number));
  const kinds = {
    before: module.nop(),
    after: results.length === 0 ? call() : module.drop(call()),
    overflow: module.call('deeper', [], none),
  };
  const burn = KINDS.map((kind, index) => module.if(is('kind', index), kinds[kind]));
  const blown = module.block(null, [module.global.set('fuse', module.i32.const(0)), ...burn, module.unreachable()]);
  module.addFunction(`armed ${value}`, binaryen.createType(params), result, [], module.block(null, [module.if(is('fuse', number), blown), call()], result));
  module.removeExport(name);
  module.addFunctionExport(`armed ${value}`, name);
}
