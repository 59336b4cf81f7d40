/** An authorization that is asked for: what a function of the user's gives, asked once for all who wait for it. */

/** Values kept of those that servers refused; each was replaced by the next. */
const KEPT = 16;

export class AuthCache {
  #ask;
  #asked;
  #renewed;
  /** Refused values, and the one that replaced them. */
  #known;

  /** `ask` gives the header's value, anew where its argument says so. */
  constructor(ask, known = { refused: new Set(), latest: undefined }) {
    this.#ask = ask;
    this.#known = known;
  }

  /** Another that knows the same, and asks for itself. */
  isolated() {
    return new AuthCache(this.#ask, this.#known);
  }

  /** The value for the next attempt: what the function gives, unless that was refused and another came in its place. */
  async value() {
    // Whoever waits for the same answer shares the question.
    const given = await (this.#renewed ?? (this.#asked ??= this.#put(false)));
    return this.#known.refused.has(given) ? this.#known.latest : given;
  }

  /** Another value in place of `used`, which a server refused: asked for once for all, unless there is one already. */
  async refresh(used) {
    return this.#known.refused.has(used) ? this.#known.latest : (this.#renewed ??= this.#replace(used));
  }

  async #replace(used) {
    const latest = await this.#put(true);
    this.#known.refused.delete(latest);
    if (latest !== used) this.#known.refused.add(used);
    if (this.#known.refused.size > KEPT) this.#known.refused.delete(this.#known.refused.values().next().value);
    this.#known.latest = latest;
    return latest;
  }

  async #put(refresh) {
    try {
      return await this.#ask(refresh);
    } finally {
      if (refresh) this.#renewed = undefined;
      else this.#asked = undefined;
    }
  }
}
