//! The body of a request.

use wasm_bindgen::JsValue;

/// The body of a request: text, bytes, or any other value that `fetch` takes. A body is kept and sent anew with each
/// attempt; a `ReadableStream` is sent once and never retried.
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
        Self(js_sys::Uint8Array::from(bytes).into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(&*bytes)
    }
}

impl From<JsValue> for Body {
    fn from(value: JsValue) -> Self {
        Self(value)
    }
}

/// Shows nothing of the body: it may be a secret.
impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Body")
    }
}
