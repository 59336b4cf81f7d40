//! What applies, as the engine takes it: read from options that `options.js` has checked and merged. Whatever nobody said
//! is as the core has it.

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::admission::{Limits, Rate};
use crate::core::backoff::{Backoff, Jitter};
use crate::core::policy::{Policy, ReadAs, ThrowHttpErrors, Timeout};
use crate::core::rate_limit::RateLimit;
use crate::core::retry::RetryPolicy;
use crate::pipeline::batch::BatchOptions;

use crate::js::input::{Hosts, Plan};
use crate::js::timer::today;

#[wasm_bindgen]
extern "C" {
    /// Layers of options, merged.
    #[derive(Clone, Debug)]
    pub type Options;
    #[wasm_bindgen(method)]
    fn number(this: &Options, place: f64) -> f64;
    #[wasm_bindgen(method)]
    fn status(this: &Options, after: f64, place: f64) -> f64;
    #[wasm_bindgen(method, getter)]
    fn consults(this: &Options) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn plan(this: &Options) -> Plan;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn hosts(this: &Options) -> Hosts;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signalled(this: &Options) -> f64;
    #[wasm_bindgen(method, getter)]
    fn progresses(this: &Options) -> f64;
}

/// The places of numbers; the order is that of `NUMBERS` in `table.js`.
#[derive(Clone, Copy)]
enum Number {
    TimeoutAttempt,
    TimeoutHeaders,
    TimeoutIdle,
    TimeoutTotal,
    RetryLimit,
    MaxRetryAfter,
    RetryDelay,
    RetryFactor,
    BackoffLimit,
    RetryJitter,
    RetryOnTimeout,
    ResponseType,
    ThrowHttpErrors,
    MaxBytes,
    ExpectedBytes,
    Priority,
    StopOnError,
    MaxFetches,
    Deadline,
    Until,
    HighWaterMark,
    Concurrency,
    ConcurrencyPerHost,
    RateLimit,
    RateInterval,
    RatePer,
}

/// All of them; NaN where nobody said anything. Read in one loop, since each way into JavaScript weighs.
struct Numbers([f64; Number::RatePer as usize + 1]);

// The orders of words are those of `table.js`.
const FLAGS: [bool; 2] = [false, true];
const JITTERS: [Jitter; 4] = [Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::None];
const THROWS: [ThrowHttpErrors; 3] = [ThrowHttpErrors::No, ThrowHttpErrors::Yes, ThrowHttpErrors::Ask];
const RESPONSE_TYPES: [ReadAs; 10] = [
    ReadAs::Auto,
    ReadAs::Json,
    ReadAs::Text,
    ReadAs::Bytes,
    ReadAs::ArrayBuffer,
    ReadAs::Blob,
    ReadAs::FormData,
    ReadAs::Stream,
    ReadAs::Response,
    ReadAs::None,
];

/// What applies to one request.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    /// Whether the user is asked about retries.
    pub(crate) consults: bool,
    /// Of the call that it belongs to.
    pub(crate) deadline: Millis,
}

