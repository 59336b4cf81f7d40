/** The nearest name for a misspelt one, as the options and the command suggest it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from '../../../src/js/options/nearest.js';

const KNOWN = ['timeout', 'retry', 'concurrency', 'concurrencyPerHost'];

test('a slip of the finger is recognised', () => {
  for (const [word, meant] of [['timout', 'timeout'], ['retyr', 'retry'], ['Timeout', 'timeout'], ['concurency', 'concurrency'],
    ['concurrencyPerhost', 'concurrencyPerHost']]) assert.equal(nearest(word, KNOWN), meant);
});

test('another word is not', () => {
  for (const word of ['colour', '', 'x', 'x'.repeat(1_000_000)]) assert.equal(nearest(word, KNOWN), undefined);
});

test('of those that are as near, the first is meant', () => {
  assert.equal(nearest('modes', ['node', 'mode', 'moves']), 'mode', 'one slip is nearer than two');
  assert.equal(nearest('moke', ['mode', 'move']), 'mode');
});

test('distances are those of the textbook', () => {
  for (const [from, to, distance] of [['kitten', 'sitting', 3], ['ca', 'abc', 3], ['', 'abc', 3], ['abc', '', 3], ['abcd', 'abdc', 1]]) {
    assert.equal(editDistance(from, to), distance, `${from}, ${to}`);
  }
});
