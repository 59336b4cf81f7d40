import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';
import { rows } from '../../runtimes/rows.mjs';

for (const { name, run, attempts } of rows) {
  check(name, { attempts, timeout: 60_000 }, (_, world) => run(fanfetch, world));
}
