//! How much may run at once, and start in any interval.

use super::rate_limit::RateLimit;

/// How much may run at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Most requests in flight; `u32::MAX` is no limit.
    pub concurrency: u32,
    /// Most requests in flight to one host; `u32::MAX` is no limit.
    pub per_host: u32,
    /// Most starts in any interval.
    pub rate: Option<Rate>,
}

/// Most starts in any interval, for all together or for each host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many, in how long.
    pub limit: RateLimit,
    /// Counted for each host apart.
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
