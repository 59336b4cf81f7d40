/** The built package, by the door that Node takes. */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ROOT } from './tsc.mjs';

const PACKAGE = `${ROOT}pkg/`;

/** @returns {Promise<Record<string, any>>} The exports of the built package. */
export async function loadPackage() {
  if (!existsSync(`${PACKAGE}package.json`)) throw new Error('pkg/ is not built: npm run build');
  const { exports } = JSON.parse(readFileSync(`${PACKAGE}package.json`, 'utf8'));
  const { node } = exports['.'];
  return import(pathToFileURL(`${PACKAGE}${node.import ?? node.default ?? node}`));
}
