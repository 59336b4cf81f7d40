/** When a server wants to be asked again: every form of every header, and what is none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LONGEST_WAIT, httpDate, retryAfter as readRetryAfter } from '../../../src/js/exchange/retry-after.js';

/** Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110. */
const THEN = 784_111_777_000;
const NOW = 1_700_000_000_000;

const wishOf = (headers, now = NOW) => readRetryAfter((name) => headers[name] ?? null, now);
const told = (limited) => (headers, now) => {
  const said = wishOf(headers, now);
  if (said !== undefined) assert.equal(said.limited, limited);
  return said?.after;
};
const [asked, limited] = [told(false), told(true)];
const retryAfter = (value) => asked({ 'retry-after': value });
const rateLimit = (value) => limited({ ratelimit: value });
const date = (text, now = NOW) => httpDate(text, now);

describe('Retry-After', () => {
  test('counts whole seconds', () => {
    assert.deepEqual(['120', '0', '007', ' \t3 \t'].map(retryAfter), [120_000, 0, 7000, 3000]);
    for (const seconds of [1, 59, 86_399, 2 ** 32 - 1]) assert.equal(retryAfter(String(seconds)), seconds * 1000);
  });

  test('saturates where it is absurdly long', () => {
    assert.equal(retryAfter('9'.repeat(1000)), LONGEST_WAIT);
    assert.equal(asked({ 'retry-after-ms': '9'.repeat(1000) }), LONGEST_WAIT);
    assert.equal(rateLimit(`"a";r=0;t=${'9'.repeat(400)}`), LONGEST_WAIT);
  });

  test('malformed is no wish, and hides what follows', () => {
    const dates = ['Sun, 06 Nov 1994 08:49:37', 'Sun, 6 Nov 1994 08:49:37 GMT', '2030-01-01T00:00:00Z'];
    for (const value of ['', ' ', '1.5', '-5', '+5', '1e3', '0x10', '1, 2', '1 2', 'soon', '٣', ...dates]) {
      assert.equal(wishOf({ 'retry-after': value, 'ratelimit-reset': '5' }), undefined, value);
    }
  });

  test('in milliseconds comes first, and may have a fraction', () => {
    const millis = (value) => asked({ 'retry-after-ms': value, 'retry-after': '9' });
    assert.deepEqual(['1500', ' 0 ', '12.25'].map(millis), [1500, 0, 12.25]);
    assert.ok(Math.abs(millis(`0.${'3'.repeat(2000)}`) - 1 / 3) < 1e-12);
    for (const malformed of ['', '.', '5.', '.5', '-5', '1.2.3', '1e3', 'NaN', 'Infinity', '1,5', '1 2']) assert.equal(millis(malformed), 9000, malformed);
  });

  test('as a date is held against the clock that made it', () => {
    const value = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const by = (made) => asked({ 'retry-after': value, date: made });
    assert.equal(by('Sun, 06 Nov 1994 08:49:07 GMT'), 30_000);
    assert.equal(by('Sun, 06 Nov 1994 08:49:38 GMT'), 0);
    assert.equal(by('yesterday'), 0, 'the wall clock is far past it');
    assert.equal(asked({ 'retry-after': value }, THEN - 5000), 5000);
    assert.equal(asked({ 'retry-after': value }, NaN), 0);
  });

  test('keeps its two-digit year where the clock of the user stands still', () => {
    assert.equal(asked({ 'retry-after': 'Friday, 21-Nov-25 00:00:09 GMT', date: 'Fri, 21 Nov 2025 00:00:00 GMT' }, 0), 9000);
  });
});

