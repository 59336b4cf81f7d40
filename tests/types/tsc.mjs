/** The TypeScript compiler, as strict as it gets, for the tests here. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const TYPES = `${ROOT}src/js/types.d.ts`;
/** The public specification, where a checkout lies beside it. */
export const CONTRACT = fileURLToPath(new URL('../../../shared/contract/api.d.ts', import.meta.url));

/**
 * A program of `files`, in which each name of `paths` stands for a file.
 *
 * @param {string[]} files
 * @param {Record<string, string>} paths
 * @param {ts.CompilerOptions} [options]
 * @returns {ts.Program}
 */
export function program(files, paths, options) {
  return ts.createProgram(files, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    skipDefaultLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts', 'lib.esnext.disposable.d.ts'],
    types: [],
    noEmit: true,
    paths: Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, [file]])),
    ...options,
  });
}

/** What the compiler has against it, as `file(line): message`; the empty list when nothing. */
export function complaints(files, paths, options) {
  return ts.getPreEmitDiagnostics(program(files, paths, options)).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!file) return text;
    return `${file.fileName.replace(ROOT, '')}(${file.getLineAndCharacterOfPosition(start).line + 1}): ${text}`;
  });
}
