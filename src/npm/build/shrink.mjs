// Makes the wasm small, and its glue with it: nothing of what a panic would say can be heard, and no name of an import is read.
import binaryen from 'binaryen';
import { readFileSync, writeFileSync } from 'node:fs';

/** Names of wasm features, since `--all-features` makes a module that Node 20 refuses. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'reference-types', 'mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'multivalue'];
const COMMON = ['--mvp-features', ...FEATURES.map((name) => `--enable-${name}`)];

/** What only panics reach: they end in a trap whatever it says, since no hook is set and there is nowhere to say it. */
const MUTE = /panicking::|fmt::|cell::panic_|unwrap_failed|expect_failed|alloc_error|capacity_overflow|raw_vec::handle_error|len_mismatch_fail|assert_failed|rust_begin_unwind|rust_panic/;
/**
 * Shrinks the module in `file`, which still has the names of its functions.
 * @param {string} file
 * @param {(command: string, args: string[]) => Promise<string>} run gives what the command printed
 * @returns {Promise<{ imports: [string, string, string][], exports: Map<string, string> }>} the short names: of each import
 *   by its module and its name, of each export by its name
 */
export async function shrink(file, run) {
  const { imports, exports } = await rename(file, run);
  writeFileSync(file, muted(readFileSync(file)));
  // Loops and branches anew, of flat code, are fewer than those that LLVM made. The first kilobyte is the far end of the
  // stack: no data lies there.
  await run('wasm-opt', [...COMMON, '--flatten', '--rereloop', '-Oz', '--converge', '-Oz', '--low-memory-unused', '--strip-debug', '--strip-producers', '--strip-target-features', file, '-o', file]);
  return { imports, exports: new Map(exports) };
}

/** All imports come from one module, `a`. */
async function rename(file, run) {
  return JSON.parse(await run('wasm-opt', [...COMMON, '-g', '--minify-imports-and-exports-and-modules', file, '-o', file]));
}

/** Functions that only panics reach trap at once, and so do their callers there. */
function muted(wasm) {
  const module = binaryen.readBinary(wasm);
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const made = binaryen.Function(module.getFunctionByIndex(index));
    if (made.body && MUTE.test(made.name)) made.body = module.unreachable();
  }
  const bytes = Buffer.from(module.emitBinary());
  module.dispose();
  return bytes;
}
