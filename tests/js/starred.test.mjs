import * as fanfetch from './fanfetch.mjs';
import { check } from './harness.mjs';
import { rows } from './rows.mjs';

for (const { name, run, attempts } of rows) {
  check(name, { attempts, timeout: 60_000 }, (_, world) => run(fanfetch, world));
}
