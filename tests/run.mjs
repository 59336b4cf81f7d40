// `npm test`: set-up, build, then every suite of tests/suites.mjs; its last line is `N passed, N failed`. `npm run test:all`
// does the same in all runtimes.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { environment, setup } from '../src/npm/build/setup.mjs';
import { build, root, suites } from './suites.mjs';

const usage = 'usage: npm test -- [--all] [--list] [--only NAME[,NAME…]]';
// Generous even for a cold build on a slow machine: it only keeps a suite that hangs from hanging for ever.
const suiteLimit = 20 * 60_000;
// A test's name of so many characters, with its modules in Rust, fails the suite.
const nameLimit = 80;

async function main() {
  const { only, list, all } = options();
  if (list) return suites(all).forEach(({ name, command }) => console.log(`${name.padEnd(20)}${command.join(' ')}`));

  const total = { passed: 0, failed: 0 };
  try {
    await setup({ need: all ? 'all' : 'test' });
    const chosen = suites(all).filter(({ name }) => !only || only.has(name));
    if (chosen.some((suite) => suite.usesPackage) || !only || only.has('build')) chosen.unshift(build);
    await runAll(chosen, total);
  } catch (error) {
    console.log(error.message);
    total.failed += 1;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

async function runAll(chosen, total) {
  const base = environment();
  // Set where this runs under a test of Node's own; Node's tests would then run nothing.
  delete base.NODE_TEST_CONTEXT;
  let built = true;
  for (const suite of chosen) {
    const printed = suite.prints && join(root, suite.prints);
    if (printed) rmSync(printed, { force: true });
    process.stdout.write(suite.name.padEnd(20));
    const problem = suite.problem ?? (suite.usesPackage && !built && 'not run, for the build failed');
    const started = Date.now();
    const { code, output } = problem ? { code: 1, output: `${problem}\n` } : await patient(suite, base);
    const { passed, failed, tooLong } = verdict(suite, code, output);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.padStart(7)} s`);
    if (failed > tooLong.length) console.log(`\n${output.trimEnd()}\n`);
    if (tooLong.length > 0) console.log(`\nnames of tests that have ${nameLimit} characters or more:\n${tooLong.join('\n')}\n`);
    if (printed && existsSync(printed)) console.log(`\n${readFileSync(printed, 'utf8')}`);
    if (suite === build) built = failed === 0;
    total.passed += passed;
    total.failed += failed;
  }
}

/** A headless browser that does not come up, as happens now and then, is started once more; a test that fails is not. */
async function patient(suite, base) {
  const first = await execute(suite, base);
  return first.late && suite.startsBrowser ? execute(suite, base) : first;
}

function verdict({ counts }, code, output) {
  const text = stripVTControlCharacters(output);
  const { passed, failed } = readers[counts](text, code);
  const tooLong = longNames(counts, text);
  // A crash or an error of compilation leaves no count behind; nor may a suite pass that ran nothing.
  const broken = failed === 0 && (code !== 0 || passed === 0) ? 1 : failed;
  return { passed, failed: broken + tooLong.length, tooLong };
}

/** Names that the runners print, one a line, and that are too long. */
function longNames(counts, text) {
  const names = [...text.matchAll(printedNames[counts])].map(([, name]) => name);
  return [...new Set(names)].filter((name) => [...name].length >= nameLimit);
}

// The summary of failures repeats a name without its time in Node, and without its outcome in Rust.
const libtest = /^test (.+?) \.\.\. /gm;
const printedNames = { exit: /(?!)/g, cargo: libtest, 'wasm-pack': libtest, node: /^ *[✔✖▶﹣] (.+?) \([\d.]+ms\)/gm };

const readers = { exit: (_, code) => ({ passed: code === 0 ? 1 : 0, failed: 0 }), cargo, 'wasm-pack': cargo, node };

/** One line per test binary, the same from libtest and from wasm-bindgen's runner. */
function cargo(output) {
  const results = [...output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed;/gm)];
  const sum = (group) => results.reduce((total, result) => total + Number(result[group]), 0);
  return { passed: sum(1), failed: sum(2) };
}

/** The summary of the spec or the tap reporter. A cancelled test, such as one timed out, has failed. */
function node(output) {
  const count = (what) => Number([...output.matchAll(new RegExp(`^[ℹ#] ${what} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled') };
}

/** Runs a suite in a process group of its own, so that whatever it leaves running can be ended with it. */
function execute({ command: [program, ...args], cwd = root, env, limit = suiteLimit }, base) {
  return new Promise((resolve) => {
    const child = spawn(program, args,
      { cwd, env: { ...base, ...env?.() }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    const collect = (text) => { output += text; };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect);

    let late = false;
    const end = (why) => {
      output += `\n${why}\n`;
      try { process.kill(-child.pid, 'SIGKILL'); } catch { /* the group is gone */ }
    };
    // A terminal's Ctrl-C does not reach another process group.
    const stop = (signal) => { end(signal); process.exit(130); };
    let timer = setTimeout(() => {
      late = true;
      end(`ended after ${limit / 60_000} minutes`);
    }, limit);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const settle = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve({ code, output, late });
    };
    child.on('error', (error) => { output += `${error.message}\n`; settle(1); });
    // A process left behind would hold the pipes open; it is not part of the verdict.
    child.on('exit', () => {
      clearTimeout(timer);
      timer = setTimeout(end, 5000, 'ended what the suite left running');
    });
    child.on('close', (code) => settle(code ?? 1));
  });
}

function options() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' }, all: { type: 'boolean' } } });
    const known = [build.name, ...suites().map(({ name }) => name)];
    const only = values.only && new Set(values.only.split(',').map((name) => name.trim()));
    const unknown = [...(only ?? [])].find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Error(`no suite '${unknown}'; there are: ${known.join(', ')}`);
    return { only, list: values.list, all: values.all };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

await main();
