// Makes the wasm small, and its glue with it: nothing of what a panic would say can be heard, and no name of an import is read.
import binaryen from 'binaryen';
import { readFileSync, writeFileSync } from 'node:fs';

/** Names of wasm features, since `--all-features` makes a module that Node 20 refuses. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'reference-types', 'mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'multivalue'];
const COMMON = ['--mvp-features', ...FEATURES.map((name) => `--enable-${name}`)];

/** What only panics reach: they end in a trap whatever it says, since no hook is set and there is nowhere to say it. */
const MUTE = /panicking::|fmt::|cell::panic_|unwrap_failed|expect_failed|alloc_error|capacity_overflow|raw_vec::handle_error|len_mismatch_fail|assert_failed|rust_begin_unwind|rust_panic/;
/** The files that panics stand in. */
const PATH = /(?:\/rustc\/|\/rust\/deps\/|cargo\/registry\/|src\/(?:core|js|pipeline)\/)[\w./-]+\.rs\0/g;
/** What they say: texts of the standard library's, and the digits for numbers in them. */
const TEXT = /`async fn` resumed after completion|RefCell already (?:mutably )?borrowed|capacity overflow|reentrant init|assertion failed: \w [<=]+ self\.len\(\)|index out of bounds: the len is|\x12 but the index is|\x12removal index \(is|\x16\) should be < len \(is|00010203(?:\d\d)+9899/g;

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
  for (let index = 0; index < module.getNumDataSegments(); index++) {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
    blank(bytes.subarray(bytes.indexOf(Buffer.from(data))).subarray(0, data.byteLength), offset);
  }
  module.dispose();
  return bytes;
}

/** Blanks what panics would tell, in data that lie at `address`: nobody reads it, and zeros weigh nothing. */
function blank(data, address) {
  const text = data.toString('latin1');
  for (const { 0: path, index } of text.matchAll(PATH)) {
    data.fill(0, index, index + path.length);
    // A place in the code is the address and the length of its file's name, a line and a column.
    const place = Buffer.from(Uint32Array.of(address + index, path.length - 1).buffer);
    for (let at = data.indexOf(place); at >= 0; at = data.indexOf(place, at)) data.fill(0, at, at + 16);
  }
  for (const { 0: said, index } of text.matchAll(TEXT)) data.fill(0, index, index + said.length);
}
