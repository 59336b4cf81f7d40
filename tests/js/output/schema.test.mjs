import assert from 'node:assert/strict';
import * as v from 'valibot';
import { z } from 'zod';
import { answer, scripted } from '../../helpers/fakes.mjs';
import * as fanfetch from '../../helpers/fanfetch.mjs';
import { check } from '../../helpers/harness.mjs';
import { brief } from '../../helpers/refused.mjs';

const ARRIVES_ELSEWHERE = { attempts: 'off' };

/** The same schemas in both libraries, over what `/ok` answers. */
const LIBRARIES = {
  zod: {
    fits: z.object({ ok: z.boolean(), attempt: z.number().transform((n) => n + 100) }),
    fails: z.object({ ok: z.string(), missing: z.number() }),
    later: z.object({ attempt: z.number().refine(async (n) => (await pause(), n === 1)) }),
    nothing: z.undefined(),
    text: z.string().transform((text) => text.length),
  },
  valibot: {
    fits: v.object({ ok: v.boolean(), attempt: v.pipe(v.number(), v.transform((n) => n + 100)) }),
    fails: v.object({ ok: v.string(), missing: v.number() }),
    later: v.objectAsync({ attempt: v.pipeAsync(v.number(), v.checkAsync(async (n) => (await pause(), n === 1))) }),
    nothing: v.undefined_(),
    text: v.pipe(v.string(), v.transform((text) => text.length)),
  },
};
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
const own = (validate) => ({ '~standard': { version: 1, vendor: 'own', validate } });

for (const [name, schemas] of Object.entries(LIBRARIES)) {
  check(`${name}: what the schema makes of the data becomes the data`, async (_, world) => {
    const [result] = await world.fetchAll([world.at('/ok')], { schema: schemas.fits });
    assert.deepEqual([result.ok, result.data], [true, { ok: true, attempt: 101 }]);
    const text = await world.createClient().get(world.at('/ok'), { schema: schemas.text, responseType: 'text' });
    assert.equal(text.data, text.bytes);
  });

  check(`${name}: data that does not fit is BODY_SCHEMA with its issues, fetched once`, async (_, world) => {
    const url = world.at('/ok');
    const [result, other] = await world.fetchAll([{ url, schema: schemas.fails }, world.at('/ok')], { retry: 2 });
    assert.deepEqual(brief(result), [false, 'BODY_SCHEMA', 1]);
    const { error } = result;
    assert.ok(error instanceof fanfetch.BodyError);
    assert.deepEqual([error.name, error.status, result.status, error.retryable, error.issues.length], ['BodyError', 200, 200, false, 2]);
    for (const issue of error.issues) assert.equal(typeof issue.message, 'string');
    const paths = error.issues.map(({ path }) => path.map((step) => step.key ?? step).join('.'));
    assert.deepEqual(paths.sort(), ['missing', 'ok']);
    assert.deepEqual(result.attempts.map(({ outcome, status, code }) => [outcome, status, code]), [['body', 200, 'BODY_SCHEMA']]);
    assert.equal(other.ok, true);
    await world.sent(url, 1);
  });

  check(`${name}: a schema may take its time`, async (_, world) => {
    const [fits] = await world.fetchAll([world.at('/ok')], { schema: schemas.later });
    assert.deepEqual([fits.ok, fits.data?.attempt], [true, 1]);
    const url = world.at('/ok');
    await world.fetchAll([url]);
    const [fails] = await world.fetchAll([url], { schema: schemas.later });
    assert.deepEqual(brief(fails), [false, 'BODY_SCHEMA', 1]);
    assert.equal(fails.error.issues.length, 1);
  });

  check(`${name}: an empty body is undefined to the schema as well`, ARRIVES_ELSEWHERE, async (_, world) => {
    for (const response of [answer(204), answer(200, {}, '')]) {
      const fetch = async () => response.clone();
      const [fits] = await world.fetchAll([world.at('/ok')], { fetch, schema: schemas.nothing });
      assert.deepEqual([fits.ok, fits.data], [true, undefined]);
      const [fails] = await world.fetchAll([world.at('/ok')], { fetch, schema: schemas.fits });
      assert.deepEqual(brief(fails), [false, 'BODY_SCHEMA', 1]);
    }
  });
}

