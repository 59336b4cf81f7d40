//! Exponential backoff with jitter, for waits that no server asks for.
//!
//! Source: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015, whose three kinds these are.
//! Chance comes in as a uniform number from 0 (included) to 1 (excluded).
//!
//! Every answer is a finite number from 0 to [`LONGEST_TIMER`], whatever comes in.

use super::time::{LONGEST_TIMER, Millis};

/// The schedule of retries: `min(limit, delay · factor^(n-1))` before the n-th, then jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first retry.
    pub delay: Millis,
    /// From one retry to the next.
    pub factor: f64,
    /// The longest delay.
    pub limit: Millis,
    /// Spread of the delay.
    pub jitter: Jitter,
}

/// Spread of a delay by chance, so that requests that failed together do not return together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Anything from 0 to the delay: the fewest calls in all.
    #[default]
    Full,
    /// From half the delay to all of it: never at once.
    Equal,
    /// From the first delay to three times the previous wait, whatever number the retry has.
    Decorrelated,
    /// The delay itself.
    None,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { delay: 300.0, factor: 2.0, limit: 30_000.0, jitter: Jitter::Full }
    }
}

impl Backoff {
    /// The wait before `retry` (from 1) after a wait of `previous`; before the first retry `previous` is `delay`.
    #[must_use]
    pub fn next(&self, retry: u32, previous: Millis, chance: f64) -> Millis {
        let nominal = if self.jitter == Jitter::Decorrelated { self.delay } else { self.nominal(retry) };
        self.jittered(nominal, previous, chance)
    }

    /// The delay before `retry` (from 1) without jitter.
    #[must_use]
    pub fn nominal(&self, retry: u32) -> Millis {
        // By squares: 32 rounds at most, where a product per retry would not end for a factor of 1.
        let (mut delay, mut power, mut exponent) = (self.delay, self.factor, retry.saturating_sub(1));
        while exponent > 0 {
            if exponent & 1 == 1 {
                delay *= power;
            }
            power *= power;
            exponent >>= 1;
        }
        self.bounded(delay)
    }

    /// Spreads a delay that was computed elsewhere, such as by the user's own function.
    ///
    /// With [`Jitter::Decorrelated`] it is the least wait. NaN and what is negative count as 0.
    #[must_use]
    pub fn jittered(&self, nominal: Millis, previous: Millis, chance: f64) -> Millis {
        let delay = self.bounded(nominal);
        self.bounded(match self.jitter {
            Jitter::Full => delay * chance,
            Jitter::Equal => delay / 2.0 + delay / 2.0 * chance,
            // `min` also keeps an endless `previous` from becoming NaN by a chance of 0.
            Jitter::Decorrelated => delay + ((3.0 * previous).min(f64::MAX) - delay).max(0.0) * chance,
            Jitter::None => delay,
        })
    }

    fn bounded(&self, delay: Millis) -> Millis {
        timer(if delay > self.limit { self.limit } else { delay })
    }
}

/// Lengthens a Retry-After by up to a tenth, so that clients told the same moment do not return at once.
#[must_use]
pub fn lengthen(retry_after: Millis, chance: f64) -> Millis {
    timer((retry_after * (1.0 + 0.1 * chance)).max(retry_after))
}

