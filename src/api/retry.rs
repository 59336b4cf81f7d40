//! When a request is tried again.

use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::said::Said;

/// When a request is tried again, and after what wait. What is not said stays as it is: of the client, else the default.
///
/// ```no_run,standalone_crate
/// use std::time::Duration;
/// use fanfetch::{Jitter, Retry};
///
/// let patient = Retry::new().limit(5).delay(Duration::from_secs(1)).jitter(Jitter::Equal);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Retry(Said);

/// How much chance there is in a computed wait. A wait that the server asked for is never shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Anything from nothing to the delay. The default.
    Full,
    /// Half the delay, and anything up to as much again.
    Equal,
    /// Anything from the first delay to three times the last one.
    Decorrelated,
    /// None.
    None,
}

impl Retry {
    /// Nothing said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Most retries after the first attempt; 0 is none at all. Default 2.
    pub fn limit(mut self, limit: u32) -> Self {
        self.0.put("retry.limit", limit);
        self
    }

    /// The methods that may be repeated, in place of GET, HEAD, OPTIONS, TRACE, PUT, DELETE and QUERY. A request with an
    /// `idempotency-key` header may be, whatever its method.
    pub fn methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let list: Array = methods.into_iter().map(JsValue::from_str).collect();
        self.0.put("retry.methods", list);
        self
    }

    /// The statuses that are tried again, in place of 408, 425, 429, 500, 502, 503, 504, 521, 522 and 524.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.0.put("retry.statusCodes", list(statuses));
        self
    }

    /// The statuses whose `Retry-After` and the like are obeyed, in place of 413, 429 and 503.
    pub fn after_statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.0.put("retry.afterStatusCodes", list(statuses));
        self
    }

    /// A server that asks for a longer wait is not waited for. Default a minute.
    pub fn max_retry_after(mut self, most: Duration) -> Self {
        self.0.put_time("retry.maxRetryAfter", most);
        self
    }

    /// The wait before the first retry. Default 300 ms.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.0.put_time("retry.delay", delay);
        self
    }

    /// From one wait to the next. Default 2.
    pub fn factor(mut self, factor: f64) -> Self {
        self.0.put("retry.factor", factor);
        self
    }

    /// The longest computed wait. Default 30 s.
    pub fn backoff_limit(mut self, most: Duration) -> Self {
        self.0.put_time("retry.backoffLimit", most);
        self
    }

    /// Default [`Jitter::Full`].
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        let word = match jitter {
            Jitter::Full => "full",
            Jitter::Equal => "equal",
            Jitter::Decorrelated => "decorrelated",
            Jitter::None => "none",
        };
        self.0.put("retry.jitter", word);
        self
    }

    /// Whether an attempt that ran out of time is tried again. Default true.
    pub fn on_timeout(mut self, retries: bool) -> Self {
        self.0.put("retry.retryOnTimeout", retries);
        self
    }

    pub(super) fn said(&self) -> &Said {
        &self.0
    }
}

fn list(statuses: impl IntoIterator<Item = u16>) -> Array {
    statuses.into_iter().map(JsValue::from).collect()
}
