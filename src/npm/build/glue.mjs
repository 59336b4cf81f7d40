// The glue of wasm-bindgen as the package has it: each instance's own, and without what nothing here needs.

/**
 * The glue as a function, whose every call makes all of it anew: what is left of an instance that trapped must not reach
 * the next. It gives the imports that instantiating the wasm wants, under the short names that it now has; `use`, which is
 * to be told its exports; and what the wasm is called by. `START` is to be called first, `UNHEARD` are called by the host.
 *
 * Nothing that the wasm imports throws into it, which would be a trap: what is thrown is told to the object that it was asked
 * of. Only a frame of an instance that is over ends by it.
 * @param {string} glue
 * @param {{ imports: [string, string, string][], exports: Map<string, string> }} names the short ones, see `shrink.mjs`
 * @returns {string}
 */
export function factory(glue, { imports, exports }) {
  const text = lean(glue);
  const lines = (pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  const given = lines(/^export (?:class|function) (?!__wb)(\w+)/gm);
  const caches = lines(/^let (cached\w+Memory0) = null;$/gm);
  const functions = new Map([...text.matchAll(IMPORT)].map(([, name, parameters, body]) => [name, imported(name, parameters, body)]));
  // Functions of our own that need no glue are imported as they are.
  const [glued, direct] = [true, false].map((isGlued) => imports.filter(([module]) => (module === './glue_bg.js') === isGlued));
  if (given.length === 0 || glued.some(([, name]) => !functions.has(name))) throw new Error(CHANGED);
  const unheard = [...exports].filter(([name]) => /^wasm_bindgen__convert__closures|^__wbindgen_destroy_closure$|^__wbg_\w+_free$/.test(name));
  // Those that are alike beside each other, which compresses better.
  const made = [...direct.map(([, name, short]) => ({ short, act: name })), ...glued.map(([, name, short]) => ({ short, act: functions.get(name) }))]
    .sort((one, other) => (one.act < other.act ? -1 : 1));
  const body = text.replace(IMPORT, '').replace(/^import .*$/gm, '').replace(/^export /gm, '');
  return `${text.match(/^import .*$/gm).join('\n')}
${direct.map(([module, name]) => `import { ${name} } from '${module}';`).join('\n')}
export const makeGlue = () => {
  ${body}
  const use = (exports) => {
    ${['wasm = exports', ...caches.map((name) => `${name} = null`)].join(';')};
  };
  const caught = (error, asked) => {
    if (glue.over) throw error;
    return asked?.caught?.(error);
  };
  const glue = { use, over: false, imports: { a: { ${made.map(({ short, act }) => `${short}: ${act}`)} } }, ${given} };
  return glue;
};
export const START = '${exports.get('__wbindgen_start')}';
export const UNHEARD = ${JSON.stringify(unheard.map(([, short]) => short))};
const registry = (drop) => {
  const act = (name) => (...args) => {
    try {
      made[name](...args);
    } catch {
      // A host without it, or a double that throws: what is lost costs memory alone.
    }
  };
  let made;
  try {
    made = new FinalizationRegistry(drop);
  } catch {
    // Likewise.
  }
  return { register: act('register'), unregister: act('unregister') };
};
`.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exports.get(name)}`);
}

/** What wasm-bindgen itself throws by is a trap. */
const imported = (name, parameters, body) =>
  (/throw/.test(name) ? `(${parameters}) => {${body}}` : `(${parameters}) => { try {${body}} catch (error) { return caught(error, ${parameters.split(',')[0] || 'undefined'}); } }`);

/** A function that the wasm imports. */
const IMPORT = /^export function (__wb\w+)\(([^)]*)\) \{([^]*?)\n\}$/gm;
const CHANGED = 'the glue is not as it was';

/** What is left out, and what stands there instead. */
const REPLACED = [
  // What it throws was meant for whoever wrote the Rust code: our guard takes it for the trap that it is.
  [/throw new Error\(getStringFromWasm0\(.*\)\);/, "throw new Error('wasm-bindgen refused a call');"],
  [/^function getStringFromWasm0[^]*?^\}$/m, ''],
  [/^let cachedTextDecoder[^]*?^function decodeText[^]*?^\}$/m, ''],
  [/^let cachedUint8ArrayMemory0[^]*?^\}$/m, ''],
  // Nobody but us holds an engine.
  [/^ *_assertClass\(.*\);$/gm, ''],
  [/^function _assertClass[^]*?^\}$/m, ''],
  [/^if \(Symbol\.dispose\).*$/gm, ''],
  [/\(typeof FinalizationRegistry === 'undefined'\)\s*\? \{.*\}\s*: new FinalizationRegistry(?=\()/g, 'registry'],
  [/^(export function \w+\()\) \{ return handleError\(function \((.*)\) \{([^]*?)^\}, arguments\); \}$/gm,
    '$1$2) {\n    try {$3    } catch (error) {\n        wasm.__wbindgen_exn_store(addToExternrefTable0(error));\n    }\n}'],
  [/^function handleError[^]*?^\}$/m, ''],
];
const LEFT_OUT = /getStringFromWasm0|TextDecoder|Uint8Array|_assertClass|Symbol\.dispose|FinalizationRegistry|handleError/;

const lean = (glue) => {
  const text = REPLACED.reduce((all, [pattern, instead]) => all.replace(pattern, instead), glue);
  if (LEFT_OUT.test(text)) throw new Error(CHANGED);
  return text;
};
