//! Rules of retries: whether another attempt follows a failure, and after what wait.

use super::backoff::{Backoff, lengthen};
use super::error::{Failure, Phase};
use super::retry_after::{RetryAfter, RetryAfterSource};
use super::time::Millis;

/// Statuses of temporary failures, retried by default.
pub const STATUS_CODES: [u16; 10] = [408, 425, 429, 500, 502, 503, 504, 521, 522, 524];
/// Statuses whose Retry-After is respected by default.
pub const AFTER_STATUS_CODES: [u16; 3] = [413, 429, 503];
const CONTENT_TOO_LARGE: u16 = 413;

/// The `retry` option, checked. `None` in a list means its default.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Limit of retries after the first attempt.
    pub limit: u32,
    /// Statuses that are retried; [`STATUS_CODES`] by default, and 413 with a Retry-After.
    pub status_codes: Option<Box<[u16]>>,
    /// Statuses whose Retry-After is respected; [`AFTER_STATUS_CODES`] by default.
    pub after_status_codes: Option<Box<[u16]>>,
    /// Longest Retry-After to wait for, in milliseconds; a longer one fails the request.
    pub max_retry_after: Millis,
    /// Schedule of waits without a Retry-After.
    pub backoff: Backoff,
    /// True if an attempt that timed out is retried.
    pub on_timeout: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            limit: 2,
            status_codes: None,
            after_status_codes: None,
            max_retry_after: 60_000.0,
            backoff: Backoff::default(),
            on_timeout: true,
        }
    }
}

/// Source of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayedBy {
    /// The schedule of the retry policy.
    Backoff,
    /// `Retry-After` or `retry-after-ms`.
    RetryAfter,
    /// One of the rate-limit headers.
    RateLimitHeaders,
}

/// A wait before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    /// Duration in milliseconds.
    pub delay: Millis,
    /// Source of the wait.
    pub by: DelayedBy,
}

impl RetryPolicy {
    /// Returns whether the rules want another attempt after `failure`; the caller checks limit and method.
    #[must_use]
    pub fn wants_retry(&self, failure: Failure, retry_after: Option<RetryAfter>) -> bool {
        match failure {
            Failure::Http { status, .. } => match &self.status_codes {
                None => STATUS_CODES.contains(&status) || (status == CONTENT_TOO_LARGE && retry_after.is_some()),
                Some(listed) => listed.contains(&status),
            },
            Failure::Timeout { phase: Phase::Attempt | Phase::Headers | Phase::Idle, .. } => self.on_timeout,
            other => other.is_transient(),
        }
    }

    /// Returns whether the Retry-After of a response with `status` is respected.
    #[must_use]
    pub fn respects_retry_after(&self, status: u16) -> bool {
        match &self.after_status_codes {
            None => AFTER_STATUS_CODES.contains(&status),
            Some(listed) => listed.contains(&status),
        }
    }

    /// Computes the wait before the next attempt: the Retry-After of the server if there is one, else `own`.
    ///
    /// Returns `None` where the server asks for more than [`max_retry_after`](Self::max_retry_after). `chance` (0..1)
    /// lengthens its wait by up to a tenth, so that clients told the same moment do not return at once.
    #[must_use]
    pub fn wait(&self, retry_after: Option<RetryAfter>, own: Millis, chance: f64) -> Option<Wait> {
        let Some(RetryAfter { after, by }) = retry_after else {
            return Some(Wait { delay: own, by: DelayedBy::Backoff });
        };
        if after > self.max_retry_after {
            return None;
        }
        let by = match by {
            RetryAfterSource::RetryAfter => DelayedBy::RetryAfter,
            RetryAfterSource::RateLimit => DelayedBy::RateLimitHeaders,
        };
        Some(Wait { delay: lengthen(after, chance), by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::BodyFault;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn http(status: u16) -> Failure {
        Failure::Http { status }
    }

    fn retry_after(after: Millis) -> Option<RetryAfter> {
        Some(RetryAfter { after, by: RetryAfterSource::RetryAfter })
    }

    #[test]
    fn a_status_is_retried_when_it_is_listed() {
        let policy = RetryPolicy::default();
        assert!(STATUS_CODES.iter().all(|status| policy.wants_retry(http(*status), None)));
        assert!([400, 401, 403, 404, 410, 418, 501, 304].iter().all(|status| !policy.wants_retry(http(*status), None)));
        let listed = RetryPolicy { status_codes: Some(Box::new([418])), ..policy };
        assert!(listed.wants_retry(http(418), None) && !listed.wants_retry(http(503), None));
    }

    #[test]
    fn content_too_large_is_retried_only_after_a_named_wait() {
        let policy = RetryPolicy::default();
        assert!(!policy.wants_retry(http(413), None));
        assert!(policy.wants_retry(http(413), retry_after(5.0)));
    }

    #[test]
    fn a_failure_that_would_repeat_is_not_retried() {
        let policy = RetryPolicy::default();
        let timeout = |phase| Failure::Timeout { phase };
        for hopeless in [
            Failure::Network { transient: false },
            timeout(Phase::Total),
            timeout(Phase::Deadline),
            timeout(Phase::Queue),
            Failure::Body(BodyFault::Parse),
            Failure::Body(BodyFault::TooLarge),
            Failure::Aborted,
            Failure::Input,
            Failure::Closed,
        ] {
            assert!(!policy.wants_retry(hopeless, None), "{hopeless:?}");
        }
        assert!(policy.wants_retry(timeout(Phase::Attempt), None));
        let patient = RetryPolicy { on_timeout: false, ..policy };
        assert!(!patient.wants_retry(timeout(Phase::Attempt), None));
    }

    #[test]
    fn a_retry_after_replaces_the_backoff_and_is_never_shortened() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(None, 7.0, 0.5), Some(Wait { delay: 7.0, by: DelayedBy::Backoff }));
        assert_eq!(policy.wait(retry_after(1000.0), 7.0, 0.0), Some(Wait { delay: 1000.0, by: DelayedBy::RetryAfter }));
        assert_eq!(policy.wait(retry_after(60_001.0), 7.0, 0.0), None);
    }
}