/// Bounds a delay to what a host's timer keeps.
fn timer(delay: Millis) -> Millis {
    if delay > 0.0 { delay.min(LONGEST_TIMER) } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn with(jitter: Jitter) -> Backoff {
        Backoff { jitter, ..Backoff::default() }
    }

    #[test]
    fn the_delay_doubles_up_to_the_limit() {
        let nominal: Vec<_> = (1..=9).map(|retry| Backoff::default().nominal(retry)).collect();
        assert_eq!(nominal, [300.0, 600.0, 1200.0, 2400.0, 4800.0, 9600.0, 19_200.0, 30_000.0, 30_000.0]);
    }

    #[test]
    fn any_factor_has_an_answer_for_any_retry() {
        let nominal = |factor, retry| Backoff { factor, ..Backoff::default() }.nominal(retry);
        assert_eq!((nominal(1.0, 1), nominal(1.0, u32::MAX)), (300.0, 300.0));
        assert_eq!((nominal(0.0, 1), nominal(0.0, 2)), (300.0, 0.0));
        assert_eq!((nominal(0.5, 3), nominal(0.5, u32::MAX)), (75.0, 0.0));
        assert_eq!((nominal(1.5, 3), nominal(1.5, u32::MAX)), (675.0, 30_000.0));
        assert_eq!((nominal(1e300, 2), nominal(f64::INFINITY, u32::MAX)), (30_000.0, 30_000.0));
        assert_eq!(nominal(2.0, 0), 300.0);
    }

    #[test]
    fn a_delay_of_zero_stays_zero_however_far_it_grows() {
        assert_eq!(Backoff { delay: 0.0, ..Backoff::default() }.nominal(u32::MAX), 0.0);
    }

    #[test]
    fn full_jitter_begins_at_zero_and_ends_at_the_delay() {
        let full = with(Jitter::Full);
        assert_eq!((full.next(2, 0.0, 0.0), full.next(2, 0.0, 0.5)), (0.0, 300.0));
    }

    #[test]
    fn equal_jitter_begins_at_half_the_delay() {
        let equal = with(Jitter::Equal);
        assert_eq!((equal.next(2, 0.0, 0.0), equal.next(2, 0.0, 0.5)), (300.0, 450.0));
    }

    #[test]
    fn decorrelated_jitter_grows_with_the_previous_wait_alone() {
        let decorrelated = with(Jitter::Decorrelated);
        for retry in [1, 7] {
            assert_eq!((decorrelated.next(retry, 300.0, 0.0), decorrelated.next(retry, 300.0, 0.5)), (300.0, 600.0));
        }
        assert_eq!(decorrelated.next(2, 30_000.0, 0.9), 30_000.0);
        assert_eq!(decorrelated.next(2, 10.0, 0.9), 300.0, "never less than the first delay");
        assert_eq!(decorrelated.next(2, f64::INFINITY, 0.0), 300.0);
    }

    #[test]
    fn without_jitter_chance_changes_nothing() {
        let none = with(Jitter::None);
        assert_eq!((none.next(3, 0.0, 0.0), none.next(3, 0.0, 0.9)), (1200.0, 1200.0));
    }

    #[test]
    fn a_delay_from_elsewhere_is_spread_and_limited_alike() {
        assert_eq!(with(Jitter::Full).jittered(1000.0, 0.0, 0.25), 250.0);
        assert_eq!(with(Jitter::None).jittered(40_000.0, 0.0, 0.0), 30_000.0);
        assert_eq!(with(Jitter::Decorrelated).jittered(50.0, 100.0, 0.5), 175.0);
        assert_eq!(
            (with(Jitter::None).jittered(f64::NAN, 0.0, 0.0), with(Jitter::None).jittered(-1.0, 0.0, 0.0)),
            (0.0, 0.0)
        );
    }

    #[test]
    fn no_delay_outgrows_a_timer() {
        let endless = Backoff { limit: f64::INFINITY, jitter: Jitter::None, ..Backoff::default() };
        assert_eq!((endless.nominal(1000), endless.next(1000, 0.0, 0.0)), (LONGEST_TIMER, LONGEST_TIMER));
        assert_eq!((lengthen(f64::INFINITY, 0.0), lengthen(1e12, 0.5)), (LONGEST_TIMER, LONGEST_TIMER));
    }

    #[test]
    fn a_retry_after_is_lengthened_by_a_tenth_at_most() {
        assert_eq!((lengthen(1000.0, 0.0), lengthen(1000.0, 0.5), lengthen(0.0, 0.9)), (1000.0, 1050.0, 0.0));
        assert_eq!(lengthen(1000.0, f64::NAN), 1000.0, "a broken source of chance shortens nothing");
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::num::f64::ANY;
        use proptest::prelude::*;

        fn jitter() -> impl Strategy<Value = Jitter> {
            prop::sample::select(vec![Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::None])
        }

        proptest! {
            #[test]
            fn no_wait_is_longer_than_a_timer_can_keep(
                (delay, factor, limit, jitter) in (ANY, ANY, ANY, jitter()),
                (retry, nominal, previous, chance) in (any::<u32>(), ANY, ANY, ANY),
            ) {
                let backoff = Backoff { delay, factor, limit, jitter };
                for wait in [
                    backoff.nominal(retry),
                    backoff.next(retry, previous, chance),
                    backoff.jittered(nominal, previous, chance),
                    lengthen(nominal, chance),
                ] {
                    prop_assert!((0.0..=LONGEST_TIMER).contains(&wait), "{wait}");
                }
            }

            #[test]
            fn jitter_keeps_within_its_bounds(
                (delay, factor, limit) in (0.0..5000.0, 0.0..10.0, 0.0..60_000.0),
                (retry, previous, chance) in (1..40u32, 0.0..60_000.0, 0.0..1.0),
            ) {
                let wait = |jitter| Backoff { delay, factor, limit, jitter }.next(retry, previous, chance);
                let nominal = wait(Jitter::None);
                prop_assert!(nominal <= limit);
                prop_assert!(wait(Jitter::Full) <= nominal);
                prop_assert!((nominal / 2.0..=nominal).contains(&wait(Jitter::Equal)));
                let least = f64::min(delay, limit);
                let most = limit.min(delay.max(3.0 * previous)) + 1e-9;
                prop_assert!((least..=most).contains(&wait(Jitter::Decorrelated)));
            }

            #[test]
            fn squaring_agrees_with_a_product_per_retry(delay in 0.0..5000.0, factor in 0.0..4.0, retry in 1..60u32) {
                let plain = (1..retry).fold(delay, |delay: Millis, _| delay * factor).min(30_000.0);
                let nominal = Backoff { delay, factor, ..Backoff::default() }.nominal(retry);
                prop_assert!((nominal - plain).abs() <= plain * 1e-12, "{nominal} {plain}");
            }

            #[test]
            fn a_retry_after_is_never_shortened(retry_after in 0.0..LONGEST_TIMER, chance in 0.0..1.0) {
                prop_assert!((retry_after..=(retry_after * 1.1).min(LONGEST_TIMER)).contains(&lengthen(retry_after, chance)));
            }
        }
    }
}
