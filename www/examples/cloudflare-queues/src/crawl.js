import { DurableObject } from 'cloudflare:workers';

/**
 * What all consumers have in common: who may ask which host, and what is done. One object, called twice for each batch;
 * its methods run one after the other.
 */
export class Crawl extends DurableObject {
  #sql = this.ctx.storage.sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS leases (id TEXT, host TEXT, until INTEGER);
      CREATE TABLE IF NOT EXISTS pauses (host TEXT PRIMARY KEY, until INTEGER);
      CREATE TABLE IF NOT EXISTS failures (key TEXT PRIMARY KEY, count INTEGER);
      CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, ok INTEGER);
    `);
  }

  /** A slot of each host that has one free, for a while: a consumer that is killed gives it back by saying nothing. */
  lease(hosts) {
    const now = Date.now();
    const until = now + this.env.LEASE_SECONDS * 1000;
    for (const table of ['leases', 'pauses']) this.#sql.exec(`DELETE FROM ${table} WHERE until <= ?`, now);
    const id = crypto.randomUUID();
    const granted = hosts.filter((host) => this.#isFree(host));
    for (const host of granted) this.#sql.exec('INSERT INTO leases VALUES (?, ?, ?)', id, host, until);
    return { id, hosts: granted, milliseconds: until - now };
  }

  /**
   * Gives slots back, with what is done, what has failed for now, and the hosts that asked to be left alone, and for how long.
   * Gives how often each failure has come so far: the last is its result.
   */
  release(id, done, failed, pauses) {
    this.#sql.exec('DELETE FROM leases WHERE id = ?', id);
    for (const [host, wait] of pauses) this.#sql.exec('INSERT OR REPLACE INTO pauses VALUES (?, ?)', host, Date.now() + wait);
    const counts = failed.map((key) => this.#sql.exec(
      'INSERT INTO failures VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET count = count + 1 RETURNING count', key,
    ).one().count);
    const last = failed.filter((_, i) => counts[i] >= this.env.TRIES).map((key) => [key, false]);
    for (const [key, ok] of [...done, ...last]) this.#sql.exec('INSERT OR REPLACE INTO results VALUES (?, ?)', key, Number(ok));
    return counts;
  }

  progress() {
    return this.#sql.exec('SELECT count(*) AS done, coalesce(sum(ok), 0) AS succeeded FROM results').one();
  }

  #isFree(host) {
    const { taken } = this.#sql.exec('SELECT count(*) AS taken FROM leases WHERE host = ?', host).one();
    const { paused } = this.#sql.exec('SELECT count(*) AS paused FROM pauses WHERE host = ?', host).one();
    return taken < this.env.SLOTS_PER_HOST && paused === 0;
  }
}
