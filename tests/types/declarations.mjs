/** What types.d.ts declares, read by the TypeScript compiler: the one place where the other tests look it up. */
import ts from 'typescript';
import { TYPES, program } from './tsc.mjs';

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {boolean} optional
 * @property {string} doc Its comment's text.
 * @property {string | undefined} fallback What its `@default` says.
 * @property {ts.Type} type
 * @property {boolean} own Declared in types.d.ts, and not by the platform's types.
 */

/**
 * @param {string} [file]
 * @returns {{ exports: string[], values: string[], ahead: string[], interfaces: Record<string, Member[]>,
 *   membersOf: (type: ts.Type) => Member[], checker: ts.TypeChecker }}
 *   `exports` all names, `values` those that exist at run time, `ahead` those of them that are still to come,
 *   `interfaces` the members of every interface and class
 */
export function declarations(file = TYPES) {
  const compiled = program([file], {});
  const checker = compiled.getTypeChecker();
  const source = compiled.getSourceFile(file);
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  const membersOf = (type) => checker.getPropertiesOfType(type).map((property) => member(checker, source, property));
  const shapes = symbols.filter(({ flags }) => flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class));
  const interfaces = Object.fromEntries(shapes.map((symbol) => [symbol.name, membersOf(checker.getDeclaredTypeOfSymbol(symbol))]));
  const values = symbols.filter(({ flags }) => flags & ts.SymbolFlags.Value);
  return {
    exports: symbols.map(({ name }) => name),
    values: values.map(({ name }) => name),
    ahead: values.filter((symbol) => isAhead({ doc: textOf(symbol, checker) })).map(({ name }) => name),
    interfaces,
    membersOf,
    checker,
  };
}

/** Whether a comment says that what it is about is declared ahead of the code. */
export function isAhead({ doc }) {
  return /not in this release/i.test(doc);
}

function textOf(symbol, checker) {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker));
}

function member(checker, source, symbol) {
  const tags = symbol.getJsDocTags(checker);
  return {
    name: symbol.name,
    optional: Boolean(symbol.flags & ts.SymbolFlags.Optional),
    doc: textOf(symbol, checker),
    fallback: tags.filter(({ name }) => name === 'default').map(({ text }) => ts.displayPartsToString(text))[0],
    type: checker.getTypeOfSymbolAtLocation(symbol, source),
    own: (symbol.declarations ?? []).some((declaration) => declaration.getSourceFile() === source),
  };
}