check('the schema of a request wins over the call\'s, which wins over the client\'s', async (_, world) => {
  const marks = ['client', 'call', 'spec'].map((by) => own(() => ({ value: by })));
  const client = world.createClient({ schema: marks[0] });
  const data = async (...args) => (await client.fetchAll(...args)).map(({ data }) => data);
  const url = world.at('/ok');
  assert.deepEqual(await data([url]), ['client']);
  assert.deepEqual(await data([url, { url, schema: marks[2] }], { schema: marks[1] }), ['call', 'spec']);
  assert.equal((await client.get(url)).data, 'client');
  assert.equal((await client.get(url, { schema: marks[1] })).data, 'call');
});

check('only what succeeded is validated, with what was parsed', async (_, world) => {
  const seen = [];
  const schema = own((value) => (seen.push(value), { value }));
  const [http, parse, fine] = await world.fetchAll([world.at('/status/404'), world.at('/bad-json'), world.at('/null-json')], { schema });
  assert.deepEqual([brief(http), brief(parse), fine.data], [[false, 'HTTP', 1], [false, 'BODY_PARSE', 1], null]);
  assert.deepEqual(seen, [null]);
  const [flaky] = await world.fetchAll([world.at('/flaky?fail=1')], { schema });
  assert.deepEqual([flaky.ok, seen.length], [true, 2]);
});

check('the message of a body that does not fit says nothing of what was in it', ARRIVES_ELSEWHERE, async (_, world) => {
  const fetch = scripted(answer(200, {}, '{"ok":"private text"}'));
  const schema = own((value) => ({ issues: [{ message: `not ${value.ok}` }] }));
  const [{ error }] = await world.fetchAll([world.at('/ok')], { fetch, schema });
  assert.deepEqual([error.code, error.issues], ['BODY_SCHEMA', [{ message: 'not private text' }]]);
  for (const text of [error.message, error.stack, JSON.stringify(error)]) assert.ok(!text.includes('private'), text);
});

check('a schema that throws or rejects fails its request as HOOK', async (_, world) => {
  const boom = new Error('boom');
  for (const validate of [() => { throw boom; }, async () => { throw boom; }]) {
    const url = world.at('/ok');
    const [bad, fine] = await world.fetchAll([{ url, schema: own(validate) }, world.at('/ok')]);
    assert.deepEqual([...brief(bad), bad.error.cause], [false, 'HOOK', 1, boom]);
    assert.equal(fine.ok, true);
    await world.sent(url, 1);
  }
});

check('a schema may be a function, as arktype\'s are, and may call the package again', async (_, world) => {
  const inner = [];
  const schema = Object.assign(() => {}, own(async (value) => {
    inner.push((await world.fetchAll([world.at('/ok')]))[0].ok);
    return { value };
  }));
  const [result] = await world.fetchAll([world.at('/ok')], { schema, concurrency: 1 });
  assert.deepEqual([result.ok, inner], [true, [true]]);
});

check('a schema that never resolves is ended by timeout.total', async (_, world) => {
  const [{ error }] = await world.fetchAll([world.at('/ok')], { schema: own(() => new Promise(() => {})), timeout: { total: 200 } });
  assert.deepEqual([error.code, error.phase], ['TIMEOUT', 'total']);
});

check('a value that is no schema is refused', async (_, world) => {
  for (const schema of [5, 'schema', null, {}, () => {}, { '~standard': {} }, { '~standard': { version: 1, vendor: 'x', validate: 5 } }]) {
    const error = await world.assert.rejects(world.fetchAll([world.at('/ok')], { schema }));
    assert.ok(error instanceof fanfetch.OptionError, String(error));
    assert.equal(error.option, 'schema');
  }
  assert.equal((await world.stats()).requests, 0);
});
