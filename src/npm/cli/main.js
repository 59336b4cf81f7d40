#!/usr/bin/env node
/** The command `fanfetch`: requests in, one line of JSON out for each as it completes. */

import { readFileSync } from 'node:fs';
import { fetchEach } from 'fanfetch';
import { plural } from './format.js';
import { helpText } from './help.js';
import { openInputs } from './inputs.js';
import { parseCommandLine, UsageError } from './options.js';
import { openOutput } from './output.js';
import { startProgress } from './progress.js';
import { toLine } from './record.js';
import { readFinished } from './resume.js';
import { openDirectory } from './save.js';
import { Summary } from './summary.js';
import { visible } from './visible.js';

const EXIT = { fine: 0, failed: 1, usage: 2, SIGINT: 130, SIGTERM: 143 };

/** @returns {Promise<number>} the exit code */
async function main(args) {
  try {
    const command = parseCommandLine(args, process.env);
    if (command.settings.help) return say(helpText());
    if (command.settings.version) return say(version());
    return await run(command);
  } catch (error) {
    return complain(error);
  }
}

async function run(command) {
  const { settings, options } = command;
  const finished = settings.resume === undefined ? undefined
    : await readFinished(settings.resume, { baseUrl: options.baseUrl, keepFailures: settings['keep-failures'] });
  const directory = settings.save === undefined ? undefined : await openDirectory(settings.save);
  const inputs = await openInputs(command, { stdin: process.stdin, skip: finished && ((...request) => finished.has(...request)) });

  const halt = haltBy(inputs);
  const output = openOutput(process.stdout, halt.now);
  const summary = new Summary();
  const progress = await progressOf(settings, inputs, summary, finished?.finished);
  const batch = { ...options, signal: halt.signal, ...(directory && { responseType: 'bytes' }) };
  const report = async (result) => {
    const saved = await directory?.save(result);
    const { line, outcome } = toLine(result, { headers: settings['response-headers'], toTerminal: process.stdout.isTTY, ...saved });
    progress?.clear();
    await output.write(line);
    summary.add(outcome);
    progress?.update();
    if (!outcome.ok && settings['stop-on-error']) halt.now('stopped at the first failure');
  };
  try {
    for await (const result of fetchEach(inputs.requests, batch)) {
      // What was finished before Ctrl-C is still written; what Ctrl-C ended is not a result.
      if (halt.reason && result.error?.code === 'ABORTED') continue;
      // Halted first: leaving the loop waits for the inputs, and so perhaps for a standard input that never ends.
      await report(result).catch(halt.now);
      if (halt.reason) break;
    }
  } catch (error) {
    if (!halt.reason) throw error;
  } finally {
    progress?.stop();
    inputs.close();
  }
  return ending(halt.reason, summary, finished?.failed ?? 0, settings);
}

/** One way to stop for Ctrl-C, a failure and a reader that has gone: what is in flight is aborted, no input is awaited. */
function haltBy(inputs) {
  const controller = new AbortController();
  const halt = {
    reason: undefined,
    signal: controller.signal,
    now(reason) {
      halt.reason ??= reason;
      inputs.close();
      controller.abort(halt.reason);
    },
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    // The second one does not wait for anything.
    process.on(signal, () => (halt.reason ? process.exit(EXIT[signal]) : halt.now(signal)));
  }
  return halt;
}

async function progressOf(settings, inputs, summary, finished = 0) {
  if (!process.stderr.isTTY || settings.quiet || settings.progress === false) return undefined;
  const total = await inputs.count();
  return startProgress(process.stderr, summary, total && Math.max(0, total - finished), { shared: process.stdout.isTTY });
}

function ending(reason, summary, kept, { quiet }) {
  const broken = reason instanceof Error;
  if (broken && reason.code !== 'EPIPE') throw reason;
  const endings = [ENDINGS[reason] ?? reason, kept > 0 && plural(kept, 'earlier failure was kept', 'earlier failures were kept')];
  if (!quiet && !broken) for (const line of summary.text(endings.filter(Boolean).join('; ')).split('\n')) console.error(visible(line));
  return EXIT[reason] ?? (summary.failed + kept > 0 ? EXIT.failed : EXIT.fine);
}

const ENDINGS = { SIGINT: 'interrupted', SIGTERM: 'terminated' };

function complain(error) {
  const wrongUsage = error instanceof UsageError || error?.code === 'OPTION';
  // Messages of the library say by themselves whose they are.
  console.error(visible(`fanfetch: ${String(error?.message ?? error).replace(/^fanfetch: /, '')}`));
  if (error instanceof UsageError) console.error('Try fanfetch --help');
  return wrongUsage ? EXIT.usage : EXIT.failed;
}

function say(text) {
  // `fanfetch --help | head -1` is nothing to complain about.
  process.stdout.on('error', () => {});
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve(EXIT.fine)));
}

function version() {
  return JSON.parse(readFileSync(new URL('./package.json', import.meta.url))).version;
}

// Nothing that is still open, such as a host's idle connection, holds the process once all is said.
process.exit(await main(process.argv.slice(2)));
