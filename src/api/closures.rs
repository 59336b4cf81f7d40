//! Closures of the user's, and what they are told.

use std::time::Duration;

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::error::Error;
use super::js::{self, Fault, Headers};
use super::response::duration;

#[wasm_bindgen]
extern "C" {
    type Context;
    #[wasm_bindgen(method, getter)]
    fn request(this: &Context) -> Sent;
    #[wasm_bindgen(method, getter)]
    fn attempt(this: &Context) -> u32;
    #[wasm_bindgen(method, getter)]
    fn error(this: &Context) -> Fault;
    #[wasm_bindgen(method, getter)]
    fn delay(this: &Context) -> f64;

    type Sent;
    #[wasm_bindgen(method, getter)]
    fn url(this: &Sent) -> String;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Sent) -> String;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Sent) -> Headers;

    type Told;
    #[wasm_bindgen(method, getter)]
    fn started(this: &Told) -> u32;
    #[wasm_bindgen(method, getter)]
    fn total(this: &Told) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    fn succeeded(this: &Told) -> u32;
    #[wasm_bindgen(method, getter)]
    fn failed(this: &Told) -> u32;
    #[wasm_bindgen(method, getter, js_name = inFlight)]
    fn in_flight(this: &Told) -> u32;
    #[wasm_bindgen(method, getter)]
    fn queued(this: &Told) -> u32;
    #[wasm_bindgen(method, getter)]
    fn retries(this: &Told) -> u32;
    #[wasm_bindgen(method, getter)]
    fn bytes(this: &Told) -> f64;
    #[wasm_bindgen(method, getter)]
    fn rate(this: &Told) -> f64;
    #[wasm_bindgen(method, getter)]
    fn eta(this: &Told) -> Option<f64>;
}

/// What a request says of who sends it.
#[derive(Clone)]
pub struct Auth(Login);

#[derive(Clone)]
enum Login {
    Bearer(String),
    Basic(String, String),
}

/// A request that is about to be sent, as [`before_request`](crate::ClientBuilder::before_request) sees it.
pub struct Outgoing(Context);

/// A failed attempt that may be followed by another.
pub struct Retrying(Context);

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Requests taken so far.
    pub started: u32,
    /// How many there are, where their iterator says so.
    pub total: Option<u32>,
    /// Requests that came to a success.
    pub succeeded: u32,
    /// Requests that came to an error.
    pub failed: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests that were taken and are not in flight.
    pub queued: u32,
    /// Attempts beyond the first, of requests that are over.
    pub retries: u32,
    /// Decoded body bytes read.
    pub bytes: u64,
    /// Finished per second.
    pub rate: f64,
    /// Time to go, where the total is known.
    pub eta: Option<Duration>,
}

impl Auth {
    /// A token.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self(Login::Bearer(token.into()))
    }

    /// A user name and a password.
    #[must_use]
    pub fn basic(username: &str, password: &str) -> Self {
        Self(Login::Basic(username.into(), password.into()))
    }

    pub(super) fn into_js(self) -> JsValue {
        let object = Object::new();
        match self.0 {
            Login::Bearer(token) => js::put(&object, "bearer", &token.into()),
            Login::Basic(username, password) => {
                js::put(&object, "username", &username.into());
                js::put(&object, "password", &password.into());
            }
        }
        object.into()
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self.0 {
            Login::Bearer(_) => "Auth::Bearer",
            Login::Basic(..) => "Auth::Basic",
        })
    }
}

impl Outgoing {
    pub(super) fn new(context: JsValue) -> Self {
        Self(context.unchecked_into())
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.request().url()
    }

    /// Its method, in upper case.
    #[must_use]
    pub fn method(&self) -> String {
        self.0.request().method()
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt()
    }

    /// Sets a header for this attempt. One that cannot be sent throws, which fails the request as [`Error::Hook`].
    pub fn set_header(&self, name: &str, value: &str) {
        self.0.request().headers().set(name, value);
    }

    /// The `Request` of JavaScript's.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.0.request().into()
    }
}

impl Retrying {
    pub(super) fn new(context: JsValue) -> Self {
        Self(context.unchecked_into())
    }

    /// Attempts so far.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt()
    }

    /// What the last one failed with.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::of(self.0.error(), None)
    }

    /// The wait before the next.
    #[must_use]
    pub fn delay(&self) -> Duration {
        duration(self.0.delay())
    }
}

impl Progress {
    pub(super) fn new(told: JsValue) -> Self {
        let told: Told = told.unchecked_into();
        Self {
            started: told.started(),
            total: told.total(),
            succeeded: told.succeeded(),
            failed: told.failed(),
            in_flight: told.in_flight(),
            queued: told.queued(),
            retries: told.retries(),
            bytes: told.bytes() as u64,
            rate: told.rate(),
            eta: told.eta().map(duration),
        }
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Outgoing").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Retrying {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Retrying").field("attempt", &self.attempt()).finish_non_exhaustive()
    }
}
