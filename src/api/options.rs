//! Options that a client and a single request have in common.

use std::num::NonZeroU32;
use std::time::Duration;

/// Most starts in any window of an interval, wherever it is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RateLimit {
    pub(super) limit: NonZeroU32,
    pub(super) interval: Duration,
    pub(super) per_host: bool,
}

impl RateLimit {
    /// At most `limit` starts in any `interval`, of all requests together. An interval of nothing is refused.
    pub fn new(limit: NonZeroU32, interval: Duration) -> Self {
        Self { limit, interval, per_host: false }
    }

    /// Counted for each host apart.
    pub fn per_host(self) -> Self {
        Self { per_host: true, ..self }
    }
}

/// The methods of a builder whose `said` takes options of a request.
macro_rules! request_options {
    () => {
        /// Adds a header; given again, it has both values. At another host than that of
        /// [`base_url`](crate::ClientBuilder::base_url), those of a client are left out.
        pub fn header(mut self, name: &str, value: &str) -> Self {
            self.said.put_pair("headers", name, value);
            self
        }

        /// Takes away a header that the client has set.
        pub fn without_header(mut self, name: &str) -> Self {
            self.said.put_pair("headers", name, wasm_bindgen::JsValue::UNDEFINED);
            self
        }

        /// Adds to the URL's own query; escaped as it has to be.
        pub fn query(mut self, name: &str, value: &str) -> Self {
            self.said.put_pair("searchParams", name, value);
            self
        }

        /// `Authorization: Bearer …`, for the host of [`base_url`](crate::ClientBuilder::base_url), or where there is
        /// none, of the request.
        pub fn bearer_auth(mut self, token: &str) -> Self {
            self.said.put("auth", crate::api::closures::Auth::bearer(token).into_js());
            self
        }

        /// `Authorization: Basic …`, for the same host as [`bearer_auth`](Self::bearer_auth).
        pub fn basic_auth(mut self, username: &str, password: &str) -> Self {
            self.said.put("auth", crate::api::closures::Auth::basic(username, password).into_js());
            self
        }

        /// How long one attempt may take, from the call of fetch to the last byte of the body. Default 10 s; 0 is refused.
        pub fn timeout(mut self, attempt: std::time::Duration) -> Self {
            self.said.put_time("timeout.attempt", attempt);
            self
        }

        /// Lifts all four limits of time.
        pub fn no_timeout(mut self) -> Self {
            for limit in ["timeout.attempt", "timeout.headers", "timeout.idle", "timeout.total"] {
                self.said.put(limit, false);
            }
            self
        }

        /// How long one attempt may take to its response's headers. Default no limit.
        pub fn headers_timeout(mut self, limit: std::time::Duration) -> Self {
            self.said.put_time("timeout.headers", limit);
            self
        }

        /// The longest silence within a body. Default no limit.
        pub fn idle_timeout(mut self, limit: std::time::Duration) -> Self {
            self.said.put_time("timeout.idle", limit);
            self
        }

        /// How long the whole request may take: queue, attempts, waits, closures of yours. Default no limit.
        pub fn total_timeout(mut self, limit: std::time::Duration) -> Self {
            self.said.put_time("timeout.total", limit);
            self
        }

        /// When it is tried again.
        pub fn retry(mut self, retry: crate::Retry) -> Self {
            self.said.extend(retry.said());
            self
        }

        /// Most decoded bytes of body to accept; a longer one fails. Default no limit.
        pub fn max_bytes(mut self, most: u64) -> Self {
            self.said.put("maxBytes", most as f64);
            self
        }

        /// Bytes that the decoded body must have.
        pub fn expected_bytes(mut self, bytes: u64) -> Self {
            self.said.put("expectedBytes", bytes as f64);
            self
        }

        /// Higher first among those that wait for the same host. Default 0.
        pub fn priority(mut self, priority: i32) -> Self {
            self.said.put("priority", priority);
            self
        }

        /// Whether a status outside 200–299 and 304 is an [`Error::Http`](crate::Error::Http). Default true; if not, the
        /// last response is a success whatever its status.
        pub fn http_errors(mut self, fail: bool) -> Self {
            self.said.put("throwHttpErrors", fail);
            self
        }

        /// Leaves bodies unread: [`Response::bytes`](crate::Response::bytes) gives none.
        pub fn discard_body(mut self) -> Self {
            self.said.put("responseType", "none");
            self
        }
    };
}
pub(super) use request_options;
