//! Points in time and spans, as plain milliseconds.

use std::ops::{Add, Sub};

/// A span in milliseconds; `f64::INFINITY` means "never".
pub type Millis = f64;

/// The longest delay that a host's timer keeps: `setTimeout` fires at once beyond 2³¹−1 ms.
pub const LONGEST_TIMER: Millis = 2_147_483_647.0;

/// A point on the host's monotonic clock, in milliseconds from an arbitrary origin. Never NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Instant(f64);

impl Instant {
    /// Later than every other point.
    pub const NEVER: Self = Self(f64::INFINITY);

    /// The point `millis` after the origin; NaN counts as the origin.
    #[must_use]
    pub fn from_millis(millis: Millis) -> Self {
        Self(if millis.is_nan() { 0.0 } else { millis })
    }

    /// Milliseconds since the origin.
    #[must_use]
    pub fn as_millis(self) -> Millis {
        self.0
    }

    /// Milliseconds from `earlier` to this point, 0 when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        if self.0 > earlier.0 { self.0 - earlier.0 } else { 0.0 }
    }

    /// The earlier of the two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        if other.0 < self.0 { other } else { self }
    }

    /// The later of the two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if other.0 > self.0 { other } else { self }
    }
}

impl Add<Millis> for Instant {
    type Output = Self;

    fn add(self, span: Millis) -> Self {
        Self::from_millis(self.0 + span)
    }
}

impl Sub<Millis> for Instant {
    type Output = Self;

    fn sub(self, span: Millis) -> Self {
        Self::from_millis(self.0 - span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    #[test]
    fn a_span_never_runs_backwards() {
        let (early, late) = (Instant::from_millis(5.0), Instant::from_millis(8.0));
        assert_eq!((late.since(early), early.since(late)), (3.0, 0.0));
    }

    #[test]
    fn never_is_after_everything_and_stays_there() {
        assert!(Instant::NEVER > Instant::from_millis(1e300));
        assert_eq!(Instant::NEVER + 1.0, Instant::NEVER);
        assert_eq!(Instant::NEVER.min(Instant::default()), Instant::default());
    }
}
