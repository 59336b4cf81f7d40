//! Retry policy of a request.

use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::settings::Settings;

/// Retry policy: which failures are retried, how often, and after which wait. Values that are not set come from the client,
/// else from the defaults.
///
/// ```no_run,standalone_crate
/// use std::time::Duration;
/// use fanfetch::{Jitter, Retry};
///
/// let patient = Retry::new().limit(5).delay(Duration::from_secs(1)).jitter(Jitter::Equal);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Retry(Settings);

/// Random part of a computed wait. A wait that the server asks for is never shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Between zero and the delay. The default.
    Full,
    /// Between half the delay and the delay.
    Equal,
    /// Between the first delay and three times the last one.
    Decorrelated,
    /// The delay itself.
    None,
}

impl Retry {
    /// A policy without any values of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the retries after the first attempt; 0 switches them off. Default 2.
    pub fn limit(mut self, limit: u32) -> Self {
        self.0.set("retry.limit", limit);
        self
    }

    /// Sets the methods that are retried. Default GET, HEAD, OPTIONS, TRACE, PUT, DELETE and QUERY; a request with an
    /// `idempotency-key` header is retried whatever its method.
    pub fn methods(mut self, methods: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let list: Array = methods.into_iter().map(|method| JsValue::from_str(method.as_ref())).collect();
        self.0.set("retry.methods", list);
        self
    }

    /// Sets the statuses that are retried. Default 408, 425, 429, 500, 502, 503, 504, 521, 522 and 524.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.0.set("retry.statusCodes", list(statuses));
        self
    }

    /// Sets the statuses whose `Retry-After` and rate-limit headers set the wait. Default 413, 429 and 503.
    pub fn after_statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.0.set("retry.afterStatusCodes", list(statuses));
        self
    }

    /// Limits the wait that a server may ask for; a longer one fails the request at once. Default 60 s.
    pub fn max_retry_after(mut self, most: Duration) -> Self {
        self.0.set_millis("retry.maxRetryAfter", most);
        self
    }

    /// Sets the wait before the first retry. Default 300 ms.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.0.set_millis("retry.delay", delay);
        self
    }

    /// Sets the factor by which each wait is longer than the last one. Default 2.
    pub fn factor(mut self, factor: f64) -> Self {
        self.0.set("retry.factor", factor);
        self
    }

    /// Limits the computed wait. Default 30 s.
    pub fn backoff_limit(mut self, most: Duration) -> Self {
        self.0.set_millis("retry.backoffLimit", most);
        self
    }

    /// Sets the random part of the wait. Default [`Jitter::Full`].
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        let word = match jitter {
            Jitter::Full => "full",
            Jitter::Equal => "equal",
            Jitter::Decorrelated => "decorrelated",
            Jitter::None => "none",
        };
        self.0.set("retry.jitter", word);
        self
    }

    /// Sets whether an attempt that ran out of time is retried. Default true.
    pub fn on_timeout(mut self, retries: bool) -> Self {
        self.0.set("retry.retryOnTimeout", retries);
        self
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0
    }
}

fn list(statuses: impl IntoIterator<Item = u16>) -> Array {
    statuses.into_iter().map(JsValue::from).collect()
}
