//! The crate as Rust programs on `wasm32-unknown-unknown` use it: a [`Client`], its [`Request`]s, and their results.
//!
//! Options are checked by the same tables as those of the npm package, results are made by the same literals, and bodies
//! stay in JavaScript until a method asks for them.

mod auth;
mod bindings;
mod body;
mod body_fault;
mod builder;
mod call;
mod cause;
mod client;
mod error;
mod fetch_each;
mod history;
mod hooks;
mod inputs;
mod options;
mod pair;
mod progress;
mod rate_limit;
mod request;
mod response;
mod retry;
mod send;
mod settings;
mod stats;
mod streamed_response;
mod tag;

pub use auth::Auth;
pub use body::Body;
pub use body_fault::BodyFault;
pub use builder::ClientBuilder;
pub use cause::{Cause, ErrorContext};
pub use client::Client;
pub use error::{Error, Phase};
pub use fetch_each::FetchEach;
pub use history::{Attempt, DelayedBy, Timings};
pub use hooks::{RequestContext, RetryContext};
pub use pair::Pair;
pub use progress::Progress;
pub use rate_limit::RateLimit;
pub use request::Request;
pub use response::Response;
pub use retry::{Jitter, Retry};
pub use send::{fetch_all, fetch_each, get};
pub use stats::Stats;
pub use streamed_response::StreamedResponse;

#[cfg(test)]
mod tests;
