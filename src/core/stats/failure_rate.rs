//! Share of failures among recent attempts, counted in slices of a moving window.

use crate::core::time::{Instant, Millis};

/// The circuit breaker's default window (see `CircuitBreakerOptions.window` in the API).
const WINDOW: Millis = 30_000.0;
const SLICES: usize = 10;
const SLICE: Millis = WINDOW / SLICES as Millis;

/// Attempts and failures within the window.
#[derive(Clone, Debug, Default)]
pub struct Sampling {
    /// Attempts and failures; that of a time is the one at `time / SLICE` modulo their number.
    slices: [(u32, u32); SLICES],
    /// The number of the latest slice since the clock's origin.
    latest: f64,
}

impl Sampling {
    /// Adds an attempt.
    pub fn add(&mut self, now: Instant, failed: bool) {
        let passed = self.passed(now);
        self.latest = self.latest.max(number(now));
        for step in 0..passed {
            let place = self.place(step);
            if let Some(slice) = self.slices.get_mut(place) {
                *slice = (0, 0);
            }
        }
        let latest = self.place(0);
        if let Some(slice) = self.slices.get_mut(latest) {
            slice.0 += 1;
            slice.1 += u32::from(failed);
        }
    }

    /// The share of failures, 0 to 1; 0 where nothing was attempted.
    #[must_use]
    pub fn failure_rate(&self, now: Instant) -> f64 {
        let recent = (0..SLICES - self.passed(now)).filter_map(|step| self.slices.get(self.place(step)));
        let (attempts, failures) = recent.fold((0, 0), |sum, slice| (sum.0 + slice.0, sum.1 + slice.1));
        if attempts == 0 { 0.0 } else { f64::from(failures) / f64::from(attempts) }
    }

    /// Slices that have begun since the latest.
    fn passed(&self, now: Instant) -> usize {
        (number(now) - self.latest).clamp(0.0, SLICES as f64) as usize
    }

    /// Returns the index of the slice that is `step` before the latest.
    fn place(&self, step: usize) -> usize {
        // Without a remainder of floats, which weighs a kilobyte.
        let latest = (self.latest - (self.latest / SLICES as f64).floor() * SLICES as f64) as usize;
        (latest + SLICES - step) % SLICES
    }
}

fn number(time: Instant) -> f64 {
    (time.as_millis() / SLICE).floor()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn at(millis: Millis) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn failures_are_a_share_of_the_attempts() {
        let mut sampling = Sampling::default();
        for failed in [true, false, false, false] {
            sampling.add(at(100.0), failed);
        }
        assert_eq!(sampling.failure_rate(at(100.0)), 0.25);
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut sampling = Sampling::default();
        sampling.add(at(0.0), true);
        sampling.add(at(20_000.0), false);
        assert_eq!(sampling.failure_rate(at(29_999.0)), 0.5);
        assert_eq!(sampling.failure_rate(at(30_000.0)), 0.0);
        sampling.add(at(30_000.0), true);
        assert_eq!(sampling.failure_rate(at(30_000.0)), 0.5);
        assert_eq!(sampling.failure_rate(at(1e9)), 0.0);
    }

    #[test]
    fn a_clock_may_begin_anywhere() {
        let mut sampling = Sampling::default();
        sampling.add(at(1e12 + 5.0), true);
        assert_eq!(sampling.failure_rate(at(1e12 + 6.0)), 1.0);
    }
}
