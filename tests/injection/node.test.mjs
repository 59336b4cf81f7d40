/** Injects at each point of each scenario, in Node: only the request or call concerned may fail. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { names } from './all.mjs';
import { createTable } from './table.mjs';

const table = createTable('Node');
let child;
let results;
before(() => {
  child = spawn(process.execPath, [fileURLToPath(new URL('child.mjs', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
  results = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});
after(() => {
  table.print();
  child?.kill();
});

for (const name of names) {
  test(`injection: ${name} (Node)`, async (t) => {
    const { value, done } = await results.next();
    if (done) throw new Error('the process has ended');
    table.judge(t, name, JSON.parse(value));
  });
}
