/** Why an exchange came to nothing, where whoever found out knows better than whoever hears of it. */

/** A thrown value with the fault of the request that it stands for. */
export class Fault {
  error;
  issues;
  #kind;

  /** `issues` are those of a schema. */
  constructor(kind, error, issues) {
    this.#kind = kind;
    this.error = error;
    this.issues = issues;
  }

  /** The fault in what was thrown, or one of that kind. Asks nothing of it: a revoked proxy throws whatever it is asked. */
  static of(thrown, kind) {
    return typeof thrown === 'object' && thrown !== null && #kind in thrown ? thrown : new Fault(kind, thrown);
  }

  get kind() {
    return this.#kind;
  }
}
