//! A client: options, and what its calls share.

use std::cell::{Cell, RefCell};
use std::num::NonZeroU32;
use std::rc::{Rc, Weak};

use futures_core::Stream;
use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::core::admission::ROOT;
use crate::js::{Gate, Options, WebHost};
use crate::pipeline::batch::Batch;

use super::builder::ClientBuilder;
use super::call::{self, Kind};
use super::error::Error;
use super::inputs::{Inputs, Kept};
use super::js;
use super::request::Request;
use super::response::Response;
use super::stats::Stats;
use super::stream::Fetches;

/// Options, limits, and what is known of hosts, shared by all its calls. Cheap to clone; each clone is the same client.
///
/// On Cloudflare Workers nothing that waits may cross from one invocation into another: there each call has slots and a
/// queue of its own, and keeps with the others to the client's rate alone. [`stats`](Self::stats) and the switches see none
/// of them, and [`close`](Self::close) ends those that come.
///
/// ```no_run,standalone_crate
/// # #[cfg(feature = "json")]
/// # async fn run() -> Result<(), fanfetch::Error> {
/// use std::num::NonZeroU32;
/// use std::time::Duration;
/// use fanfetch::{Client, Retry};
///
/// #[derive(serde::Deserialize)]
/// struct User { name: String }
///
/// const MOST: NonZeroU32 = NonZeroU32::new(6).unwrap();
///
/// let api = Client::builder()
///     .base_url("https://api.example.com/v1/")
///     .bearer_auth("token")
///     .concurrency_per_host(MOST)
///     .timeout(Duration::from_secs(5))
///     .retry(Retry::new().limit(4))
///     .build()?;
///
/// let user: User = api.get("users/1").send().await?.json()?;
/// for result in api.fetch_all((2..300).map(|id| format!("users/{id}"))).await {
///     match result {
///         Ok(response) => println!("{}: {}", response.url(), response.json::<User>()?.name),
///         Err(error) => println!("{error} ({})", error.code()),
///     }
/// }
/// # let _ = user.name; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    options: Options,
    gate: Rc<Gate>,
    outer: Option<Client>,
    closed: Cell<bool>,
    /// Its calls and those of the clients derived from it, as long as they run.
    batches: RefCell<Vec<Weak<Batch<WebHost>>>>,
    _kept: Vec<Rc<dyn Kept>>,
}

/// Fetches every request with the defaults, see [`Client::fetch_all`].
pub fn fetch_all<I>(requests: I) -> impl Future<Output = Vec<Result<Response, Error>>> + 'static
where
    I: IntoIterator<Item: Into<Request>, IntoIter: 'static>,
{
    call::all(Client::new(), Inputs::many(requests))
}

/// Fetches every request with the defaults, result by result, see [`Client::fetch_each`].
pub fn fetch_each<I>(requests: I) -> Fetches
where
    I: IntoIterator<Item: Into<Request>, IntoIter: 'static>,
{
    Client::new().fetch_each(requests)
}

/// Fetches one URL with the defaults.
///
/// # Errors
/// Why there is no success.
pub fn get(url: impl Into<String>) -> impl Future<Output = Result<Response, Error>> + 'static {
    Request::get(url).send()
}

