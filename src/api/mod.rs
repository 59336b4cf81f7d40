//! The crate as Rust programs on `wasm32-unknown-unknown` use it: a [`Client`], its [`Request`]s, and what comes of them.
//!
//! Typed words around the same engine as the npm package's: options are checked by the same tables, results are made by
//! the same literals, and bodies stay in JavaScript until they are asked for.

mod body;
mod builder;
mod call;
mod cause;
mod client;
mod closures;
mod error;
mod inputs;
mod js;
mod options;
mod request;
mod response;
mod retry;
mod said;
mod stats;
mod stream;

pub use body::StreamedResponse;
pub use builder::ClientBuilder;
pub use cause::{Cause, Context};
pub use client::{Client, fetch_all, fetch_each, get};
pub use closures::{Auth, Outgoing, Progress, Retrying};
pub use error::{BodyFault, Error, Phase};
pub use options::RateLimit;
pub use request::{Body, Request};
pub use response::{Attempt, DelayedBy, Response, Timings};
pub use retry::{Jitter, Retry};
pub use stats::Stats;
pub use stream::Fetches;

#[cfg(test)]
mod tests;
