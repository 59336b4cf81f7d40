// Makes the package's scripts small: all that a browser may have to download.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

/**
 * Members of our own objects, and of the glue's, which get short names everywhere. None of them may be the host's, the
 * user's or an option: who adds one looks whether the code has another meaning of it. What is missing is only longer.
 */
const OURS = `
  __destroy_into_raw __wbg_ptr __wrap _wbg_cb_unref abandon afar amount announce announced answer apart arm around
  arrived ask asks assemble attach away base began begin blame bodyKind bodyType breakOff breathe broke calls
  CANCEL_QUEUED caught checked chunk chunks cnt CONCURRENCY consult consults controller copy crossed decide
  decoded deliver disarm discard dress extra fail failure family fault forget freeKeys given got guarded handed handOut
  hasBase hasIdempotencyKey headed headersFor heard hearing hears holds home hop ids IN_FLIGHT info inner intern
  interrupt isKeyed isMisplaced isOpen isOver isPlain joined keepPace keyOf keyring land lastId latest level limited
  line linger listen listener lose made manner note notify numbers onBytes onChunk onData onFault onResponse origins
  orphans outermost over own parcel plain plan prepare progresses query QUEUED readAll readAs reader readOn reauthorize
  record remind renew renewed replaced report retire review route said say SET_CONCURRENCY SET_PAUSED setBody setJson
  Shared shared short shown showsRedirects signalled signals signature silence spec tell texts threw told traits turn
  unsendable unwatch uses vacate watched why wish
`.trim().split(/\s+/);

/** A capital, or one and a letter: a member that is not ours has no such name. */
const short = (index) => (index < 26 ? capital(index) : capital(Math.floor(index / 26) - 1) + capital(index % 26).toLowerCase());
const capital = (index) => String.fromCharCode(65 + index);

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** What users see, without comments. */
const declared = () => readFileSync(join(root, 'src/js/types.d.ts'), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');

const named = () => {
  const users = declared().match(/\w+/g).filter((name) => OURS.includes(name));
  if (users.length > 0) throw new Error(`users see members of these names, which cannot get other ones: ${users.join(', ')}`);
  return { mangleProps: new RegExp(`^(?:${OURS.join('|')})$`), mangleCache: Object.fromEntries(OURS.map((name, index) => [name, short(index)])) };
};

/**
 * Bundles into `outfile` as the rest tells esbuild; terser then finds what it left. Not by functions that would be made
 * anew at each call (`reduce_funcs`).
 */
export async function bundle({ outfile, ...options }) {
  const { outputFiles: [{ text }] } = await build({
    bundle: true, format: 'esm', target: 'es2022', minify: true, charset: 'utf8', legalComments: 'none', absWorkingDir: root, ...named(), ...options, outfile, write: false,
  });
  const [, quoted] = new RegExp(`"(${OURS.join('|')})"`).exec(text) ?? [];
  if (quoted !== undefined) throw new Error(`"${quoted}" may be the name of a member, which gets another one: take it off the list in minify.mjs`);
  const compress = { passes: 2, reduce_funcs: false };
  const { code } = await minify(text, { module: true, ecma: 2022, compress });
  writeFileSync(outfile, code);
}
