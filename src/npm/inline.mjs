// The wasm as a module of text, for hosts that get it with the code.

/**
 * A module whose `wasm` gives the bytes.
 *
 * The text is printable ASCII, which no charset, bundler or editor harms. Bytes below 93, as nearly all of them are, are
 * one character, 32 above; the others are two, the first of which says which half they are from. So what repeats in the
 * bytes repeats in the text, and compresses nearly as well; base64, of packed bytes even more so, hides it.
 * @param {Uint8Array} wasm
 * @returns {string}
 */
export const inlined = (wasm) => `const text='${written(wasm)}';
export const wasm=async()=>{
const bytes=new Uint8Array(${wasm.length});
let at=0,shift=-32;
for(let i=0;i<text.length;i++){
const code=text.charCodeAt(i);
if(code>124)shift=code>125?142:61;
else{bytes[at++]=code+shift;shift=-32}
}
return bytes;
};
`;

/** The wasm as text, as it stands in the quotes of a script. */
const written = (wasm) => Array.from(wasm, letters).join('').replace(/[\\']/g, '\\$&');

const letters = (byte) => {
  if (byte < 93) return String.fromCharCode(byte + 32);
  return byte < 174 ? `}${String.fromCharCode(byte - 61)}` : `~${String.fromCharCode(byte - 142)}`;
};
