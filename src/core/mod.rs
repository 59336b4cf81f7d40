//! Pure decisions: `std` only, no async, no clock, no randomness, no JavaScript.
//!
//! Time comes in as an argument and goes out as an answer; so does chance.

// A panic would leave promises pending for ever, and its text weighs kilobytes.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)
)]

pub mod admission;
pub mod backoff;
pub mod error;
mod limits;
pub mod policy;
pub mod rate_limit;
pub mod retry;
pub mod retry_after;
pub mod shared_rate;
pub mod stats;
pub mod time;
pub mod timers;
pub mod traits;

pub use time::{Instant, Millis};
