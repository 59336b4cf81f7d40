//! The response of a request that succeeded.

use wasm_bindgen::prelude::*;

use super::bindings::{self, FetchResult};
use super::error::Error;
use super::history::{Attempt, Timings};

/// A response whose body was read. The body stays in JavaScript until a method asks for it.
#[derive(Clone)]
pub struct Response(FetchResult);

impl Response {
    /// Converts a result of the boundary.
    ///
    /// # Errors
    /// The result is a failure.
    pub(super) fn from_js(result: JsValue) -> Result<Self, Error> {
        let result: FetchResult = result.unchecked_into();
        if result.ok() { Ok(Self(result)) } else { Err(Error::from_js(result.error(), Some(&result))) }
    }

    /// Takes the body of a response that is handed out unread.
    pub(super) fn take_stream(&self) -> bindings::Readable {
        let stream = self.0.stream();
        self.0.set_data(&JsValue::UNDEFINED);
        stream
    }

    /// Makes the error of a body that breaks while it is read.
    pub(super) fn truncated(&self, thrown: &JsValue) -> Error {
        Error::from_js(bindings::truncated_error(&self.0, thrown), Some(&self.0))
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status().unwrap_or_default()
    }

    /// The reason phrase that came with the status; empty over HTTP/2 and later.
    #[must_use]
    pub fn status_text(&self) -> String {
        self.0.status_text().unwrap_or_default()
    }

    /// The URL of the response, after redirects.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Returns true if redirects led to this response.
    #[must_use]
    pub fn redirected(&self) -> bool {
        self.0.redirected().unwrap_or_default()
    }

    /// The value of a header; several values are joined by commas.
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

    /// The size of the decoded body in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.data().map_or(0, |data| data.length() as usize)
    }

    /// The body, copied into the memory of this program.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.data().map_or_else(Vec::new, |data| data.to_vec())
    }

    /// The body as text in UTF-8, without its byte order mark; invalid bytes become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.data().map_or_else(String::new, |data| bindings::decode_body(&data))
    }

    /// The body as JSON, deserialised into a type; an empty body as `()` or `None`.
    ///
    /// # Errors
    /// [`Error::Body`]: the body is not JSON ([`Parse`](crate::BodyFault::Parse)), or JSON that does not fit the type
    /// ([`Schema`](crate::BodyFault::Schema), whose source says where).
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_wasm_bindgen::from_value(self.value()?)
            .map_err(|error| Error::from_js(bindings::shape_error(&self.0, &error.into()), Some(&self.0)))
    }

    /// The body as JSON, parsed into a JavaScript value; an empty body as undefined.
    ///
    /// # Errors
    /// [`Error::Body`]: the body is not JSON ([`Parse`](crate::BodyFault::Parse)).
    pub fn value(&self) -> Result<JsValue, Error> {
        bindings::parse_json(&self.0).map_err(|error| Error::from_js(error.unchecked_into(), Some(&self.0)))
    }

    /// The body as a `Uint8Array`, not copied; undefined if it was not read.
    #[must_use]
    pub fn data(&self) -> JsValue {
        self.0.data().map_or(JsValue::UNDEFINED, Into::into)
    }

    /// The JavaScript `Response`, if its body was not read into [`data`](Self::data); else undefined, since a response
    /// that was read is released: it takes more memory than all the rest.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.0.response()
    }

    /// The index of the request among those of its call, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.0.index() as usize
    }

    /// The request's [tag](crate::Request::tag), else undefined.
    #[must_use]
    pub fn tag(&self) -> JsValue {
        self.0.request().tag()
    }

    /// All attempts in order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        Attempt::all_of(&self.0)
    }

    /// The time that the request took, by phase.
    #[must_use]
    pub fn timings(&self) -> Timings {
        Timings::of(&self.0)
    }
}

/// Shows neither headers nor body: they may be secrets.
impl std::fmt::Debug for Response {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status())
            .field("url", &self.url())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
