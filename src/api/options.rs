//! Options that a client and a single request have in common.

/// Defines the setters of a builder whose `settings` take options of a request.
macro_rules! request_options {
    () => {
        /// Adds a header; a name that is set twice has both values, joined by a comma. Headers of a client are left out
        /// at another origin than that of [`base_url`](crate::ClientBuilder::base_url).
        pub fn header(mut self, name: impl AsRef<str>, value: impl std::fmt::Display) -> Self {
            self.settings.append("headers", name.as_ref(), value.to_string());
            self
        }

        /// Adds headers by names and values, each as [`header`](Self::header) does.
        pub fn headers(mut self, pairs: impl IntoIterator<Item: crate::Pair>) -> Self {
            for pair in pairs {
                let (name, value) = crate::Pair::into_pair(pair);
                self.settings.append("headers", &name, value);
            }
            self
        }

        /// Adds the headers of a JavaScript `Headers` object, each as [`header`](Self::header) does.
        pub fn js_headers(mut self, headers: &web_sys::Headers) -> Self {
            for pair in js_sys::Array::from(headers) {
                self.settings.set("headers", pair);
            }
            self
        }

        /// Removes a header that the client sets.
        pub fn without_header(mut self, name: impl AsRef<str>) -> Self {
            self.settings.append("headers", name.as_ref(), wasm_bindgen::JsValue::UNDEFINED);
            self
        }

        /// Adds names and values to the query of the URL, escaped as needed.
        ///
        /// ```no_run,standalone_crate
        /// let request = fanfetch::Request::get("https://shop.example.com/items").query([("page", 2), ("size", 50)]);
        /// ```
        pub fn query(mut self, pairs: impl IntoIterator<Item: crate::Pair>) -> Self {
            for pair in pairs {
                let (name, value) = crate::Pair::into_pair(pair);
                self.settings.append("searchParams", &name, value);
            }
            self
        }

        /// Sends `Authorization: Bearer …` to the origin of [`base_url`](crate::ClientBuilder::base_url), or without one to
        /// that of the request.
        pub fn bearer_auth(mut self, token: impl Into<String>) -> Self {
            self.settings.set("auth", crate::Auth::bearer(token).into_js());
            self
        }

        /// Sends `Authorization: Basic …` to the same origin as [`bearer_auth`](Self::bearer_auth).
        pub fn basic_auth(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
            self.settings.set("auth", crate::Auth::basic(username, password).into_js());
            self
        }

        /// Limits one attempt, from the call of `fetch` to the last byte of the body. Default 10 s; zero is an error.
        pub fn timeout(mut self, attempt: std::time::Duration) -> Self {
            self.settings.set_millis("timeout.attempt", attempt);
            self
        }

        /// Removes all four timeouts.
        pub fn no_timeout(mut self) -> Self {
            for limit in ["timeout.attempt", "timeout.headers", "timeout.idle", "timeout.total"] {
                self.settings.set(limit, false);
            }
            self
        }

        /// Limits one attempt, from the call of `fetch` to the headers of the response. Default no limit; zero is an error.
        pub fn headers_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.set_millis("timeout.headers", limit);
            self
        }

        /// Limits the silence between two chunks of a body. Default no limit; zero is an error.
        pub fn idle_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.set_millis("timeout.idle", limit);
            self
        }

        /// Limits the whole request: queue, attempts, waits and closures. Default no limit; zero is an error.
        pub fn total_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.set_millis("timeout.total", limit);
            self
        }

        /// Sets when and after which wait a request is retried. Default 2 retries, see [`Retry`](crate::Retry).
        pub fn retry(mut self, retry: crate::Retry) -> Self {
            self.settings.extend(retry.settings());
            self
        }

        /// Limits the decoded body in bytes; a longer one is [`BodyFault::TooLarge`](crate::BodyFault::TooLarge). Default no
        /// limit.
        pub fn max_bytes(mut self, limit: u64) -> Self {
            self.settings.set("maxBytes", limit as f64);
            self
        }

        /// Requires that the decoded body has a number of bytes; any other number is
        /// [`BodyFault::Length`](crate::BodyFault::Length). By default any number will do.
        pub fn expected_bytes(mut self, bytes: u64) -> Self {
            self.settings.set("expectedBytes", bytes as f64);
            self
        }

        /// Sets the priority among the requests that wait for the same host: higher goes first. Default 0.
        pub fn priority(mut self, priority: i32) -> Self {
            self.settings.set("priority", priority);
            self
        }

        /// Sets whether a status outside 200–299 and 304 is an [`Error::Http`](crate::Error::Http). Default true; with
        /// false the last response is a success, whatever its status.
        pub fn http_errors(mut self, fail: bool) -> Self {
            self.settings.set("throwHttpErrors", fail);
            self
        }

        /// Leaves bodies unread: [`Response::bytes`](crate::Response::bytes) is empty. By default bodies are read.
        pub fn discard_body(mut self) -> Self {
            self.settings.set("responseType", "none");
            self
        }
    };
}
pub(super) use request_options;
