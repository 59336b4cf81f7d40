//! The body of a request.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, FormData, ReadableStream, UrlSearchParams};

/// The body of a request: text, bytes, or a value of `web-sys` or `js-sys` that `fetch` takes. A body is kept and sent anew
/// with each attempt; a `ReadableStream` is sent once and never retried.
///
/// ```no_run,standalone_crate
/// # fn run(file: web_sys::Blob) {
/// use fanfetch::Request;
///
/// let text = Request::post("https://api.example.com/notes").body("tea");
/// let upload = Request::put("https://api.example.com/files/7").body(file);
/// # }
/// ```
#[derive(Clone)]
pub struct Body(JsValue);

impl Body {
    pub(super) fn into_js(self) -> JsValue {
        self.0
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes).into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(&*bytes)
    }
}

/// Implements the conversion from a value that JavaScript takes as it is.
macro_rules! from_js {
    ($($body:ty),*) => {$(
        impl From<$body> for Body {
            fn from(body: $body) -> Self {
                Self(body.into())
            }
        }
    )*};
}
from_js!(ArrayBuffer, Blob, FormData, JsValue, ReadableStream, Uint8Array, UrlSearchParams);

/// Shows nothing of the body: it may be a secret.
impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Body")
    }
}
