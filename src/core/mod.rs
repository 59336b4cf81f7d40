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
pub mod config;
pub mod error;
mod gate;
pub mod histogram;
mod lane;
mod limits;
pub mod pace;
mod passage;
pub mod rate;
pub mod retry;
pub mod retry_after;
pub mod sampling;
pub mod stats;
pub mod time;
pub mod timers;
mod turns;

pub use time::{Instant, Millis};
