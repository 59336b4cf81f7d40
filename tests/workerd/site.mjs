import { Response } from 'miniflare';

/** Hosts as their servers see them, outside the runtime. */
export class Site {
  peak = 0;
  /** Consumers that were killed: the last thing that they say. */
  killed = 0;
  /** Requests that came again too early. */
  hasty = 0;
  #flying = new Map();
  #seen = new Map();
  #closed = new Map();

  /** Of a hundred URLs three are gone, three busy at first, three lost at first; one makes its host ask for a pause. */
  path(i) {
    const kinds = { 7: 'gone', 21: 'gone', 33: 'gone', 11: 'busy', 45: 'busy', 58: 'busy', 62: 'lost', 70: 'lost', 85: 'lost' };
    return i % 1250 === 99 ? `pause/${i}` : `${kinds[i % 100] ?? 'page'}/${i}`;
  }

  async answer({ url }) {
    const { origin, pathname } = new URL(url);
    if (origin === 'https://killed.test') {
      this.killed += 1;
      return new Response();
    }
    const [, kind] = pathname.split('/');
    const flying = (this.#flying.get(origin) ?? 0) + 1;
    const seen = (this.#seen.get(url) ?? 0) + 1;
    this.#flying.set(origin, flying);
    this.#seen.set(url, seen);
    this.peak = Math.max(this.peak, flying);
    if (Date.now() < (this.#closed.get(url) ?? 0)) this.hasty += 1;
    await new Promise((resolve) => setTimeout(resolve, 10 + (seen * 7 + pathname.length) % 20));
    this.#flying.set(origin, this.#flying.get(origin) - 1);
    if (kind === 'gone') return new Response('gone', { status: 410 });
    if (kind === 'busy' && seen === 1) return new Response('busy', { status: 500 });
    if (kind === 'lost' && seen === 1) return new Response('lost', { status: 502 });
    if (kind === 'pause' && seen === 1) {
      this.#closed.set(url, Date.now() + 2000);
      return new Response('not now', { status: 429, headers: { 'retry-after': '2' } });
    }
    return new Response(pathname, { headers: { 'content-type': 'text/plain' } });
  }
}