describe('a date', () => {
  test('is one moment in its three forms', () => {
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994', 'Sun Nov 06 08:49:37 1994']) {
      assert.equal(date(text), THEN, text);
    }
    assert.equal(date('Thu, 01 Jan 1970 00:00:00 GMT'), 0);
    assert.equal(date('Fri Dec 31 23:59:59 9999'), 253_402_300_799_000);
    assert.equal(date('Sat, 01 Jan 0000 00:00:00 GMT'), -62_167_219_200_000);
  });

  test('is read back from its three forms, whatever the moment', () => {
    const names = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
    for (let moment = 0; moment < 253_402_300_800_000; moment += 86_399_000 * 997) {
      const imf = new Date(moment).toUTCString();
      const [, short, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(imf);
      const long = names.find((name) => name.startsWith(short));
      for (const text of [imf, `${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`, `${short} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`]) {
        assert.equal(date(text, moment), moment, text);
      }
    }
  });

  test('is taken to the letter', () => {
    for (const text of [
      'sun, 06 Nov 1994 08:49:37 GMT', 'SUN, 06 Nov 1994 08:49:37 GMT', 'Sundae, 06-Nov-94 08:49:37 GMT', 'Sunda, 06 Nov 1994 08:49:37 GMT',
      'Sux, 06 Nov 1994 08:49:37 GMT', 'Su, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37 gmt',
      'Sun, 06 Nov 1994 08:49:37 UTC', 'Sun, 06 Nov 1994 08:49:37 +0000', 'Sun, 06 Nov 1994 08:49:37 GMT ', 'Sun, 06 Nov 1994 08:49:37 GMT\n',
      ' Sun, 06 Nov 1994 08:49:37 GMT', 'Sun,  6 Nov 1994 08:49:37 GMT', 'Sun, 06-Nov-94 08:49:37 GMT', 'Sun, 06 Nov 94 08:49:37 GMT',
      'Sunday, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-1994 08:49:37 GMT', 'Sunday Nov  6 08:49:37 1994', 'Sun Nov 6 08:49:37 1994',
      'Sun Nov    08:49:37 1994', 'Sun Nov  6 08:49:37 1994 GMT', 'Sun, 06 Nov 1994 8:49:37 GMT', 'Sun, 06 Nov 1994 08:49 GMT',
      '06 Nov 1994 08:49:37 GMT', 'Sun', '',
    ]) assert.equal(date(text), undefined, text);
  });

  test('is one that the calendar has', () => {
    const has = (day, year) => date(`Mon, ${day} ${year} 00:00:00 GMT`) !== undefined;
    for (const [day, year] of [['29 Feb', '2024'], ['29 Feb', '2000'], ['31 Dec', '2023'], ['30 Apr', '2023']]) assert.ok(has(day, year), day);
    for (const day of ['00 Jan', '32 Jan', '30 Feb', '31 Apr', '31 Jun', '31 Sep', '31 Nov', '32 Dec']) assert.ok(!has(day, '2024'), day);
    assert.ok(!has('29 Feb', '2023') && !has('29 Feb', '1900'));
    const at = (time) => date(`Mon, 01 Jan 2024 ${time} GMT`) !== undefined;
    assert.ok(at('23:59:60') && !at('24:00:00') && !at('00:60:00') && !at('00:00:61'));
  });

  test('with a two-digit year reaches fifty years ahead, and no moment further', () => {
    let now = date('Sat, 21 Nov 2026 12:00:00 GMT');
    assert.equal(date('Saturday, 21-Nov-76 12:00:00 GMT', now), date('Sat, 21 Nov 2076 12:00:00 GMT'));
    assert.equal(date('Saturday, 21-Nov-76 12:00:01 GMT', now), date('Sat, 21 Nov 1976 12:00:01 GMT'));
    assert.equal(date('Saturday, 01-Jan-00 00:00:00 GMT', now), date('Sat, 01 Jan 2000 00:00:00 GMT'));
    now = date('Thu, 01 Jan 2099 00:00:00 GMT');
    assert.equal(date('Monday, 01-Jan-05 00:00:00 GMT', now), date('Mon, 01 Jan 2105 00:00:00 GMT'));
    for (const odd of [NaN, Infinity, -Infinity]) assert.ok(date('Monday, 01-Jan-05 00:00:00 GMT', odd) < 2.6e14, String(odd));
  });
});