impl Rules {
    pub(crate) fn of(options: &Options, deadline: Millis) -> Self {
        let numbers = Numbers::of(options);
        let otherwise = Policy::default();
        let (timeout, retry) = (otherwise.timeout, otherwise.retry);
        let timeout = Timeout {
            attempt: numbers.get(Number::TimeoutAttempt, timeout.attempt),
            headers: numbers.get(Number::TimeoutHeaders, timeout.headers),
            idle: numbers.get(Number::TimeoutIdle, timeout.idle),
            total: numbers.get(Number::TimeoutTotal, timeout.total),
        };
        let backoff = Backoff {
            delay: numbers.get(Number::RetryDelay, retry.backoff.delay),
            factor: numbers.get(Number::RetryFactor, retry.backoff.factor),
            limit: numbers.get(Number::BackoffLimit, retry.backoff.limit),
            jitter: numbers.pick(Number::RetryJitter, &JITTERS, retry.backoff.jitter),
        };
        let retry = RetryPolicy {
            limit: numbers.count(Number::RetryLimit, retry.limit),
            status_codes: statuses(options, 0.0),
            after_status_codes: statuses(options, 1.0),
            max_retry_after: numbers.get(Number::MaxRetryAfter, retry.max_retry_after),
            backoff,
            on_timeout: numbers.pick(Number::RetryOnTimeout, &FLAGS, retry.on_timeout),
        };
        let policy = Policy {
            timeout,
            retry,
            read: numbers.pick(Number::ResponseType, &RESPONSE_TYPES, otherwise.read),
            throw_http_errors: numbers.pick(Number::ThrowHttpErrors, &THROWS, otherwise.throw_http_errors),
            max_bytes: numbers.get(Number::MaxBytes, otherwise.max_bytes),
            expected_bytes: numbers.said(Number::ExpectedBytes),
            priority: numbers.get(Number::Priority, otherwise.priority),
        };
        Self { policy, consults: options.consults() > 0.0, deadline }
    }
}

impl Options {
    /// What its last layer alone limits.
    pub(crate) fn limits(&self) -> Limits {
        let Limits { concurrency, per_host, rate } = Limits::default();
        let numbers = Numbers::of(self);
        let rate = numbers.said(Number::RateLimit).map_or(rate, |limit| {
            let interval = numbers.0[Number::RateInterval as usize];
            let per_host = numbers.pick(Number::RatePer, &FLAGS, false);
            Some(Rate { limit: RateLimit { limit: limit as u32, interval }, per_host })
        });
        Limits {
            concurrency: numbers.count(Number::Concurrency, concurrency),
            per_host: numbers.count(Number::ConcurrencyPerHost, per_host),
            rate,
        }
    }

    /// What applies to a call that begins now.
    pub(crate) fn batch(&self) -> BatchOptions {
        let BatchOptions { single, stop_on_error, deadline, max_fetches, holder } = BatchOptions::default();
        let numbers = Numbers::of(self);
        let until = numbers.said(Number::Until).map(|until| (until - today()).max(0.0));
        BatchOptions {
            single,
            stop_on_error: numbers.pick(Number::StopOnError, &FLAGS, stop_on_error),
            deadline: until.unwrap_or_else(|| numbers.get(Number::Deadline, deadline)),
            max_fetches: numbers.count(Number::MaxFetches, max_fetches),
            holder,
        }
    }

    /// Whether the user is told of the call's progress.
    pub(crate) fn is_watched(&self) -> bool {
        self.progresses() > 0.0
    }

    /// Most results of a `fetchEach` that may wait unread.
    pub(crate) fn high_water_mark(&self, otherwise: u32) -> u32 {
        Numbers::of(self).count(Number::HighWaterMark, otherwise)
    }
}

impl Numbers {
    fn of(options: &Options) -> Self {
        Self(std::array::from_fn(|place| options.number(place as f64)))
    }

    fn said(&self, number: Number) -> Option<f64> {
        Some(self.0[number as usize]).filter(|number| !number.is_nan())
    }

    fn get(&self, number: Number, otherwise: Millis) -> Millis {
        self.said(number).unwrap_or(otherwise)
    }

    /// What is more than a count can be is no limit.
    fn count(&self, number: Number, otherwise: u32) -> u32 {
        self.said(number).map_or(otherwise, |count| count as u32)
    }

    fn pick<T: Copy>(&self, number: Number, values: &[T], otherwise: T) -> T {
        self.said(number).and_then(|place| values.get(place as usize)).copied().unwrap_or(otherwise)
    }
}

/// One of the two lists: of those that are tried again, or those whose wishes are obeyed.
fn statuses(options: &Options, after: f64) -> Option<Box<[u16]>> {
    let at = |place: u32| options.status(after, place.into());
    (at(0) >= 0.0).then(|| (0..).map(at).take_while(|status| *status > 0.0).map(|status| status as u16).collect())
}
