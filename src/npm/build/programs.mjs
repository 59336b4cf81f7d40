// Programs of this machine: where they are, and of which version.
// Set-up runs before `npm ci`, so this imports nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const cargoBin = join(process.env.CARGO_HOME || join(homedir(), '.cargo'), 'bin');

/** @returns {string | undefined} the path of Chromium or Chrome; CHROME_PATH comes first */
export function chromium() {
  return chosen('CHROME_PATH') ?? onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
}

/** @returns {string | undefined} the path of chromedriver; CHROMEDRIVER_PATH comes first */
export function chromedriver() {
  return chosen('CHROMEDRIVER_PATH') ?? onPath('chromedriver');
}

/** @returns {string | undefined} the path of Firefox; FIREFOX_PATH comes first */
export function firefox() {
  return chosen('FIREFOX_PATH') ?? onPath('firefox-esr', 'firefox');
}

/** @returns {string | undefined} the path of WebKitGTK's smallest browser */
export function webkit() {
  const places = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triple) => `/usr/lib/${triple}/webkit2gtk-4.1/MiniBrowser`);
  return [...places, '/usr/libexec/webkit2gtk-4.1/MiniBrowser'].find(executable);
}

/** @returns {string | undefined} the path of what gives a program a screen of its own */
export function xvfb() {
  return onPath('xvfb-run');
}

/** Returns the version that a program prints. */
export function versionOf(program) {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.split(/\s+/)[1];
}

function chosen(variable) {
  const file = process.env[variable];
  if (file && !executable(file)) throw new Error(`${variable} is ${file}, which is no program`);
  return file || undefined;
}

/** Finds the first of these programs on PATH or in Cargo's folder. */
export function onPath(...names) {
  const dirs = unique([...path(), cargoBin]);
  return names.flatMap((name) => dirs.map((dir) => join(dir, name))).find(executable);
}

/** Returns the folders of PATH. */
export function path() {
  return (process.env.PATH ?? '').split(delimiter).filter(Boolean);
}

/** Returns the items without repetitions. */
export function unique(items) {
  return [...new Set(items)];
}

/** Tests whether a file is a program. */
export function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Returns an environment whose PATH has Cargo's folder. */
export function searching() {
  return { ...process.env, PATH: unique([...path(), cargoBin]).join(delimiter) };
}
