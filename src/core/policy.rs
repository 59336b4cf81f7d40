//! Checked options of a request, with the one table of defaults.

use super::error::{BodyFault, Failure, Phase};
use super::retry::RetryPolicy;
use super::time::Millis;

/// Options of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Time limits.
    pub timeout: Timeout,
    /// Rules of retries.
    pub retry: RetryPolicy,
    /// Type that the body is read as.
    pub read: ReadAs,
    /// Statuses that count as failures.
    pub throw_http_errors: ThrowHttpErrors,
    /// Limit of decoded body bytes; infinite by default.
    pub max_bytes: f64,
    /// Exact number of decoded body bytes, if required.
    pub expected_bytes: Option<f64>,
    /// Priority within a host; higher goes first.
    pub priority: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeout: Timeout::default(),
            retry: RetryPolicy::default(),
            read: ReadAs::Auto,
            throw_http_errors: ThrowHttpErrors::Yes,
            max_bytes: f64::INFINITY,
            expected_bytes: None,
            priority: 0.0,
        }
    }
}

impl Policy {
    /// Returns whether the body of a 2xx is read in the same turn in which its head arrives: nothing has to be decided or watched
    /// in between. `may_retry` is whether its status may be retried.
    #[must_use]
    pub fn reads_success_at_once(&self, may_retry: bool) -> bool {
        self.timeout.headers == f64::INFINITY
            && !self.watches_body()
            && self.throw_http_errors.is_failure(200) == Some(false)
            && self.read != ReadAs::None
            && !self.read.is_handed_out()
            && !(may_retry && self.retry.status_codes.is_some())
    }

    /// Checks the number of decoded bytes read so far, or of all where `is_whole`.
    ///
    /// # Errors
    /// `maxBytes` is exceeded, or `expectedBytes` is not met.
    pub fn check_length(&self, bytes: f64, is_whole: bool) -> Result<(), Failure> {
        let expected = self.expected_bytes.unwrap_or(bytes);
        if bytes > self.max_bytes {
            return Err(Failure::Body(BodyFault::TooLarge));
        }
        if bytes > expected {
            return Err(Failure::Body(BodyFault::Long));
        }
        if is_whole && bytes < expected {
            return Err(Failure::Body(BodyFault::Short));
        }
        Ok(())
    }

    /// Returns whether the body is read chunk by chunk, for its limits.
    #[must_use]
    pub fn watches_body(&self) -> bool {
        self.max_bytes < f64::INFINITY || self.expected_bytes.is_some() || self.timeout.idle < f64::INFINITY
    }
}

/// Time limits in milliseconds; infinity is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeout {
    /// One attempt, to the last byte of its body.
    pub attempt: Millis,
    /// One attempt, to its response headers.
    pub headers: Millis,
    /// The longest silence between two chunks of a body.
    pub idle: Millis,
    /// The whole request.
    pub total: Millis,
}

impl Timeout {
    /// Returns the limit that an attempt failed by; infinite if it failed otherwise.
    #[must_use]
    pub fn limit_of(&self, failure: Option<Failure>) -> Millis {
        match failure {
            Some(Failure::Timeout { phase }) => self.limit(phase),
            _ => f64::INFINITY,
        }
    }

    /// Returns the limit of a phase; infinite for the deadline, which belongs to the batch.
    #[must_use]
    pub fn limit(&self, phase: Phase) -> Millis {
        match phase {
            Phase::Queue | Phase::Total => self.total,
            Phase::Headers => self.headers,
            Phase::Attempt => self.attempt,
            Phase::Idle => self.idle,
            Phase::Deadline => f64::INFINITY,
        }
    }
}

impl Default for Timeout {
    fn default() -> Self {
        Self { attempt: 10_000.0, headers: f64::INFINITY, idle: f64::INFINITY, total: f64::INFINITY }
    }
}

/// Type that a body is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAs {
    /// JSON, text or else bytes, by its content type.
    Auto,
    /// Parsed JSON.
    Json,
    /// Text, as UTF-8.
    Text,
    /// A `Uint8Array`.
    Bytes,
    /// An `ArrayBuffer`.
    ArrayBuffer,
    /// A `Blob`.
    Blob,
    /// A `FormData`.
    FormData,
    /// Handed out as a stream.
    Stream,
    /// Handed out as the response itself.
    Response,
    /// Not read at all.
    None,
}

