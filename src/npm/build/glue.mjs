// The glue of wasm-bindgen as the package has it: one of its own for each instance, every import guarded.
import { parse } from 'acorn';

/**
 * Makes of the glue a module whose `makeGlue` makes all of it anew: what is left of an instance that trapped must not reach the
 * next. A glue has the `imports` that instantiating the wasm wants, under their short names; `use`, which is told the exports;
 * `timers`, which it sets; and what the wasm is called by. `START` is called first, `UNHEARD` are called by the host.
 *
 * Nothing that the wasm imports throws into it, which would be a trap: what is thrown is told to the object that it was asked
 * of. Only a frame of an instance that is over ends by it.
 * @param {string} glue
 * @param {{ imports: [string, string, string][], exports: Map<string, string> }} names the short ones, see `shrink.mjs`
 * @returns {string}
 */
export function factory(glue, { imports, exports }) {
  const { own, functions, rest, given, caches } = read(glue);
  const made = imports.map(([module, name, short]) => {
    // A function of our own that needs no glue is imported as it is.
    if (module !== './glue_bg.js') return { name, module, text: `${short}: ${name}` };
    if (!functions.has(name)) throw new Error(`the glue has no ${name}`);
    return { text: `${short}: ${guarded(name, functions.get(name))}` };
  });
  const unheard = [...exports].filter(([name]) => CALLED_BY_HOST.test(name)).map(([, short]) => short);
  return `import { Finalizers as FinalizationRegistry } from 'fanfetch:finalizers';
import { makeTimers } from 'fanfetch:timers';
${own.join('\n')}
${made.filter(({ module }) => module).map(({ module, name }) => `import { ${name} } from '${module}';`).join('\n')}
export const makeGlue = () => {
  const timers = makeTimers();
  const { set: setTimeout, clear: clearTimeout } = timers;
  ${rename(rest, exports)}
  const use = (exports) => {
    ${['wasm = exports', ...caches.map((name) => `${name} = null`)].join('; ')};
  };
  const caught = (error, asked) => {
    if (glue.over) throw error;
    return asked?.caught?.(error);
  };
  const glue = { use, timers, over: false, imports: { a: { ${rename(made.map(({ text }) => text).sort().join(',\n'), exports)} } }, ${given} };
  return glue;
};
export const START = '${exports.get('__wbindgen_start')}';
export const UNHEARD = ${JSON.stringify(unheard)};
`;
}

/** Exports that the host calls by itself: closures, and what frees objects that were collected. */
const CALLED_BY_HOST = /^wasm_bindgen__convert__closures|^__wbindgen_destroy_closure$|^__wbg_\w+_free$/;

/**
 * Takes the glue apart: its imports of our modules, the functions that the wasm imports by name, all else without the word
 * `export`, the names that it gives, and its views of the wasm's memory.
 */
function read(glue) {
  const parts = { own: [], functions: new Map(), rest: '', given: [], caches: [] };
  for (const node of parse(glue, { ecmaVersion: 'latest', sourceType: 'module' }).body) {
    const text = glue.slice(node.start, node.end);
    const { declaration } = node;
    if (node.type === 'ImportDeclaration') {
      parts.own.push(text);
    } else if (declaration?.id.name.startsWith('__wb') && declaration.type === 'FunctionDeclaration' && declaration.id.name !== '__wbg_set_wasm') {
      const { params, body } = declaration;
      parts.functions.set(declaration.id.name, { parameters: params.map(({ name }) => name), body: glue.slice(body.start, body.end) });
    } else if (declaration) {
      if (declaration.id.name !== '__wbg_set_wasm') parts.given.push(declaration.id.name);
      parts.rest += `${glue.slice(declaration.start, declaration.end)}\n`;
    } else {
      if (node.type === 'VariableDeclaration') parts.caches.push(...node.declarations.map(({ id }) => id.name).filter((name) => /^cached.*Memory0$/.test(name)));
      parts.rest += `${text}\n`;
    }
  }
  return parts;
}

/** A function with a guard around it. What wasm-bindgen itself throws by is a trap, whose text only its author needs. */
function guarded(name, { parameters, body }) {
  if (name.includes('wbindgen_throw')) return "() => { throw new Error('wasm-bindgen refused a call'); }";
  return `function (${parameters}) { try ${body} catch (error) { return caught(error, ${parameters[0]}); } }`;
}

/** The exports under their short names. */
function rename(text, exports) {
  return text.replace(/\bwasm\.(\w+)/g, (all, name) => (exports.has(name) ? `wasm.${exports.get(name)}` : all));
}
