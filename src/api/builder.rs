//! What a client is told before it is built.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::client::Client;
use super::closures::{Auth, Outgoing, Progress, Retrying};
use super::error::Error;
use super::inputs::Kept;
use super::options::{RateLimit, request_options};
use super::response::{Response, settled};
use super::said::Said;

/// Options of a client: of its requests, which may have others of their own, and of its calls. Made by
/// [`Client::builder`] or [`Client::extend`].
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    said: Said,
    kept: Vec<Rc<dyn Kept>>,
    outer: Option<Client>,
}

impl ClientBuilder {
    pub(super) fn new(outer: Option<Client>) -> Self {
        Self { said: Said::default(), kept: Vec::new(), outer }
    }

    /// Checks it all.
    ///
    /// # Errors
    /// [`Error::Option`] names what is not as it may be.
    pub fn build(self) -> Result<Client, Error> {
        Client::build(self.outer, &self.said.to_js(), self.kept)
    }

    request_options!();

    /// Relative addresses are resolved against it; headers and authorization of the client go to its host only.
    pub fn base_url(mut self, url: &str) -> Self {
        self.said.put("baseUrl", url);
        self
    }

    /// Most requests in flight, each to the end of its body. Default 32, on Cloudflare Workers 6.
    pub fn concurrency(mut self, most: NonZeroU32) -> Self {
        self.said.put("concurrency", most.get());
        self
    }

    /// Most in flight to one host; hosts that wait are served in turn. Default no limit.
    pub fn concurrency_per_host(mut self, most: NonZeroU32) -> Self {
        self.said.put("concurrencyPerHost", most.get());
        self
    }

    /// Most starts in any interval. Default no limit.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.said.put("rateLimit.limit", limit.limit.get());
        self.said.put_time("rateLimit.interval", limit.interval);
        self.said.put("rateLimit.per", if limit.per_host { "host" } else { "client" });
        self
    }

    /// How long each call may take; what is unfinished then fails as [`Error::Timeout`]. Default no limit.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.said.put_time("deadline", limit);
        self
    }

    /// Most fetches that each call may start, retries included; what is left over fails as [`Error::Budget`].
    pub fn max_fetches(mut self, most: u32) -> Self {
        self.said.put("maxFetches", most);
        self
    }

    /// Whether identical GET and HEAD requests under way share one fetch. Default false.
    pub fn dedupe(mut self, share: bool) -> Self {
        self.said.put("dedupe", share);
        self
    }

    /// A closure that is told how far each call is: at most every 100 ms (see
    /// [`progress_interval`](Self::progress_interval)), and once at the end.
    pub fn on_progress(self, told: impl Fn(Progress) + 'static) -> Self {
        self.calling("onProgress", move |progress| {
            told(Progress::new(progress));
            JsValue::UNDEFINED
        })
    }

    /// How often at most.
    pub fn progress_interval(mut self, least: Duration) -> Self {
        self.said.put_time("progressInterval", least);
        self
    }

    /// A closure that is called before each attempt, with no slot held; it may set headers.
    pub fn before_request(self, hook: impl Fn(&Outgoing) + 'static) -> Self {
        self.calling("hooks.beforeRequest", move |context| {
            hook(&Outgoing::new(context));
            JsValue::UNDEFINED
        })
    }

    /// A closure that is called right before each retry.
    pub fn before_retry(self, hook: impl Fn(&Retrying) + 'static) -> Self {
        self.calling("hooks.beforeRetry", move |context| {
            hook(&Retrying::new(context));
            JsValue::UNDEFINED
        })
    }

    /// A closure that sees each result before it is handed out.
    pub fn on_result(self, hook: impl Fn(&Result<Response, Error>) + 'static) -> Self {
        self.calling("hooks.onResult", move |result| {
            hook(&settled(result));
            JsValue::UNDEFINED
        })
    }

    /// Your last word on a retry that limit and method allow: yes, no, or `None` for the rules.
    pub fn should_retry(self, ask: impl Fn(&Retrying) -> Option<bool> + 'static) -> Self {
        self.calling("retry.shouldRetry", move |context| {
            ask(&Retrying::new(context)).map_or(JsValue::UNDEFINED, Into::into)
        })
    }

    /// The wait before the retry of a number from 1, in place of the computed one; jittered like that.
    pub fn retry_delay(self, delay: impl Fn(u32) -> Duration + 'static) -> Self {
        self.calling("retry.delay", move |number| {
            let number = number.as_f64().unwrap_or_default() as u32;
            (delay(number).as_secs_f64() * 1000.0).into()
        })
    }

    /// Which statuses are failures; see [`http_errors`](Self::http_errors).
    pub fn http_errors_if(self, fail: impl Fn(u16) -> bool + 'static) -> Self {
        self.calling("throwHttpErrors", move |status| fail(status.as_f64().unwrap_or_default() as u16).into())
    }

    /// A closure that is asked for the authorization of each attempt; after a 401 once more for all that wait, with
    /// `true`, and the request is tried once more. An error fails the request as [`Error::Hook`].
    pub fn auth<F, E>(self, ask: impl Fn(bool) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Auth, E>> + 'static,
        E: Display,
    {
        self.calling("auth", move |context| {
            let refresh = js_sys::Reflect::get(&context, &"refresh".into()).is_ok_and(|refresh| refresh.is_truthy());
            let asked = ask(refresh);
            let given = async move {
                let auth = asked.await.map_err(|error| JsValue::from(js_sys::Error::new(&format!("{error}"))))?;
                Ok(auth.into_js())
            };
            wasm_bindgen_futures::future_to_promise(given).into()
        })
    }

    /// Any other option by JavaScript's (dotted) name: members of `RequestInit`, which are handed to `fetch` as they are,
    /// `fetch` itself, or `hooks.afterResponse`. One that is unknown is refused when it is built.
    pub fn option(mut self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.said.put_any(name, value.into(), "");
        self
    }

    /// A function of JavaScript's that calls a closure, for as long as the client lives.
    fn calling(mut self, option: &'static str, called: impl Fn(JsValue) -> JsValue + 'static) -> Self {
        let function = Closure::<dyn Fn(JsValue) -> JsValue>::new(called);
        self.said.put(option, function.as_ref());
        self.kept.push(Rc::new(function));
        self
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("ClientBuilder").field(&self.said).finish()
    }
}