impl ReadAs {
    /// Returns whether the body is handed out unread, and holds its slot until somebody has read it.
    #[must_use]
    pub fn is_handed_out(self) -> bool {
        matches!(self, Self::Stream | Self::Response)
    }
}

/// A request's method, as far as rules tell methods apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// OPTIONS.
    Options,
    /// TRACE.
    Trace,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
    /// QUERY.
    Query,
    /// POST, PATCH, CONNECT, and names of the user's own.
    Other,
}

impl Method {
    /// Returns whether a request may be repeated by its method alone: idempotent by RFC 9110 §9.2.2, and QUERY, which is safe.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        self != Self::Other
    }

    /// Returns whether identical requests of this method may share a fetch.
    #[must_use]
    pub fn may_be_shared(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// Statuses that count as failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrowHttpErrors {
    /// All outside 200–299 and 304 (RFC 9110 §15).
    Yes,
    /// None.
    No,
    /// Statuses for which the user's function returns true.
    Ask,
}

impl ThrowHttpErrors {
    /// Returns whether `status` is a failure; `None` when the user's function has to be asked. An opaque response (0) is none.
    #[must_use]
    pub fn is_failure(self, status: u16) -> Option<bool> {
        match (self, status) {
            (_, 0) | (Self::No, _) => Some(false),
            (Self::Yes, _) => Some(!matches!(status, 200..=299 | 304)),
            (Self::Ask, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    #[test]
    fn successes_and_not_modified_are_no_failures() {
        let yes = ThrowHttpErrors::Yes;
        assert!([200, 204, 299, 304, 0].iter().all(|status| yes.is_failure(*status) == Some(false)));
        assert!([100, 199, 300, 302, 400, 404, 500, 599].iter().all(|status| yes.is_failure(*status) == Some(true)));
        assert_eq!(ThrowHttpErrors::No.is_failure(503), Some(false));
        assert_eq!(ThrowHttpErrors::Ask.is_failure(200), None);
    }

    #[test]
    fn a_body_is_watched_only_for_a_reason() {
        let plain = Policy::default();
        assert!(!plain.watches_body());
        assert!(Policy { max_bytes: 10.0, ..plain.clone() }.watches_body());
        assert!(Policy { expected_bytes: Some(0.0), ..plain.clone() }.watches_body());
        assert!(Policy { timeout: Timeout { idle: 5.0, ..plain.timeout }, ..plain }.watches_body());
    }

    #[test]
    fn the_length_of_a_body_is_checked_as_it_grows_and_at_its_end() {
        let policy = Policy { max_bytes: 10.0, expected_bytes: Some(8.0), ..Policy::default() };
        let fault = |bytes, is_whole| policy.check_length(bytes, is_whole).err();
        assert_eq!((fault(7.0, false), fault(8.0, true)), (None, None));
        assert_eq!(fault(7.0, true), Some(Failure::Body(BodyFault::Short)));
        assert_eq!(fault(9.0, false), Some(Failure::Body(BodyFault::Long)));
        assert_eq!(fault(11.0, false), Some(Failure::Body(BodyFault::TooLarge)));
        assert_eq!(Policy::default().check_length(1e300, true), Ok(()));
    }

    #[test]
    fn a_success_is_read_at_once_unless_a_decision_comes_first() {
        let plain = Policy::default();
        assert!(plain.reads_success_at_once(true));
        assert!(!Policy { read: ReadAs::Stream, ..plain.clone() }.reads_success_at_once(false));
        assert!(!Policy { read: ReadAs::None, ..plain.clone() }.reads_success_at_once(false));
        assert!(!Policy { max_bytes: 10.0, ..plain.clone() }.reads_success_at_once(false));
        assert!(!Policy { throw_http_errors: ThrowHttpErrors::Ask, ..plain.clone() }.reads_success_at_once(false));
        assert!(
            !Policy { timeout: Timeout { headers: 5.0, ..plain.timeout }, ..plain.clone() }
                .reads_success_at_once(false)
        );
        let retry = RetryPolicy { status_codes: Some(Box::new([200])), ..RetryPolicy::default() };
        let listed = Policy { retry, ..plain };
        assert!(listed.reads_success_at_once(false) && !listed.reads_success_at_once(true));
    }
}
