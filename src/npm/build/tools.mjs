// Programs from npm that only `npm run test:all` needs, each with its own packages in a folder of the user's cache: exact
// versions, and why. Imports nothing but Node itself, as set-up does.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The Node that runs this is none of the tools. */
const [CURRENT] = process.versions.node.split('.');
const NODES = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

export const TOOLS = {
  ...Object.fromEntries(Object.entries(NODES).filter(([major]) => major !== CURRENT)
    .map(([major, node]) => [`node-${major}`, { packages: { node }, why: 'the package is tested in it' }])),
  wrangler: { packages: { wrangler: '4.164.0' }, why: 'the package is tested in what Cloudflare develops and deploys with' },
  'edge-runtime': { packages: { '@edge-runtime/vm': '5.0.0' }, why: "the package is tested in Vercel's edge runtime" },
  next: { packages: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' }, why: 'the package is tested in its routes' },
  webpack: { packages: { webpack: '5.112.2', 'webpack-cli': '7.3.1' }, why: 'the package is tested as it bundles it' },
  rspack: { packages: { '@rspack/core': '2.3.2', '@rspack/cli': '2.2.8' }, why: 'the package is tested as it bundles it' },
  rollup: { packages: { rollup: '4.68.7', '@rollup/plugin-node-resolve': '16.0.3' }, why: 'the package is tested as it bundles it' },
};

/** Where tools of fixed versions are kept, for all checkouts of this user. */
export const cache = join(isAbsolute(process.env.XDG_CACHE_HOME ?? '') ? process.env.XDG_CACHE_HOME : join(homedir(), '.cache'), 'fanfetch', 'tools');

/** The folder of a tool, which has its packages in `node_modules`. */
export function folderOf(name) {
  const [[first, version]] = Object.entries(TOOLS[name].packages);
  return join(cache, 'npm', `${first.replace(/[@/]/g, '-').replace(/^-/, '')}-${version}`);
}

/** Whether all packages of a tool are there. */
export function hasTool(name) {
  return Object.entries(TOOLS[name].packages).every(([each, version]) => {
    const manifest = join(folderOf(name), 'node_modules', each, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}

/** Node of a major version: its program, and the tools that it needs. */
export const nodeOf = (major) => (major === CURRENT
  ? { program: process.execPath, tools: [] }
  : { program: join(cache, 'npm', `node-${NODES[major]}`, 'node_modules', 'node', 'bin', 'node'), tools: [`node-${major}`] });