impl Client {
    /// With the defaults: 32 requests in flight (6 on Cloudflare Workers), 10 seconds for each attempt, 2 retries.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect_throw("the defaults are what they may be")
    }

    /// To say what else shall hold.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new(None)
    }

    /// A client with more options over this one's, inside the same limits. Its own limits hold beside them; where it has a
    /// base URL of its own, that is the host to which headers and authorization go.
    pub fn extend(&self) -> ClientBuilder {
        ClientBuilder::new(Some(self.clone()))
    }

    /// A GET request.
    pub fn get(&self, url: impl Into<String>) -> Request {
        Request::of(self, "GET", url)
    }

    /// A HEAD request.
    pub fn head(&self, url: impl Into<String>) -> Request {
        Request::of(self, "HEAD", url)
    }

    /// A POST request.
    pub fn post(&self, url: impl Into<String>) -> Request {
        Request::of(self, "POST", url)
    }

    /// A PUT request.
    pub fn put(&self, url: impl Into<String>) -> Request {
        Request::of(self, "PUT", url)
    }

    /// A PATCH request.
    pub fn patch(&self, url: impl Into<String>) -> Request {
        Request::of(self, "PATCH", url)
    }

    /// A DELETE request.
    pub fn delete(&self, url: impl Into<String>) -> Request {
        Request::of(self, "DELETE", url)
    }

    /// Sends a request. Dropping the future aborts it.
    ///
    /// # Errors
    /// Why there is no success.
    pub fn send(&self, request: impl Into<Request>) -> impl Future<Output = Result<Response, Error>> + 'static {
        call::single(self.clone(), request.into())
    }

    /// Fetches every request, and gives one result for each, in their order: a failure is one of them. Requests are taken
    /// from the iterator only as slots become free, so it has to own what it gives. Dropping the future aborts what is in
    /// flight.
    pub fn fetch_all<I>(&self, requests: I) -> impl Future<Output = Vec<Result<Response, Error>>> + 'static
    where
        I: IntoIterator<Item: Into<Request>, IntoIter: 'static>,
    {
        call::all(self.clone(), Inputs::many(requests))
    }

    /// The same, result by result, for iterators of any length. To end all with the first failure, leave the loop with it,
    /// or `try_collect`.
    pub fn fetch_each<I>(&self, requests: I) -> Fetches
    where
        I: IntoIterator<Item: Into<Request>, IntoIter: 'static>,
    {
        Fetches::new(self, Inputs::many(requests))
    }

    /// The same for requests that come by and by.
    pub fn fetch_from(&self, requests: impl Stream<Item: Into<Request>> + 'static) -> Fetches {
        Fetches::new(self, Inputs::later(requests))
    }

    /// What became of its requests so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.0.gate.scope)
    }

    /// Another concurrency from now on, also for those who wait.
    pub fn set_concurrency(&self, most: NonZeroU32) {
        self.0.gate.scope.set_concurrency(self.0.gate.id, most.get());
    }

    /// Starts nothing until it is resumed.
    pub fn pause(&self) {
        self.0.gate.scope.set_paused(true);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.0.gate.scope.set_paused(false);
    }

    /// Fails all that waits (and not what is in flight) as [`Error::Aborted`]; how many that were.
    pub fn cancel_queued(&self) -> u32 {
        self.0.gate.scope.cancel_queued()
    }

    /// Aborts everything, which fails as [`Error::Closed`], as do later requests, also of clients derived from this one. Of
    /// iterators and streams whose length nobody knows, what was not taken yet has no result.
    pub fn close(&self) {
        self.0.closed.set(true);
        let batches = self.0.batches.take();
        batches.iter().filter_map(Weak::upgrade).for_each(|batch| batch.close());
    }

    pub(super) fn build(outer: Option<Self>, given: &Object, kept: Vec<Rc<dyn Kept>>) -> Result<Self, Error> {
        js::is_apart();
        let options = js::merge(outer.as_ref().map(|outer| &outer.0.options), given)
            .map_err(|error| Error::of(error.unchecked_into(), None))?;
        let gate = match &outer {
            None => Gate::outermost(&options, true),
            Some(outer) => Gate::inside(&outer.0.gate, &options),
        };
        let (closed, batches) = (Cell::new(false), RefCell::default());
        Ok(Self(Rc::new(Inner { options, gate, outer, closed, batches, _kept: kept })))
    }

    /// The limits of a call that begins now, and its options.
    pub(super) fn enter(&self, kind: Kind) -> (Rc<Gate>, Options) {
        let level = match kind {
            Kind::Single => "one",
            Kind::All => "call",
            Kind::Each { .. } => "each",
        };
        let (gate, options) = if js::is_apart() {
            let options = self.0.options.apart();
            (self.gate_apart(&options.own_hosts()), options)
        } else {
            (Rc::clone(&self.0.gate), self.0.options.clone())
        };
        (gate, options.over(&JsValue::UNDEFINED, level).expect_throw("nothing is said at this level"))
    }

    /// A set of limits that nobody else stands behind; to a rate all calls keep together.
    fn gate_apart(&self, hosts: &JsValue) -> Rc<Gate> {
        let options = self.0.options.apart_with(hosts);
        let outer = self.0.outer.as_ref().map(|outer| outer.gate_apart(hosts));
        let gate = match &outer {
            None => Gate::outermost(&options, false),
            Some(outer) => Gate::inside(outer, &options),
        };
        if !outer.is_some_and(|outer| Rc::ptr_eq(&outer, &gate)) {
            gate.keep_pace(&self.0.gate);
        }
        gate
    }

    /// Closes the batch with the client, or at once.
    pub(super) fn watch(&self, batch: &Rc<Batch<WebHost>>) {
        let mut next = Some(self);
        while let Some(client) = next {
            if client.0.closed.get() {
                batch.close();
            }
            // Where calls are apart, none may be woken from another.
            if !js::is_apart() {
                let mut batches = client.0.batches.borrow_mut();
                batches.retain(|other| other.strong_count() > 0);
                batches.push(Rc::downgrade(batch));
            }
            next = client.0.outer.as_ref();
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let derived = self.0.gate.id != ROOT;
        formatter.debug_struct("Client").field("derived", &derived).finish_non_exhaustive()
    }
}
