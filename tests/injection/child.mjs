// Runs in a process of its own, since node:test fails the running test for every unhandled rejection. Prints one line of JSON
// for each scenario.
import { names, runNamed } from './all.mjs';
import { round, shareOf, text } from './table.mjs';

const unhandled = [];
for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, (error) => unhandled.push(error));

let copies = 0;
const load = () => import(`../../pkg/entry.node.js?${copies++}`);

const only = process.argv[2];
for (const name of names) {
  if (only === undefined || name.includes(only)) process.stdout.write(`${JSON.stringify(await runNamed(name, { load, text: text(), unhandled, round, share: shareOf('Node') }))}\n`);
}
process.exit();
