//! Options of a client, until it is built.

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::auth::Auth;
use super::client::Client;
use super::error::Error;
use super::hooks::{RequestContext, RetryContext};
use super::options::request_options;
use super::progress::Progress;
use super::rate_limit::RateLimit;
use super::response::Response;
use super::settings::{KeepAlive, Settings};

/// Options of a client: defaults for its requests, and limits for its calls. Made by [`Client::builder`] or
/// [`Client::extend`].
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    settings: Settings,
    closures: Vec<Rc<dyn KeepAlive>>,
    outer: Option<Client>,
}

impl Client {
    /// A client with the defaults: 32 requests in flight (6 on Cloudflare Workers), 10 seconds for each attempt, 2 retries.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect_throw("the defaults are valid")
    }

    /// A builder of a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { settings: Settings::default(), closures: Vec::new(), outer: None }
    }

    /// A builder of a client with more options over this one's, inside the same limits. Limits of its own hold beside them;
    /// a base URL of its own is the origin to which headers and credentials go.
    pub fn extend(&self) -> ClientBuilder {
        ClientBuilder { outer: Some(self.clone()), ..Self::builder() }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientBuilder {
    /// Checks all options and makes the client.
    ///
    /// # Errors
    /// [`Error::Option`] names the first option that is invalid.
    pub fn build(self) -> Result<Client, Error> {
        Client::build(self.outer, &self.settings.to_js(), self.closures)
    }

    request_options!();

    /// Sets the base URL: relative URLs are resolved against it, and headers and credentials of the client go to its origin
    /// alone.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.settings.set("baseUrl", url.as_ref());
        self
    }

    /// Limits the requests in flight, each until the end of its body. Default 32, on Cloudflare Workers 6; zero is an error.
    pub fn concurrency(mut self, limit: u32) -> Self {
        self.settings.set("concurrency", limit);
        self
    }

    /// Limits the requests in flight to one host; waiting hosts are served in turn. Default no limit; zero is an error.
    pub fn concurrency_per_host(mut self, limit: u32) -> Self {
        self.settings.set("concurrencyPerHost", limit);
        self
    }

    /// Limits the starts per interval. Default no limit.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.settings.set("rateLimit.limit", limit.limit);
        self.settings.set_millis("rateLimit.interval", limit.interval);
        self.settings.set("rateLimit.per", if limit.per_host { "host" } else { "client" });
        self
    }

    /// Limits the time of each call; unfinished requests then fail as [`Error::Timeout`]. Default no limit.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.settings.set_millis("deadline", limit);
        self
    }

    /// Limits the fetches of each call, retries included; the requests left over fail as [`Error::Budget`]. Default no
    /// limit.
    pub fn max_fetches(mut self, limit: u32) -> Self {
        self.settings.set("maxFetches", limit);
        self
    }

    /// Aborts the calls of this client when a signal aborts: their unfinished requests fail as [`Error::Aborted`]. With
    /// [`extend`](Client::extend), that is a signal for a single call.
    pub fn signal(mut self, signal: &AbortSignal) -> Self {
        self.settings.set("signal", signal);
        self
    }

    /// Sets whether identical GET and HEAD requests in flight share one fetch. Default false.
    pub fn dedupe(mut self, share: bool) -> Self {
        self.settings.set("dedupe", share);
        self
    }

    /// Sets a closure that gets the progress of each call: at most once per
    /// [`progress_interval`](Self::progress_interval), and once at the end.
    pub fn on_progress(self, callback: impl Fn(Progress) + 'static) -> Self {
        self.callback("onProgress", move |progress| {
            callback(Progress::from_js(progress));
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Sets the shortest time between two calls of [`on_progress`](Self::on_progress). Default 100 ms.
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.settings.set_millis("progressInterval", interval);
        self
    }

    /// Adds a closure that is called before each attempt, while the request holds no slot; it may set headers.
    pub fn before_request(self, hook: impl Fn(&RequestContext) + 'static) -> Self {
        self.callback("hooks.beforeRequest", move |context| {
            let context = RequestContext::from_js(context);
            hook(&context);
            context.finish().map(|()| JsValue::UNDEFINED)
        })
    }

    /// Adds a closure that is called right before each retry.
    pub fn before_retry(self, hook: impl Fn(&RetryContext) + 'static) -> Self {
        self.callback("hooks.beforeRetry", move |context| {
            hook(&RetryContext::from_js(context));
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Adds a closure that gets each result before it is handed out.
    pub fn on_result(self, hook: impl Fn(&Result<Response, Error>) + 'static) -> Self {
        self.callback("hooks.onResult", move |result| {
            hook(&Response::from_js(result.unchecked_into()));
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Sets a closure that decides on each retry that limit and method allow: yes, no, or `None` for the rules.
    pub fn should_retry(self, decide: impl Fn(&RetryContext) -> Option<bool> + 'static) -> Self {
        self.callback("retry.shouldRetry", move |context| {
            Ok(decide(&RetryContext::from_js(context)).map_or(JsValue::UNDEFINED, Into::into))
        })
    }

    /// Sets a closure that gives the wait before a retry, by its number from 1, instead of the computed one. Jitter applies
    /// to it as well.
    pub fn retry_delay(self, delay: impl Fn(u32) -> Duration + 'static) -> Self {
        self.callback("retry.delay", move |number| {
            let number = number.as_f64().unwrap_or_default() as u32;
            Ok((delay(number).as_secs_f64() * 1000.0).into())
        })
    }

    /// Sets a closure that decides which statuses are failures; see [`http_errors`](Self::http_errors).
    pub fn http_errors_if(self, is_failure: impl Fn(u16) -> bool + 'static) -> Self {
        self.callback(
            "throwHttpErrors",
            move |status| Ok(is_failure(status.as_f64().unwrap_or_default() as u16).into()),
        )
    }

    /// Sets a closure that gives the credentials of each attempt. After a 401 it is called once more for all waiting
    /// requests, with `true`, and each is sent once more. An error of the closure fails the request as [`Error::Hook`].
    ///
    /// ```no_run,standalone_crate
    /// # async fn token(_: bool) -> Result<String, fanfetch::Error> { Ok(String::new()) }
    /// # fn run() -> Result<(), fanfetch::Error> {
    /// use fanfetch::{Auth, Client, Error};
    ///
    /// let api = Client::builder()
    ///     .base_url("https://api.example.com/v1/")
    ///     .auth(async |refresh| Ok::<_, Error>(Auth::bearer(token(refresh).await?)))
    ///     .build()?;
    /// # let _ = api; Ok(()) }
    /// ```
    pub fn auth<F, E>(self, credentials: impl Fn(bool) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Auth, E>> + 'static,
        E: Display,
    {
        self.callback("auth", move |context| {
            let refresh = js_sys::Reflect::get(&context, &"refresh".into()).is_ok_and(|refresh| refresh.is_truthy());
            let auth = credentials(refresh);
            let auth = async move {
                let auth = auth.await.map_err(|error| JsValue::from(js_sys::Error::new(&format!("{error}"))))?;
                Ok(auth.into_js())
            };
            Ok(wasm_bindgen_futures::future_to_promise(auth).into())
        })
    }

    /// Sets any other option by its (dotted) JavaScript name: members of `RequestInit`, which are handed to `fetch` as they
    /// are, `fetch` itself, or `hooks.afterResponse`. An unknown name is an error of [`build`](Self::build).
    pub fn option(mut self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.settings.set_by_name(name, value.into());
        self
    }

    /// Sets an option to a JavaScript function that calls a closure, as long as the client lives.
    fn callback(
        mut self,
        option: &'static str,
        closure: impl Fn(JsValue) -> Result<JsValue, JsValue> + 'static,
    ) -> Self {
        let function = Closure::<dyn Fn(JsValue) -> Result<JsValue, JsValue>>::new(closure);
        self.settings.set(option, function.as_ref());
        self.closures.push(Rc::new(function));
        self
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("ClientBuilder").field(&self.settings).finish()
    }
}
