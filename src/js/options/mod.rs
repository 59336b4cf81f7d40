//! Options as the engine takes them, read from those that `options.js` has checked and merged. An option that is not given
//! has the default of the core.

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::admission::{Limits, Rate};
use crate::core::backoff::Backoff;
use crate::core::policy::{Policy, Timeout};
use crate::core::rate_limit::RateLimit;
use crate::core::retry::RetryPolicy;
use crate::pipeline::batch::BatchOptions;

use crate::js::clock::today;
use crate::js::input::hosts::Hosts;
use crate::js::protocol::*;

#[wasm_bindgen]
extern "C" {
    /// Options of sending that JavaScript alone knows.
    pub(crate) type RequestTemplate;
    #[wasm_bindgen(method)]
    pub(in crate::js) fn traits(this: &RequestTemplate) -> f64;

    /// Layers of options, merged.
    #[derive(Clone, Debug)]
    pub type Options;
    #[wasm_bindgen(method)]
    fn number(this: &Options, place: f64) -> f64;
    #[wasm_bindgen(method)]
    fn status(this: &Options, list: f64, place: f64) -> f64;
    #[wasm_bindgen(method, getter, js_name = asksShouldRetry)]
    fn asks_should_retry(this: &Options) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn template(this: &Options) -> RequestTemplate;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn hosts(this: &Options) -> Hosts;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signalled(this: &Options) -> f64;
    #[wasm_bindgen(method, getter)]
    fn progresses(this: &Options) -> f64;
}

/// All of them; NaN where nobody said anything. Read in one loop, since each way into JavaScript weighs.
struct Numbers([f64; OPTION_NUMBERS.len()]);

const FLAGS: &[bool] = &[false, true];

/// Rules of one request.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    /// True if `shouldRetry` decides about retries.
    pub(crate) asks_should_retry: bool,
    /// Deadline of the call that the request belongs to.
    pub(crate) deadline: Millis,
}

impl Rules {
    pub(crate) fn of(options: &Options, deadline: Millis) -> Self {
        let numbers = Numbers::of(options);
        let otherwise = Policy::default();
        let (timeout, retry) = (otherwise.timeout, otherwise.retry);
        let timeout = Timeout {
            attempt: numbers.get(OptionNumber::TimeoutAttempt, timeout.attempt),
            headers: numbers.get(OptionNumber::TimeoutHeaders, timeout.headers),
            idle: numbers.get(OptionNumber::TimeoutIdle, timeout.idle),
            total: numbers.get(OptionNumber::TimeoutTotal, timeout.total),
        };
        let backoff = Backoff {
            delay: numbers.get(OptionNumber::RetryDelay, retry.backoff.delay),
            factor: numbers.get(OptionNumber::RetryFactor, retry.backoff.factor),
            limit: numbers.get(OptionNumber::BackoffLimit, retry.backoff.limit),
            jitter: numbers.pick(OptionNumber::RetryJitter, JITTERS, retry.backoff.jitter),
        };
        let retry = RetryPolicy {
            limit: numbers.count(OptionNumber::RetryLimit, retry.limit),
            status_codes: statuses(options, STATUSES_RETRIED),
            after_status_codes: statuses(options, STATUSES_AFTER),
            max_retry_after: numbers.get(OptionNumber::MaxRetryAfter, retry.max_retry_after),
            backoff,
            on_timeout: numbers.pick(OptionNumber::RetryOnTimeout, FLAGS, retry.on_timeout),
        };
        let policy = Policy {
            timeout,
            retry,
            read: numbers.pick(OptionNumber::ResponseType, RESPONSE_TYPES, otherwise.read),
            throw_http_errors: numbers.pick(
                OptionNumber::ThrowHttpErrors,
                THROW_HTTP_ERRORS,
                otherwise.throw_http_errors,
            ),
            max_bytes: numbers.get(OptionNumber::MaxBytes, otherwise.max_bytes),
            expected_bytes: numbers.said(OptionNumber::ExpectedBytes),
            priority: numbers.get(OptionNumber::Priority, otherwise.priority),
        };
        Self { policy, asks_should_retry: options.asks_should_retry() > 0.0, deadline }
    }
}

impl Options {
    /// Returns the limits of the last layer alone.
    pub fn limits(&self) -> Limits {
        let Limits { concurrency, per_host, rate } = Limits::default();
        let numbers = Numbers::of(self);
        let rate = numbers.said(OptionNumber::RateLimit).map_or(rate, |limit| {
            let interval = numbers.0[OptionNumber::RateInterval as usize];
            let per_host = numbers.pick(OptionNumber::RatePer, FLAGS, false);
            Some(Rate { limit: RateLimit { limit: limit as u32, interval }, per_host })
        });
        Limits {
            concurrency: numbers.count(OptionNumber::Concurrency, concurrency),
            per_host: numbers.count(OptionNumber::ConcurrencyPerHost, per_host),
            rate,
        }
    }

    /// Returns the options of a call that begins now.
    pub fn batch(&self) -> BatchOptions {
        let BatchOptions { single, stop_on_error, deadline, max_fetches, holder } = BatchOptions::default();
        let numbers = Numbers::of(self);
        let until = numbers.said(OptionNumber::Until).map(|until| (until - today()).max(0.0));
        BatchOptions {
            single,
            stop_on_error: numbers.pick(OptionNumber::StopOnError, FLAGS, stop_on_error),
            deadline: until.unwrap_or_else(|| numbers.get(OptionNumber::Deadline, deadline)),
            max_fetches: numbers.count(OptionNumber::MaxFetches, max_fetches),
            holder,
        }
    }

    /// Returns true if `onProgress` is given.
    pub fn is_watched(&self) -> bool {
        self.progresses() > 0.0
    }

    /// Most results of a `fetchEach` that may wait unread.
    pub fn high_water_mark(&self, otherwise: u32) -> u32 {
        Numbers::of(self).count(OptionNumber::HighWaterMark, otherwise)
    }
}

impl Numbers {
    fn of(options: &Options) -> Self {
        Self(std::array::from_fn(|place| options.number(place as f64)))
    }

    fn said(&self, number: OptionNumber) -> Option<f64> {
        Some(self.0[number as usize]).filter(|number| !number.is_nan())
    }

    fn get(&self, number: OptionNumber, otherwise: Millis) -> Millis {
        self.said(number).unwrap_or(otherwise)
    }

    /// Reads a count; more than a `u32` holds is no limit.
    fn count(&self, number: OptionNumber, otherwise: u32) -> u32 {
        self.said(number).map_or(otherwise, |count| count as u32)
    }

    fn pick<T: Copy>(&self, number: OptionNumber, values: &[T], otherwise: T) -> T {
        self.said(number).and_then(|place| values.get(place as usize)).copied().unwrap_or(otherwise)
    }
}

/// One of the two lists: of those that are tried again, or those whose `Retry-After` is respected.
fn statuses(options: &Options, list: i32) -> Option<Box<[u16]>> {
    let at = |place: u32| options.status(list.into(), place.into());
    (at(0) >= 0.0).then(|| (0..).map(at).take_while(|status| *status > 0.0).map(|status| status as u16).collect())
}
