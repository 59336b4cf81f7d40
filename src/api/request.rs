//! One request, as it is built.

use wasm_bindgen::JsValue;

use super::body::StreamedResponse;
use super::call;
use super::client::Client;
use super::error::Error;
use super::options::request_options;
use super::response::Response;
use super::said::Said;

/// A request: an address, and what applies to it alone. A `&str` or `String` becomes one where a list of them is wanted.
///
/// What is wrong with it (a header that cannot be sent, a timeout of nothing) fails this request, as [`Error::Input`],
/// and no other.
///
/// ```no_run,standalone_crate
/// # async fn run() -> Result<(), fanfetch::Error> {
/// use fanfetch::Request;
///
/// let saved = Request::put("https://api.example.com/orders/7")
///     .header("idempotency-key", "7")
///     .body("tea")
///     .send()
///     .await?;
/// # let _ = saved; Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    url: String,
    said: Said,
    client: Option<Client>,
}

/// The body of a request: text or bytes; or whatever else `fetch` takes, as a `JsValue`. Kept, and sent anew with each
/// attempt; a bare `ReadableStream` is sent once and never retried.
#[derive(Clone)]
pub struct Body(JsValue);

impl Request {
    /// Of any method. The URL may be relative, where the client has a base.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let mut said = Said::default();
        if method != "GET" {
            said.put("method", method);
        }
        Self { url: url.into(), said, client: None }
    }

    /// GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// HEAD.
    pub fn head(url: impl Into<String>) -> Self {
        Self::new("HEAD", url)
    }

    /// POST.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// PUT.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// PATCH.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// DELETE.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    request_options!();

    /// What is sent with it.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.said.put("body", body.into().0);
        self
    }

    /// A body of JSON, with its content type unless a header says another. A value that JSON cannot say fails the request.
    #[cfg(feature = "json")]
    pub fn json(mut self, value: &(impl serde::Serialize + ?Sized)) -> Self {
        match value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) {
            Ok(value) => self.said.put("json", value),
            Err(error) => self.said.refuse("json", format!("cannot be serialised: {error}")),
        }
        self
    }

    /// Anything of yours, that comes back with the [result](Response::tag).
    pub fn tag(mut self, tag: impl Into<JsValue>) -> Self {
        self.said.put("tag", tag);
        self
    }

    /// Ends this request when an `AbortSignal` of JavaScript's aborts. In Rust, drop the future or the stream instead.
    pub fn signal(mut self, signal: impl Into<JsValue>) -> Self {
        self.said.put("signal", signal);
        self
    }

    /// Any other option of a request by JavaScript's (dotted) name: members of `RequestInit` such as `credentials`,
    /// `cache` or `redirect`, which are handed to `fetch` as they are.
    pub fn option(mut self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.said.put_any(name, value.into(), "signal");
        self
    }

    /// Sends it: by the client that made it, else by one of its own. Dropping the future aborts it.
    ///
    /// # Errors
    /// Why there is no success.
    pub fn send(mut self) -> impl Future<Output = Result<Response, Error>> + 'static {
        let client = self.client.take();
        call::single(client.unwrap_or_default(), self)
    }

    /// Sends it, and gives the response as soon as its headers are there: the body is a stream.
    ///
    /// # Errors
    /// Why there is no success.
    pub fn stream(mut self) -> impl Future<Output = Result<StreamedResponse, Error>> + 'static {
        let client = self.client.take();
        call::streamed(client.unwrap_or_default(), self)
    }

    pub(super) fn unread(mut self) -> Self {
        self.said.put("responseType", "stream");
        self
    }

    pub(super) fn of(client: &Client, method: &str, url: impl Into<String>) -> Self {
        Self { client: Some(client.clone()), ..Self::new(method, url) }
    }

    /// As the boundary takes it: a bare address, or an object.
    pub(super) fn into_js(self) -> JsValue {
        if self.said.is_empty() {
            return self.url.into();
        }
        let spec = self.said.to_js();
        super::js::put(&spec, "url", &self.url.into());
        spec.into()
    }
}

/// An address may hold credentials, and options secrets.
impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = if self.url.contains('@') { "(with an @)" } else { &*self.url };
        formatter.debug_struct("Request").field("url", &url).field("options", &self.said).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Body")
    }
}

impl From<&str> for Request {
    fn from(url: &str) -> Self {
        Self::get(url)
    }
}

impl From<&String> for Request {
    fn from(url: &String) -> Self {
        Self::get(url)
    }
}

impl From<String> for Request {
    fn from(url: String) -> Self {
        Self::get(url)
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
