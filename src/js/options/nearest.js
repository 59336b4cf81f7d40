/**
 * The name that a word was most likely meant to be: the nearest, a third of the word's letters away at most. Without
 * regard to case; undefined where none is near.
 * @param {string} word
 * @param {string[]} names
 * @returns {string | undefined}
 */
export const nearest = (word, names) => {
  // The first name wins that is at this distance or nearer.
  let reach = Math.max(1, Math.floor(word.length / 3));
  let found;
  for (const name of names) {
    // Names so different in length are further away than that, and a word may be very long.
    if (Math.abs(name.length - word.length) > reach) continue;
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance > reach) continue;
    found = name;
    reach = distance - 1;
  }
  return found;
};

/**
 * Returns true if a text given as a name or a word may be shown, because it looks like one. Tokens and passwords have other signs
 * in them, are longer, or go on with letters behind a digit.
 */
export const isName = (text) => /^[a-z_$][\w$-]{0,39}$/i.test(text) && !/\d[a-z_$]/i.test(text);

/** Insertions, deletions, replacements and swaps of neighbours (Damerau-Levenshtein, optimal string alignment). */
export const editDistance = (from, to) => {
  let beforeLast;
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const row = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = last[column - 1] + (from[line - 1] === to[column - 1] ? 0 : 1);
      row[column] = Math.min(replaced, last[column] + 1, row[column - 1] + 1);
      const swapped = line > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      if (swapped) row[column] = Math.min(row[column], beforeLast[column - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length];
};