describe('RateLimit', () => {
  test('tells when the tightest quota has more', () => {
    assert.equal(rateLimit('"default";r=50;t=30'), 30_000);
    assert.equal(rateLimit('"default"; r=0; t=7; pk=:cHsdsRa894==:'), 7000);
    assert.equal(rateLimit('"burst";r=0;t=5,"daily";r=900;t=80000'), 5000);
    assert.equal(rateLimit('"burst";r=0;t=5 \t,\t "daily";r=0;t=60 , "x";r=0;t=9'), 60_000);
    assert.equal(rateLimit('"burst";r=3;t=5,"daily";r=900;t=80000'), 5000);
    assert.equal(rateLimit('"none told";t=4,"daily";r=900;t=80000'), 4000);
    assert.equal(rateLimit('"a";r=0,"b";r=0;t=3'), 3000);
    assert.equal(rateLimit('"a";r=0,"b";r=900;t=80000'), undefined, 'the one that is used up names no time');
    assert.equal(rateLimit('"default";r=50'), undefined);
  });

  test('has separators within strings that separate nothing', () => {
    assert.equal(rateLimit(String.raw`"a,b;t=1";r=0;t=2`), 2000);
    assert.equal(rateLimit(String.raw`"a\",";x="\\";r=0;t=3`), 3000);
    assert.equal(rateLimit(String.raw`"a";x=",\";t=9";r=0;t=4`), 4000);
  });

  test('gives way to the next header where it is malformed', () => {
    for (const field of ['', 'default;r=0;t=5', 'limit=100, remaining=0, reset=5', '"', '"a;r=0;t=5', '"a";r=0;t=5,', '"a" ;r=0;t=5', '("a");r=0;t=5',
      '"é";r=0;t=5', '"\u0001";r=0;t=5', '"a";r=0;t=-5', '"a";r=0;t=5.5', '"a";r=0;t="5"', '"a";r=0;t=', '"a";r=-1;t=5', '"a";r=0;t=5,"b";r=x;t=9']) {
      assert.deepEqual(wishOf({ ratelimit: field, 'ratelimit-reset': '9' }), { after: 9000, limited: true }, field);
    }
    assert.equal(limited({ 'ratelimit-reset': '1.5', 'x-ratelimit-reset-after': '1s', 'x-ratelimit-reset': '2' }), 2000);
    assert.equal(wishOf({ 'x-ratelimit-reset': '2030-01-01T00:00:00Z' }), undefined);
  });
});

describe('the older headers', () => {
  test('are told apart by their size', () => {
    const reset = (value) => limited({ 'x-ratelimit-reset': value });
    assert.equal(limited({ 'x-ratelimit-reset-after': '1.5' }), 1500);
    assert.deepEqual(['0', '30', '1000000000', '1700000012.5', '1700000012500', '1699999999', '1699999999000'].map(reset), [0, 30_000, 1e12, 12_500, 12_500, 0, 0]);
  });
});

test('no header is read after the one that answers', () => {
  const readWith = (present, value) => {
    const read = [];
    readRetryAfter((name) => {
      read.push(name);
      return name === present ? value : undefined;
    }, NOW);
    return read.join(' ');
  };
  assert.equal(readWith('retry-after-ms', '5'), 'retry-after-ms');
  assert.equal(readWith('retry-after', '5'), 'retry-after-ms retry-after');
  assert.equal(readWith('retry-after', 'soon'), 'retry-after-ms retry-after date');
  assert.equal(readWith('ratelimit', '"a";t=1'), 'retry-after-ms retry-after ratelimit');
  assert.equal(readWith('none', ''), 'retry-after-ms retry-after ratelimit ratelimit-reset x-ratelimit-reset-after x-ratelimit-reset');
});

test('whatever comes is a wait that can be told, or none', () => {
  const pieces = ['0', '9', '17000000', '99999999999999999999', '.', '-', ' ', '"a"', '"', ';', ',', 'r=', 't=', 'Sun', 'Sunday', ', ', '06 Nov ', '06-Nov-94',
    '1994 ', '08:49:37', ' GMT', '\\', 'é'];
  const names = ['retry-after-ms', 'retry-after', 'date', 'ratelimit', 'ratelimit-reset', 'x-ratelimit-reset-after', 'x-ratelimit-reset'];
  // The same on each run (a linear congruential generator).
  let state = 1;
  const below = (most) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % most;
  for (let round = 0; round < 20_000; round++) {
    const value = () => Array.from({ length: below(9) }, () => pieces[below(pieces.length)]).join('');
    const headers = Object.fromEntries(names.filter(() => below(2) === 0).map((name) => [name, value()]));
    const clock = [NOW, 0, -1e15, NaN, Infinity, -Infinity][below(6)];
    const after = wishOf(headers, clock)?.after ?? 0;
    assert.ok(after >= 0 && after <= LONGEST_WAIT, `${JSON.stringify(headers)} at ${clock}: ${after}`);
  }
});
