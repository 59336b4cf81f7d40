// The wasm as a module of text, for hosts that get it with the code.

/**
 * A module whose `wasm` gives the bytes.
 *
 * The text is printable ASCII, which no charset, bundler or editor harms. Bytes below 93, as nearly all of them are, are
 * one character, the others two, the first of which says which half they are from. So what repeats in the bytes repeats in
 * the text, and compresses as well; base64, of packed bytes even more so, hides it. The most frequent of the bytes that
 * take two characters change places with the rarest of those that take one.
 * @param {Uint8Array} wasm
 * @returns {string}
 */
export const inlined = (wasm) => {
  const swapped = swaps(wasm);
  return `const text='${written(wasm, swapped)}';
export const wasm=async()=>{
const bytes=new Uint8Array(${wasm.length}),swapped=[${swapped}],byteOf=Uint8Array.from({length:256},(_,i)=>swapped[swapped.indexOf(i)^1]??i);
let at=0,shift=0;
for(let i=0;i<text.length;i++){
const code=text.charCodeAt(i);
if(code>124)shift=code>125?142:61;
else{bytes[at++]=byteOf[shift?code+shift:(code+${93 - 32 - TURN})%93];shift=0}
}
return bytes;
};
`;
};

/** Pairs of bytes that change places; more of them weigh more than they save. */
const swaps = (wasm) => {
  const count = new Array(256).fill(0);
  for (const byte of wasm) count[byte] += 1;
  const byFrequency = [...count.keys()].sort((one, other) => count[other] - count[one]);
  const rare = byFrequency.filter((byte) => !isDear(byte)).reverse();
  return byFrequency.filter(isDear).slice(0, 8).flatMap((byte, place) => [byte, rare[place]]);
};

/** Whether it takes two characters: a quote and a backslash do as well. */
const isDear = (byte) => letters(byte).replace(/[\\']/g, '\\$&').length > 1;

/** The wasm as text, as it stands in the quotes of a script. */
const written = (wasm, swapped) =>
  Array.from(wasm, (byte) => letters(swapped[swapped.indexOf(byte) ^ 1] ?? byte)).join('').replace(/[\\']/g, '\\$&');

/**
 * By how much the letters are turned: the commonest instructions come to be letters of different kinds, by which brotli
 * guesses what follows. Of the turns that were tried it was the best for each of several builds.
 */
const TURN = 35;

const letters = (byte) => {
  if (byte < 93) return String.fromCharCode(((byte + TURN) % 93) + 32);
  return byte < 174 ? `}${String.fromCharCode(byte - 61)}` : `~${String.fromCharCode(byte - 142)}`;
};
