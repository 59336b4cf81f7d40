/**
 * The name that was probably meant: one that starts so, else one within a few slips of the finger.
 * @param {string} word
 * @param {string[]} names
 * @returns {string | undefined}
 */
export function nearest(word, names) {
  const begun = names.filter((name) => word.length > 1 && name.startsWith(word));
  if (begun.length > 0) return begun.reduce((a, b) => (b.length < a.length ? b : a));

  const slips = names.map((name) => ({ name, distance: editDistance(word.toLowerCase(), name) }));
  const best = slips.reduce((a, b) => (b.distance < a.distance ? b : a));
  return best.distance <= Math.max(1, Math.floor(word.length / 3)) && word.length > 1 ? best.name : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a, b) {
  let [beforeLast, last] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, last[j] + 1, row[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
