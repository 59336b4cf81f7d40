//! Percentiles of durations in a few hundred bytes.
//!
//! Four buckets to an octave, told by the bits of the number itself, so that a percentile is right to within an eighth.
//! Once enough is known all counts are halved now and then: what was long ago weighs less and less.

use crate::core::time::Millis;

/// From a quarter of a millisecond to about an hour.
const BUCKETS: usize = 96;
/// The exponent and the two highest bits of the fraction number a bucket.
const SHIFT: u32 = 50;
/// The number of the bucket that begins at a quarter of a millisecond.
const FIRST: u64 = 0.25f64.to_bits() >> SHIFT;
/// Samples after which the old ones begin to fade.
const ENOUGH: u32 = 1024;

/// Counts of durations.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: [u16; BUCKETS],
    total: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], total: 0 }
    }
}

impl Histogram {
    /// Adds a duration.
    pub fn add(&mut self, duration: Millis) {
        let place = (duration.max(0.0).to_bits() >> SHIFT).saturating_sub(FIRST) as usize;
        if let Some(count) = self.counts.get_mut(place.min(BUCKETS - 1)) {
            *count += 1;
            self.total += 1;
        }
        if self.total >= ENOUGH {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().map(|count| u32::from(*count)).sum();
        }
    }

    /// The duration within which the `share` (0 to 1) of the samples lies, 0 where there are none.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Millis {
        if self.total == 0 {
            return 0.0;
        }
        let wanted = (share * f64::from(self.total)).ceil().max(1.0);
        let mut seen = 0.0;
        let place = self.counts.iter().position(|count| {
            seen += f64::from(*count);
            seen >= wanted
        });
        let begin = |place: usize| f64::from_bits((FIRST + place as u64) << SHIFT);
        let place = place.unwrap_or(BUCKETS - 1);
        f64::midpoint(begin(place), begin(place + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn of(durations: impl IntoIterator<Item = Millis>) -> Histogram {
        let mut histogram = Histogram::default();
        durations.into_iter().for_each(|duration| histogram.add(duration));
        histogram
    }

    fn is_about(found: Millis, exact: Millis) -> bool {
        (found / exact - 1.0).abs() <= 0.125
    }

    #[test]
    fn percentiles_are_right_to_an_eighth() {
        let histogram = of((1..=1000).map(f64::from));
        for (share, exact) in [(0.01, 10.0), (0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
            let found = histogram.percentile(share);
            assert!(is_about(found, exact), "{share}: {found} and not {exact}");
        }
    }

    #[test]
    fn nothing_known_is_nothing_said() {
        assert_eq!(of([]).percentile(0.5), 0.0);
    }

    #[test]
    fn the_shortest_and_the_longest_find_their_place() {
        assert!(of([0.0, -1.0]).percentile(1.0) < 0.3);
        assert!(of([1e12, f64::INFINITY]).percentile(0.5) > 3_000_000.0);
        assert!(is_about(of([5.0]).percentile(0.0), 5.0));
    }

    #[test]
    fn what_was_long_ago_fades() {
        let histogram = of((0..5000).map(|_| 10.0).chain((0..5000).map(|_| 1000.0)));
        assert!(is_about(histogram.percentile(0.5), 1000.0));
        assert!(histogram.total < ENOUGH);
    }
}
