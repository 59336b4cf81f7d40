//! Retry-After of a response, as the host has read it from the headers.

use super::time::Millis;

/// Wait that a server asks for, counted from its response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryAfter {
    /// Milliseconds from now, finite; 0 is now.
    pub after: Millis,
    /// Header that it was read from.
    pub by: RetryAfterSource,
}

/// Kind of header that asks for a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfterSource {
    /// `Retry-After` or `retry-after-ms`.
    RetryAfter,
    /// `RateLimit` or one of the older reset headers.
    RateLimit,
}
