//! A client: options, and the state that its calls share.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::core::admission::ROOT;
use crate::js::{Gate, Options, WebHost};
use crate::pipeline::batch::Batch;

use super::bindings;
use super::error::Error;
use super::settings::KeepAlive;
use super::stats::Stats;

/// Options, limits and connections, shared by all calls. Clones are cheap and are the same client.
///
/// On Cloudflare Workers no wait may be shared by two invocations. There each call has slots and a queue of its own, and
/// shares the client's rate limit alone; [`stats`](Self::stats), [`pause`](Self::pause) and the like see no call, and
/// [`close`](Self::close) ends the calls that begin after it.
///
/// ```no_run,standalone_crate
/// # #[cfg(feature = "json")]
/// # async fn run() -> Result<(), fanfetch::Error> {
/// use std::time::Duration;
/// use fanfetch::{Client, Retry};
///
/// #[derive(serde::Deserialize)]
/// struct User { name: String }
///
/// let api = Client::builder()
///     .base_url("https://api.example.com/v1/")
///     .bearer_auth("token")
///     .concurrency_per_host(6)
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
    has_signals: bool,
    gate: Rc<Gate>,
    outer: Option<Client>,
    closed: Cell<bool>,
    /// Running calls of this client and of the clients derived from it.
    batches: RefCell<Vec<Weak<Batch<WebHost>>>>,
    _closures: Vec<Rc<dyn KeepAlive>>,
}

impl Client {
    /// Statistics of all requests so far, also of clients derived from this one.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.0.gate.scope)
    }

    /// Changes the limit of requests in flight, also for requests that wait already. Zero counts as 1.
    pub fn set_concurrency(&self, limit: u32) {
        self.0.gate.scope.set_concurrency(self.0.gate.id, limit.max(1));
    }

    /// Starts no request until [`resume`](Self::resume). Requests in flight go on.
    pub fn pause(&self) {
        self.0.gate.scope.set_paused(true);
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.0.gate.scope.set_paused(false);
    }

    /// Fails all waiting requests as [`Error::Aborted`], not those in flight; returns their number.
    pub fn cancel_queued(&self) -> u32 {
        self.0.gate.scope.cancel_queued()
    }

    /// Aborts all requests, of clients derived from this one too; these and all later ones fail as [`Error::Closed`].
    /// Requests that an iterator or stream of unknown length still has are not taken from it, and have no result.
    pub fn close(&self) {
        self.0.closed.set(true);
        let batches = self.0.batches.take();
        batches.iter().filter_map(Weak::upgrade).for_each(|batch| batch.close());
    }

    pub(super) fn build(outer: Option<Self>, given: &Object, closures: Vec<Rc<dyn KeepAlive>>) -> Result<Self, Error> {
        // Before the options: on Cloudflare Workers the default concurrency is another.
        bindings::is_isolated();
        let options = bindings::merge_options(outer.as_ref().map(|outer| &outer.0.options), given)
            .map_err(|error| Error::from_js(error.unchecked_into(), None))?;
        let gate = match &outer {
            None => Gate::outermost(&options, true),
            Some(outer) => Gate::inside(&outer.0.gate, &options),
        };
        let (closed, batches) = (Cell::new(false), RefCell::default());
        let has_signals = options.signalled() > 0.0;
        Ok(Self(Rc::new(Inner { options, has_signals, gate, outer, closed, batches, _closures: closures })))
    }

    /// The limits and options of a call that begins now, at a level of the option tables.
    pub(super) fn enter(&self, level: &str) -> (Rc<Gate>, Options) {
        let (gate, options) = if bindings::is_isolated() {
            let options = self.0.options.isolated();
            (self.isolated_gate(&options.own_hosts()), options)
        } else {
            (Rc::clone(&self.0.gate), self.0.options.clone())
        };
        (gate, options.over(&JsValue::UNDEFINED, level).expect_throw("no options are given at this level"))
    }

    pub(super) fn has_signals(&self) -> bool {
        self.0.has_signals
    }

    /// Limits of one call alone. Only a rate limit is shared with the other calls.
    fn isolated_gate(&self, hosts: &JsValue) -> Rc<Gate> {
        let options = self.0.options.isolated_with(hosts);
        let outer = self.0.outer.as_ref().map(|outer| outer.isolated_gate(hosts));
        let gate = match &outer {
            None => Gate::outermost(&options, false),
            Some(outer) => Gate::inside(outer, &options),
        };
        if !outer.is_some_and(|outer| Rc::ptr_eq(&outer, &gate)) {
            gate.keep_pace(&self.0.gate);
        }
        gate
    }

    /// Closes a call when this client is closed, or at once if it is closed already.
    pub(super) fn watch(&self, batch: &Rc<Batch<WebHost>>) {
        let mut next = Some(self);
        while let Some(client) = next {
            if client.0.closed.get() {
                batch.close();
            }
            // Isolated calls belong to different invocations, which must not wake each other.
            if !bindings::is_isolated() {
                let mut batches = client.0.batches.borrow_mut();
                batches.retain(|other| other.strong_count() > 0);
                batches.push(Rc::downgrade(batch));
            }
            next = client.0.outer.as_ref();
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let derived = self.0.gate.id != ROOT;
        formatter.debug_struct("Client").field("derived", &derived).finish_non_exhaustive()
    }
}
