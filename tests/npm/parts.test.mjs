/** Data that cross from the worker in parts: `src/npm/worker/parts.js`, without a worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembly, PART, stepsTo } from '../../src/npm/worker/parts.js';

/** As it crosses: each step cloned on its own, as late as it is sent. */
const sent = (whole) => {
  const steps = [...stepsTo(whole)];
  const assembly = new Assembly();
  for (const step of steps) assembly.take(structuredClone(step));
  return { steps, whole: assembly.whole };
};

test('any JSON comes together as it was, keys in their order', () => {
  let parts = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const whole = anyOf(seed);
    const text = JSON.stringify(whole);
    const { whole: made, steps } = sent(JSON.parse(text));
    parts += steps.length;
    assert.ok(JSON.stringify(made) === text, `seed ${seed}`);
  }
  assert.ok(parts > 2000, `${parts} steps`);
});

test('no part is much larger than it may be, but for a long text', () => {
  const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `Name ${id}`, tags: ['a', 'b'], nested: { deep: [id, { id }] } }));
  const byKey = Object.fromEntries(rows.map((row) => [`row ${row.id}`, row]));
  for (const whole of [rows, byKey, { rows, byKey }, [[[rows]]], Array.from({ length: 300_000 }, (_, i) => i)]) {
    const fills = sent(whole).steps.filter(({ fill }) => fill).map(({ fill }) => JSON.stringify(fill).length);
    assert.ok(fills.length > 10 && Math.max(...fills) < 2 * PART, `${fills.length} parts of at most ${Math.max(...fills)}`);
  }
  const text = 'x'.repeat(10 * PART);
  assert.deepEqual(sent({ text, rest: 1 }).whole, { text, rest: 1 });
});

test('a name that would be a prototype is just a name', () => {
  const whole = JSON.parse(`{"__proto__":[${Array(PART).fill('"x"')}],"a":{"__proto__":"${'y'.repeat(PART)}"}}`);
  const { whole: made } = sent(whole);
  assert.equal(JSON.stringify(made), JSON.stringify(whole));
  assert.equal(Object.getPrototypeOf(made), Object.prototype);
});

test('a call nested too deep says so before a step is sent', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  assert.throws(() => [...stepsTo(deep)], RangeError);
});

/** JSON of any shape, some of it large; a function of the seed. */
function anyOf(seed) {
  let state = (seed * 7919) % 2_147_483_647;
  const chance = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const make = (depth) => {
    const kind = depth === 0 ? 5 + Math.floor(chance() * 3) : Math.floor(chance() * (depth > 3 ? 5 : 8));
    const length = Math.floor(chance() * (depth > 0 ? 6 : chance() < 0.2 ? 2000 : 6));
    switch (kind) {
      case 0: return null;
      case 1: return chance() < 0.5;
      case 2: return Math.round(chance() * 1e6) / 7;
      case 3: return 'ä'.repeat(length);
      case 4: return 'x'.repeat(chance() < 0.1 ? PART + length : length);
      case 5: return Array.from({ length }, () => make(depth + 1));
      default: return Object.fromEntries(Array.from({ length }, (_, i) => [chance() < 0.2 ? String(i) : `key ${i}`, make(depth + 1)]));
    }
  };
  // The first of them are alike.
  for (let i = 0; i < 3; i++) chance();
  return make(0);
}
