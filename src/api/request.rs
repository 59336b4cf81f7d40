//! A request as it is built.

use std::any::Any;

use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, UrlSearchParams};

use super::bindings;
use super::body::Body;
use super::client::Client;
use super::options::request_options;
use super::pair::Pair;
use super::settings::Settings;
use super::tag::Tag;

/// A request: a URL, and options for this request alone. A `&str` or `String` converts into a GET request, and a
/// `web_sys::Request` into one with its method, headers, body and signal; its body can be sent only once.
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
    target: Target,
    settings: Settings,
    tag: Option<Tag>,
    client: Option<Client>,
}

#[derive(Clone)]
enum Target {
    Url(String),
    Request(web_sys::Request),
}

impl Request {
    /// A request of any method. The URL may be relative if the client has a [base URL](crate::ClientBuilder::base_url).
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let mut request = Self::to(Target::Url(url.into()));
        if method != "GET" {
            request.settings.set("method", method);
        }
        request
    }

    fn to(target: Target) -> Self {
        Self { target, settings: Settings::default(), tag: None, client: None }
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

    /// Sets a body of names and values as an HTML form sends them, `application/x-www-form-urlencoded`.
    ///
    /// ```no_run,standalone_crate
    /// let request = fanfetch::Request::post("https://shop.example.com/orders").form([("item", "tea"), ("grams", "100")]);
    /// ```
    pub fn form(self, pairs: impl IntoIterator<Item: Pair>) -> Self {
        let form = UrlSearchParams::new().unwrap_throw();
        for pair in pairs {
            let (name, value) = pair.into_pair();
            form.append(&name, &value);
        }
        self.body(form)
    }

    /// Attaches a value of any type, which comes back with the [response](crate::Response::tag) or the
    /// [error](crate::Error::tag).
    ///
    /// ```no_run,standalone_crate
    /// # async fn run() {
    /// use fanfetch::Request;
    ///
    /// struct Order { id: u32 }
    ///
    /// let orders = [Order { id: 7 }, Order { id: 8 }];
    /// let requests = orders.map(|order| Request::get(format!("https://api.example.com/orders/{}", order.id)).tag(order));
    /// for response in fanfetch::fetch_all(requests).await.into_iter().flatten() {
    ///     let order = response.tag::<Order>().expect("each request has one");
    ///     println!("{}: {}", order.id, response.text());
    /// }
    /// # }
    /// ```
    pub fn tag(mut self, tag: impl Any) -> Self {
        let tag = Tag::new(tag);
        self.settings.set("tag", tag.number());
        self.tag = Some(tag);
        self
    }

    /// Aborts this request, as [`Error::Aborted`](crate::Error::Aborted), when a signal aborts. To abort from Rust, drop the
    /// future or the stream instead.
    pub fn signal(mut self, signal: &AbortSignal) -> Self {
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

    pub(super) fn take_tag(&mut self) -> Option<Tag> {
        self.tag.take()
    }

    /// Converts into an input of the boundary: a bare URL or `Request`, or an object with options.
    pub(super) fn into_js(self) -> JsValue {
        let target = match self.target {
            Target::Url(url) => url.into(),
            Target::Request(request) => request.into(),
        };
        if self.settings.is_empty() {
            return target;
        }
        let spec = self.settings.to_js();
        bindings::set_option(&spec, "url", &target);
        spec.into()
    }
}

/// Options can be set over those of the request, except for a body and a query: they fail the request.
impl From<web_sys::Request> for Request {
    fn from(request: web_sys::Request) -> Self {
        Self::to(Target::Request(request))
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
        let url = match &self.target {
            Target::Url(url) if url.contains('@') => "(with an @)",
            Target::Url(url) => url,
            Target::Request(_) => "(of a web_sys::Request)",
        };
        formatter.debug_struct("Request").field("url", &url).field("options", &self.settings).finish_non_exhaustive()
    }
}
