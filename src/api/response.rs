//! What came of a request.

use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::error::Error;
use super::js::{self, Outcome, Times, Try};

/// A success: a response whose body was read. The body stays in JavaScript until it is asked for.
#[derive(Clone)]
pub struct Response(Outcome);

/// One attempt of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attempt {
    /// After the request was taken up.
    pub started_at: Duration,
    /// How long it took.
    pub duration: Duration,
    /// The response's status, where there was a response.
    pub status: Option<u16>,
    /// The code of its error, as [`Error::code`] gives them; `None` of a success.
    pub code: Option<String>,
    /// The wait after it, and who asked for that.
    pub delay: Option<(Duration, DelayedBy)>,
}

/// Who asked for a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DelayedBy {
    /// The computed backoff.
    Backoff,
    /// The server, by `Retry-After`.
    RetryAfter,
    /// The server, by headers that tell when a limit is reset.
    RateLimitHeaders,
    /// Its host was to be left alone.
    Cooldown,
}

/// Where the time of a request went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// In the queue.
    pub queued: Duration,
    /// Between attempts.
    pub waited: Duration,
    /// From being taken up to the end.
    pub total: Duration,
}

impl Response {
    /// Its body, where it was handed out.
    pub(super) fn take_stream(&self) -> js::Readable {
        let stream = self.0.stream();
        self.0.set_data(&JsValue::UNDEFINED);
        stream
    }

    /// The error that ends its body early.
    pub(super) fn broken(&self, thrown: &JsValue) -> Error {
        Error::of(js::broken(&self.0, thrown), Some(&self.0))
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status().unwrap_or_default()
    }

    /// Where it came from, after redirects.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// The value of a header; of several, joined by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.headers()?.get(name)
    }

    /// All headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let Some(headers) = self.0.headers() else { return Vec::new() };
        let pair = |pair: JsValue| {
            let pair: js_sys::Array = pair.unchecked_into();
            (pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default())
        };
        js_sys::Array::from(&headers).iter().map(pair).collect()
    }

    /// Decoded bytes of the body.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.data().map_or(0, |data| data.length() as usize)
    }

    /// The body, copied into the memory of this program.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.data().map_or_else(Vec::new, |data| data.to_vec())
    }

    /// The body as UTF-8; a byte order mark is skipped, and what is none replaced.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.data().map_or_else(String::new, |data| js::text_of(&data))
    }

    /// The body as JSON in a type; an empty one as `()` or `None`.
    ///
    /// # Errors
    /// [`Error::Body`]: it is no JSON ([`Parse`](crate::BodyFault::Parse)), or JSON of another shape
    /// ([`Schema`](crate::BodyFault::Schema), whose source says where).
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_wasm_bindgen::from_value(self.value()?).map_err(|error| {
            let error = js::misshapen(&self.0, &error.into());
            Error::of(error.unchecked_into(), Some(&self.0))
        })
    }

    /// The body as JSON, as JavaScript has it: undefined of an empty one.
    ///
    /// # Errors
    /// [`Error::Body`]: it is no JSON.
    pub fn value(&self) -> Result<JsValue, Error> {
        js::value_of(&self.0).map_err(|error| Error::of(error.unchecked_into(), Some(&self.0)))
    }

    /// The body as a `Uint8Array`, not copied; undefined where it was not read.
    #[must_use]
    pub fn data(&self) -> JsValue {
        self.0.data().map_or(JsValue::UNDEFINED, Into::into)
    }

    /// The reason phrase that came with the status; empty over HTTP/2 and later.
    #[must_use]
    pub fn status_text(&self) -> String {
        self.0.status_text().unwrap_or_default()
    }

    /// True where redirects led to it.
    #[must_use]
    pub fn redirected(&self) -> bool {
        self.0.redirected().unwrap_or_default()
    }

    /// The `Response` of JavaScript's where its body was not read into [`data`](Self::data), else undefined: a read one is
    /// let go, since it weighs more than all the rest.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.0.response()
    }

    /// The place of its request among those of the call, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.0.index() as usize
    }

    /// What its request was [tagged](crate::Request::tag) with, else undefined.
    #[must_use]
    pub fn tag(&self) -> JsValue {
        self.0.request().tag()
    }

    /// Every attempt in order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        attempts(&self.0)
    }

    /// Where the time went.
    #[must_use]
    pub fn timings(&self) -> Timings {
        timings(&self.0.timings())
    }
}

/// Neither headers nor body: they may be secrets.
impl std::fmt::Debug for Response {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Response");
        shown
            .field("status", &self.status())
            .field("url", &self.url())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

/// A result of the boundary's in the words of Rust.
///
/// # Errors
/// It is a failure.
pub(super) fn settled(outcome: JsValue) -> Result<Response, Error> {
    let outcome: Outcome = outcome.unchecked_into();
    if outcome.ok() { Ok(Response(outcome)) } else { Err(Error::of(outcome.error(), Some(&outcome))) }
}

pub(super) fn attempts(outcome: &Outcome) -> Vec<Attempt> {
    let attempt = |attempt: JsValue| {
        let attempt: Try = attempt.unchecked_into();
        let by = |word: String| match &*word {
            "retry-after" => DelayedBy::RetryAfter,
            "rate-limit-headers" => DelayedBy::RateLimitHeaders,
            "cooldown" => DelayedBy::Cooldown,
            _ => DelayedBy::Backoff,
        };
        Attempt {
            started_at: duration(attempt.started_at()),
            duration: duration(attempt.duration()),
            status: attempt.status(),
            code: attempt.code(),
            delay: attempt.delay().map(duration).zip(attempt.delayed_by().map(by)),
        }
    };
    outcome.attempts().iter().map(attempt).collect()
}

pub(super) fn timings(times: &Times) -> Timings {
    Timings { queued: duration(times.queued()), waited: duration(times.waited()), total: duration(times.total()) }
}

/// Of milliseconds.
pub(super) fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
}
