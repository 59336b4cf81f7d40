//! When a server wants to be asked again, as the host has read it from the response's headers.

use super::time::Millis;

/// How long a server wants to be left alone, counted from its response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryAfter {
    /// Milliseconds from now, finite; 0 is now.
    pub after: Millis,
    /// What it was read from.
    pub by: RetryAfterSource,
}

/// The kind of header that told a retry_after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfterSource {
    /// `Retry-After` or `retry-after-ms`.
    RetryAfter,
    /// `RateLimit` or one of the older reset headers.
    RateLimit,
}
