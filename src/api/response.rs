//! The response of a request that succeeded.

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, ReadableStream};

use super::bindings::{self, FetchResult};
use super::error::Error;
use super::history::{Attempt, Timings};
use super::tag::Tag;

/// A response whose body was read. The body stays in JavaScript until a method asks for it.
#[derive(Clone)]
pub struct Response {
    result: FetchResult,
    tag: Option<Tag>,
}

impl Response {
    /// Converts a result of the boundary.
    ///
    /// # Errors
    /// The result is a failure.
    pub(super) fn from_js(result: FetchResult) -> Result<Self, Error> {
        if !result.ok() {
            return Err(Error::from_js(result.error(), Some(&result)));
        }
        let tag = Tag::of(&result);
        Ok(Self { result, tag })
    }

    /// Takes the body of a response that is handed out unread.
    pub(super) fn take_stream(&self) -> ReadableStream {
        let stream = self.result.stream();
        self.result.set_data(&JsValue::UNDEFINED);
        stream
    }

    /// Makes the error of a body that breaks while it is read.
    pub(super) fn truncated(&self, thrown: &JsValue) -> Error {
        Error::from_js(bindings::truncated_error(&self.result, thrown), Some(&self.result))
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.result.status().unwrap_or_default()
    }

    /// The reason phrase that came with the status; empty over HTTP/2 and later.
    #[must_use]
    pub fn status_text(&self) -> String {
        self.result.status_text().unwrap_or_default()
    }

    /// The URL of the response, after redirects.
    #[must_use]
    pub fn url(&self) -> String {
        self.result.url()
    }

    /// Returns true if redirects led to this response.
    #[must_use]
    pub fn redirected(&self) -> bool {
        self.result.redirected().unwrap_or_default()
    }

    /// The value of a header; several values are joined by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.result.headers()?.get(name).ok()?
    }

    /// All headers in order, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let Some(headers) = self.result.headers() else { return Vec::new() };
        let pair = |pair: JsValue| {
            let pair: js_sys::Array = pair.unchecked_into();
            (pair.get(0).as_string().unwrap_or_default(), pair.get(1).as_string().unwrap_or_default())
        };
        js_sys::Array::from(&headers).iter().map(pair).collect()
    }

    /// All headers as a JavaScript object, which cannot be changed.
    #[must_use]
    pub fn js_headers(&self) -> Option<Headers> {
        self.result.headers()
    }

    /// The size of the decoded body in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.result.data().map_or(0, |data| data.length() as usize)
    }

    /// The body, copied into the memory of this program.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.result.data().map_or_else(Vec::new, |data| data.to_vec())
    }

    /// The body as text in UTF-8, without its byte order mark; invalid bytes become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        self.result.data().map_or_else(String::new, |data| bindings::decode_body(&data))
    }

    /// The body as JSON, deserialised into a type; an empty body as `()` or `None`.
    ///
    /// # Errors
    /// [`Error::Body`]: the body is not JSON ([`Parse`](crate::BodyFault::Parse)), or JSON that does not fit the type
    /// ([`Schema`](crate::BodyFault::Schema), whose source says where).
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_wasm_bindgen::from_value(self.value()?)
            .map_err(|error| Error::from_js(bindings::shape_error(&self.result, &error.into()), Some(&self.result)))
    }

    /// The body as JSON, parsed into a JavaScript value; an empty body as undefined.
    ///
    /// # Errors
    /// [`Error::Body`]: the body is not JSON ([`Parse`](crate::BodyFault::Parse)).
    pub fn value(&self) -> Result<JsValue, Error> {
        bindings::parse_json(&self.result).map_err(|error| Error::from_js(error.unchecked_into(), Some(&self.result)))
    }

    /// The body as a JavaScript array, not copied; `None` if it was not read.
    #[must_use]
    pub fn data(&self) -> Option<Uint8Array> {
        self.result.data()
    }

    /// The JavaScript `Response` as `fetch` gave it, if its body was not read into [`data`](Self::data). A response that was
    /// read is released, since it takes more memory than all the rest: convert it instead.
    #[must_use]
    pub fn js(&self) -> Option<web_sys::Response> {
        self.result.response()
    }

    /// Converts into a JavaScript `Response` with a body.
    pub(super) fn to_js(&self, body: &JsValue) -> Result<web_sys::Response, Error> {
        bindings::make_response(&self.result, body)
            .map_err(|thrown| Error::from_js(bindings::conversion_error(&self.result, &thrown), Some(&self.result)))
    }

    /// The index of the request among those of its call, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.result.index() as usize
    }

    /// The request's [tag](crate::Request::tag), if it has one of this type.
    #[must_use]
    pub fn tag<T: 'static>(&self) -> Option<Rc<T>> {
        self.tag.as_ref()?.value()
    }

    /// All attempts in order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        Attempt::all_of(&self.result)
    }

    /// The time that the request took, by phase.
    #[must_use]
    pub fn timings(&self) -> Timings {
        Timings::of(&self.result)
    }
}

/// Makes a JavaScript `Response` with the same status, headers and body, to be given to a service worker or as the answer of
/// a Worker. `content-encoding` and `content-length` are left out: the body is decoded. Fails for a status outside 200–599,
/// which no `Response` can be made with, as [`Error::Internal`].
impl TryFrom<Response> for web_sys::Response {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        response.to_js(&response.data().map_or(JsValue::NULL, Into::into))
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
