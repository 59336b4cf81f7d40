//! Attempts and timings of a request.

use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::bindings::{self, FetchResult};

/// One attempt of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attempt {
    /// Start, counted from when the request was taken from its iterator.
    pub started_at: Duration,
    /// Time from its start to its end.
    pub duration: Duration,
    /// Status of its response, if one came.
    pub status: Option<u16>,
    /// Code of its error, as [`Error::code`](crate::Error::code) gives it; `None` for a success.
    pub code: Option<String>,
    /// Wait before the next attempt, and what it was computed from; `None` for the last attempt.
    pub delay: Option<(Duration, DelayedBy)>,
}

/// Source of a wait between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DelayedBy {
    /// The computed backoff.
    Backoff,
    /// The server's `Retry-After` header.
    RetryAfter,
    /// The server's headers that say when a limit is reset.
    RateLimitHeaders,
    /// A pause of the whole host.
    Cooldown,
}

/// Time that a request took, by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// Time in the queue.
    pub queued: Duration,
    /// Time between attempts.
    pub waited: Duration,
    /// Time from being taken to the end.
    pub total: Duration,
}

impl Attempt {
    /// Reads all attempts of a result, in order.
    pub(super) fn all_of(result: &FetchResult) -> Vec<Self> {
        result.attempts().iter().map(|attempt| Self::from_js(&attempt.unchecked_into())).collect()
    }

    fn from_js(attempt: &bindings::Attempt) -> Self {
        let delayed_by = |word: String| match &*word {
            "retry-after" => DelayedBy::RetryAfter,
            "rate-limit-headers" => DelayedBy::RateLimitHeaders,
            "cooldown" => DelayedBy::Cooldown,
            _ => DelayedBy::Backoff,
        };
        Self {
            started_at: duration(attempt.started_at()),
            duration: duration(attempt.duration()),
            status: attempt.status(),
            code: attempt.code(),
            delay: attempt.delay().map(duration).zip(attempt.delayed_by().map(delayed_by)),
        }
    }
}

impl Timings {
    pub(super) fn of(result: &FetchResult) -> Self {
        let timings = result.timings();
        Self {
            queued: duration(timings.queued()),
            waited: duration(timings.waited()),
            total: duration(timings.total()),
        }
    }
}

/// Converts milliseconds; negative and NaN give zero.
pub(super) fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
}
