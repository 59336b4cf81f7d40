/** A request as results show it. How it is sent stays private, since that may hold secrets. */
export class RequestInfo {
  #input;
  #sendOptions;

  static {
    // A console shows the class's name, which minifying would change.
    Object.defineProperty(this, 'name', { value: 'RequestInfo' });
  }

  constructor(input, url, method, sendOptions, tag) {
    this.url = url;
    this.method = method;
    if (tag !== undefined) this.tag = tag;
    this.#input = input;
    this.#sendOptions = sendOptions;
  }

  get input() {
    return this.#input;
  }

  static sendOptions(info) {
    return info.#sendOptions;
  }
}
