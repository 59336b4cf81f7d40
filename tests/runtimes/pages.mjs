/** Browsers as programs that open an address: what happens in the page comes back to the server of the page. */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { chromium, firefox, webkit, xvfb } from '../../src/npm/setup.mjs';
import { launch } from './programs.mjs';

const PATIENCE_MS = 120_000;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
/** The strictest that lets wasm be compiled at all. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*; img-src data:";

export const CHROMIUM_FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
/** What a new profile would do beside opening the page. */
const FIREFOX_PREFERENCES = {
  'app.normandy.enabled': false, 'browser.aboutwelcome.enabled': false, 'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore', 'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false, 'toolkit.telemetry.enabled': false,
};

/** Each with `missing`, `version`, and the command that opens an address with a profile of its own. */
export const browsers = {
  Chromium: {
    missing: () => (chromium() ? undefined : 'no Chromium is installed'),
    version: () => versionOf(chromium(), ['--version']),
    open: (url, profile) => [chromium(), [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url]],
  },
  Firefox: {
    missing: () => (firefox() ? undefined : 'no Firefox is installed'),
    version: () => versionOf(firefox(), ['--version']),
    open(url, profile) {
      const lines = Object.entries(FIREFOX_PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
      writeFileSync(join(profile, 'user.js'), lines.join('\n'));
      return [firefox(), ['--headless', '--no-remote', '--profile', profile, url]];
    },
  },
  WebKitGTK: {
    missing: () => (webkit() && xvfb() ? undefined : 'no WebKitGTK (MiniBrowser, xvfb-run) is installed'),
    version: () => versionOf(xvfb(), ['-a', webkit(), '--version']),
    open: (url) => [xvfb(), ['-a', webkit(), url]],
  },
};

function versionOf(program, args) {
  return /\d+(?:\.\d+)+/.exec(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))[0];
}

/**
 * Serves a folder under a content security policy, and takes the lines of the scenario at `lines`.
 *
 * @returns {Promise<{ origin: string, lines: string, received: Promise<object[]>, close: () => void }>}
 */
export async function serve(dir, policy = POLICY) {
  let receive;
  const received = new Promise((resolve) => { receive = resolve; });
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    if (pathname === '/lines') {
      receive(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      return response.writeHead(204).end();
    }
    const file = join(dir, normalize(pathname));
    const found = existsSync(file) && statSync(file).isFile();
    response.writeHead(found ? 200 : 404, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
    return found ? createReadStream(file).pipe(response) : response.end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, lines: `${origin}/lines`, received, close };
}

/** Opens `url` in a browser with a fresh profile, and gives the lines that the page sends. */
export async function visit(browser, url, received) {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'fanfetch-profile-'));
  const profile = join(home, 'profile');
  mkdirSync(profile);
  const [command, args] = browsers[browser].open(url, profile);
  const child = launch(command, args, { env: { HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home } });
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('nothing came from the page')), PATIENCE_MS); });
  try {
    return await Promise.race([received, late]);
  } catch (error) {
    throw new Error(`${error.message}\n${child.said()}`, { cause: error });
  } finally {
    clearTimeout(timer);
    child.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** An HTML page that runs a script, and tells of an error that nobody caught. */
export const html = (script, kind = 'module') =>
  `<!doctype html><meta charset="utf-8"><title>fanfetch</title><link rel="icon" href="data:,"><script src="/watch.js"></script><script type="${kind}" src="${script}"></script>`;

export const WATCH = `
  for (const event of ['error', 'unhandledrejection']) {
    addEventListener(event, ({ message, reason }) => fetch('/lines', { method: 'POST', body: JSON.stringify([{ name: 'the page', error: String(reason ?? message) }]) }), true);
  }`;
