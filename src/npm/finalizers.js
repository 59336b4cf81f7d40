/**
 * The host's FinalizationRegistry for the glue of an instance. A host without one, or a double that throws, costs memory alone: what
 * it threw would be taken for a fault of the wasm (`tests/injection`).
 */
export class Finalizers {
  #registry;

  /** `drop` is called with what belonged to an object that was collected. */
  constructor(drop) {
    try {
      this.#registry = new FinalizationRegistry(drop);
    } catch {
      // See above.
    }
  }

  register(object, held, token) {
    try {
      this.#registry.register(object, held, token);
    } catch {
      // See above.
    }
  }

  unregister(token) {
    try {
      this.#registry.unregister(token);
    } catch {
      // See above.
    }
  }
}
