const memories = new Set();

// The package does not show its memory, so every instance that is made is asked for it. Import this before the package.
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args, newTarget) {
    return note(Reflect.construct(target, args, newTarget));
  },
});
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const made = await original(...args);
    note(made.instance ?? made);
    return made;
  };
}

/** Bytes of all WebAssembly memories exported in this process. */
export function wasmBytes() {
  return [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

function note(instance) {
  // Node's own HTTP parser, which comes with its fetch and its Headers.
  if ('llhttp_init' in instance.exports || 'llhttp_alloc' in instance.exports) return instance;
  for (const value of Object.values(instance.exports)) {
    if (value instanceof WebAssembly.Memory) memories.add(value);
  }
  return instance;
}
