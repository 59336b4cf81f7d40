/** Browsers as programs that open an address: what happens in the page comes back to the server of the page. */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { chromium, firefox, webkit, xvfb } from '../../src/npm/build/programs.mjs';
import { launch } from './programs.mjs';

/** From the page to its last line, and from the start of a browser to the page. */
const PATIENCE_MS = 120_000;
const START_MS = 30_000;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
/** The strictest content security policy for scripts of this origin and of other `sources`. */
export const policy = (...sources) => `default-src 'none'; script-src 'self' ${sources.join(' ')}; connect-src 'self' http://127.0.0.1:*; img-src data:`;
/** What lets wasm be compiled. */
export const WASM = "'wasm-unsafe-eval'";

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
 * @returns {Promise<{ origin: string, lines: string, received: Promise<object[]>, up: Promise<void>, close: () => void }>}
 *   `up` once a page is there
 */
export async function serve(dir, allowed = policy(WASM)) {
  let receive;
  let came;
  const received = new Promise((resolve) => { receive = resolve; });
  const up = new Promise((resolve) => { came = resolve; });
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    if (pathname === '/lines' || pathname === '/up') {
      const sent = Buffer.concat(await request.toArray()).toString();
      if (pathname === '/up') came();
      else receive(JSON.parse(sent));
      return response.writeHead(204).end();
    }
    const file = join(dir, normalize(pathname));
    const found = existsSync(file) && statSync(file).isFile();
    response.writeHead(found ? 200 : 404, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': allowed,
      'access-control-allow-origin': '*',
    });
    return found ? createReadStream(file).pipe(response) : response.end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, lines: `${origin}/lines`, received, up, close };
}

/** Opens `url` in a browser, and gives the lines that the page sends. One that does not come up, as happens, is started once more. */
export async function visit(browser, url, { received, up }) {
  const first = await opened(browser, url, up);
  const child = first.isUp ? first : (first.end(), await opened(browser, url, up));
  try {
    return await within(PATIENCE_MS, received);
  } catch (error) {
    throw new Error(`${error.message}\n${child.said()}`, { cause: error });
  } finally {
    child.end();
  }
}

/** A browser with a fresh profile, once its page is there or should be. */
async function opened(browser, url, up) {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'fanfetch-profile-'));
  const profile = join(home, 'profile');
  mkdirSync(profile);
  const [command, args] = browsers[browser].open(url, profile);
  const { stop, said } = launch(command, args, { env: { HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home } });
  const end = () => {
    stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { isUp: await within(START_MS, up).then(() => true, () => false), said, end };
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`nothing came from the page within ${ms / 1000} s`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** An HTML page that runs a script after `watch.js`. */
export const html = (script, kind = 'module') =>
  `<!doctype html><meta charset="utf-8"><title>fanfetch</title><link rel="icon" href="data:,"><script src="/watch.js"></script><script type="${kind}" src="${script}"></script>`;

/** Tells `server` that the page is there, and of an error that nobody caught. */
export const watch = ({ origin, lines }) => `
  fetch('${origin}/up', { method: 'POST', mode: 'no-cors' });
  for (const event of ['error', 'unhandledrejection']) {
    addEventListener(event, ({ message, reason }) => fetch('${lines}', { method: 'POST', mode: 'no-cors', body: JSON.stringify([{ name: 'the page', error: String(reason ?? message) }]) }), true);
  }`;
