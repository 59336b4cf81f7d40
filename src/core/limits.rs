//! Limits of requests in flight, and of starts in an interval.

use super::rate_limit::RateLimit;

/// Limits of a client or a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Limit of requests in flight; `u32::MAX` is none.
    pub concurrency: u32,
    /// Limit of requests in flight to one host; `u32::MAX` is none.
    pub per_host: u32,
    /// Limit of starts in any interval.
    pub rate: Option<Rate>,
}

/// Limit of starts in any interval, for all hosts together or for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Number of starts and length of the interval.
    pub limit: RateLimit,
    /// True if each host is counted separately.
    pub per_host: bool,
}

impl Limits {
    /// No limit at all.
    pub const NONE: Self = Self { concurrency: u32::MAX, per_host: u32::MAX, rate: None };
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 32, per_host: u32::MAX, rate: None }
    }
}
