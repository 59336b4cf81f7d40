//! A request as it is built.

use wasm_bindgen::JsValue;

use super::bindings;
use super::body::Body;
use super::client::Client;
use super::options::request_options;
use super::settings::Settings;

/// A request: a URL, and options for this request alone. A `&str` or `String` converts into a GET request.
///
/// An invalid option (a header that cannot be sent, a timeout of zero) fails this request as
/// [`Error::Input`](crate::Error::Input), and no other.
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
    settings: Settings,
    client: Option<Client>,
}

impl Request {
    /// A request of any method. The URL may be relative if the client has a [base URL](crate::ClientBuilder::base_url).
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let mut settings = Settings::default();
        if method != "GET" {
            settings.set("method", method);
        }
        Self { url: url.into(), settings, client: None }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A HEAD request.
    pub fn head(url: impl Into<String>) -> Self {
        Self::new("HEAD", url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// A PUT request.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// A PATCH request.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// A DELETE request.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    request_options!();

    /// Sets the body. By default there is none; GET and HEAD requests cannot have one.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.settings.set("body", body.into().into_js());
        self
    }

    /// Sets a body of JSON, and the content type `application/json` unless a header says another. A value that JSON cannot
    /// represent fails the request.
    #[cfg(feature = "json")]
    pub fn json(mut self, value: &(impl serde::Serialize + ?Sized)) -> Self {
        match value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) {
            Ok(value) => self.settings.set("json", value),
            Err(error) => self.settings.set_invalid("json", format!("cannot be serialised: {error}")),
        }
        self
    }

    /// Attaches a value that comes back with the [result](crate::Response::tag).
    pub fn tag(mut self, tag: impl Into<JsValue>) -> Self {
        self.settings.set("tag", tag);
        self
    }

    /// Aborts this request when a JavaScript `AbortSignal` aborts. In Rust, drop the future or the stream instead.
    pub fn signal(mut self, signal: impl Into<JsValue>) -> Self {
        self.settings.set("signal", signal);
        self
    }

    /// Sets any other option of a request by its (dotted) JavaScript name: members of `RequestInit` such as `credentials`,
    /// `cache` or `redirect`, which are handed to `fetch` as they are. An unknown name fails the request.
    pub fn option(mut self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.settings.set_by_name(name, value.into());
        self
    }

    /// Makes this a request of a client, which [`send`](Self::send) uses.
    pub(super) fn of(self, client: &Client) -> Self {
        Self { client: Some(client.clone()), ..self }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Leaves the body unread, for a stream.
    pub(super) fn unread(mut self) -> Self {
        self.settings.set("responseType", "stream");
        self
    }

    /// Converts into an input of the boundary: a bare URL, or an object with options.
    pub(super) fn into_js(self) -> JsValue {
        if self.settings.is_empty() {
            return self.url.into();
        }
        let spec = self.settings.to_js();
        bindings::set_option(&spec, "url", &self.url.into());
        spec.into()
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

/// Shows neither values of options nor credentials in a URL: they are secrets.
impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = if self.url.contains('@') { "(with an @)" } else { &*self.url };
        formatter.debug_struct("Request").field("url", &url).field("options", &self.settings).finish_non_exhaustive()
    }
}
