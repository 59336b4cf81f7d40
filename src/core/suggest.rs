//! The nearest known name for a misspelt one.

/// The name in `known` that `word` was most likely meant to be, or `None` when none is near.
///
/// Nearness is the Damerau-Levenshtein distance in its optimal string alignment form (insertions, deletions,
/// substitutions and swaps of neighbours), without regard to case: at most a third of the word's length.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let reach = (word.len() / 3).max(1) as u32;
    known
        .iter()
        .map(|name| (distance(word.as_bytes(), name.as_bytes()), *name))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Longer words are not compared: no option's name is that long.
const LONGEST: usize = 40;

fn distance(from: &[u8], to: &[u8]) -> u32 {
    if from.len() > LONGEST || to.len() > LONGEST {
        return u32::MAX;
    }
    // Three rows of the matrix: two back (for swaps), the last, and the one being filled.
    let mut before = [0_u32; LONGEST + 2];
    let mut last = [0_u32; LONGEST + 2];
    let mut row = [0_u32; LONGEST + 2];
    (0_u32..).zip(last.iter_mut()).for_each(|(count, cell)| *cell = count);
    let mut previous = 0;
    for (line, letter) in (1_u32..).zip(from.iter().map(u8::to_ascii_lowercase)) {
        let mut left = line;
        let mut left_letter = 0;
        row[0] = line;
        for (column, target) in to.iter().map(u8::to_ascii_lowercase).enumerate() {
            let at = |row: &[u32], place: usize| row.get(place).copied().unwrap_or(u32::MAX / 2);
            let substituted = at(&last, column) + u32::from(letter != target);
            let mut best = substituted.min(at(&last, column + 1) + 1).min(left + 1);
            if line > 1 && column > 0 && letter == left_letter && previous == target {
                best = best.min(at(&before, column - 1) + 1);
            }
            if let Some(cell) = row.get_mut(column + 1) {
                *cell = best;
            }
            (left, left_letter) = (best, target);
        }
        (before, last) = (last, row);
        previous = letter;
    }
    last.get(to.len()).copied().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    const KNOWN: &[&str] = &["timeout", "retry", "concurrency", "concurrencyPerHost"];

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("timout", KNOWN), Some("timeout"));
        assert_eq!(nearest("retyr", KNOWN), Some("retry"), "swapped neighbours are one slip");
        assert_eq!(nearest("Timeout", KNOWN), Some("timeout"));
        assert_eq!(nearest("concurency", KNOWN), Some("concurrency"));
        assert_eq!(nearest("concurrencyPerhost", KNOWN), Some("concurrencyPerHost"));
    }

    #[test]
    fn another_word_is_not() {
        assert_eq!(nearest("colour", KNOWN), None);
        assert_eq!(nearest("", KNOWN), None);
        assert_eq!(nearest(&"x".repeat(10_000), KNOWN), None);
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        let distance = |from: &str, to: &str| distance(from.as_bytes(), to.as_bytes());
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ca", "abc"), 3, "no letter is edited twice");
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("abcd", "abdc"), 1);
    }
}
