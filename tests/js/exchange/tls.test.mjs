import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./tls-child.mjs', import.meta.url));
const DAY = 86_400_000;

let folder;
const servers = {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fanfetch-tls-'));
  const authority = certify('authority', { names: 'DNS:authority' });
  const wanted = {
    good: { names: 'IP:127.0.0.1' },
    elsewhere: { names: 'DNS:elsewhere.invalid' },
    expired: { names: 'IP:127.0.0.1', until: Date.now() - DAY },
  };
  for (const [name, options] of Object.entries(wanted)) {
    const { key, cert } = certify(name, { ...options, signedBy: authority });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end('ok'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    servers[name] = server;
  }
});

after(() => {
  for (const server of Object.values(servers)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A key and a certificate; without `signedBy` it signs itself and may sign others. */
function certify(name, { names, until = Date.now() + DAY, signedBy }) {
  const file = (ending) => join(folder, `${name}.${ending}`);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [key, request, cert, config] = ['key', 'csr', 'pem', 'cnf'].map(file);
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
  const list = file('list');
  const serial = file('serial');
  writeFileSync(list, '');
  writeFileSync(serial, `${Date.now() % 1e6}`.padStart(6, '0'));
  writeFileSync(config, `[ca]
default_ca=own
[own]
new_certs_dir=${folder}
database=${list}
serial=${serial}
default_md=sha256
policy=any
unique_subject=no
[any]
commonName=supplied
[ext]
subjectAltName=${names}
basicConstraints=CA:${signedBy ? 'FALSE' : 'TRUE'}
`);
  const signer = signedBy ? ['-cert', signedBy.cert, '-keyfile', signedBy.key] : ['-selfsign', '-keyfile', key];
  const dates = ['-startdate', stamp(until - 10 * DAY), '-enddate', stamp(until)];
  openssl('ca', '-batch', '-notext', '-config', config, ...signer, '-in', request, '-out', cert, '-extensions', 'ext', ...dates);
  return { key, cert };
}

/** A time as openssl writes it. */
function stamp(time) {
  return `${new Date(time).toISOString().replace(/[-:T]|\..*$/g, '').slice(2)}Z`;
}

/** What comes of each server for a process that knows, or does not know, the authority. */
async function fetchFrom(names, env = {}) {
  const urls = names.map((name) => `https://127.0.0.1:${servers[name].address().port}/`);
  const child = spawn(process.execPath, [CHILD, ...urls], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  await once(child, 'close');
  return JSON.parse(Buffer.concat(chunks));
}

test('an unknown authority is NETWORK, tried once', async () => {
  const [result] = await fetchFrom(['good']);
  assert.deepEqual(result, { ok: false, code: 'NETWORK', retryable: false, reason: 'tls', host: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', count: 1 });
});

test('certificates of another host or expired ones are NETWORK, tried once', async () => {
  const [good, elsewhere, expired] = await fetchFrom(['good', 'elsewhere', 'expired'], { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') });
  assert.deepEqual([good.ok, good.count], [true, 1]);
  assert.deepEqual(elsewhere, { ok: false, code: 'NETWORK', retryable: false, reason: 'tls', host: 'ERR_TLS_CERT_ALTNAME_INVALID', count: 1 });
  assert.deepEqual(expired, { ok: false, code: 'NETWORK', retryable: false, reason: 'tls', host: 'CERT_HAS_EXPIRED', count: 1 });
});
