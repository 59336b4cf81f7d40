//! Options as users write them, read into checked types.
//!
//! Own properties alone are read, by structural getters; whatever is not what it may be is an `OptionError` that names
//! it. What concerns headers, bodies and addresses is checked by `plan.js`, which hands it to fetch.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::admission::{Limits, Rate};
use crate::core::backoff::Jitter;
use crate::core::config::{Policy, RESPONSE_TYPES, ReadAs, ThrowHttpErrors, Timeout};
use crate::core::rate::RateLimit;
use crate::core::retry::RetryPolicy;
use crate::core::suggest::nearest;
use crate::pipeline::batch::Terms;

use super::request::{Hosts, Plan};

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn entries(options: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(js_name = isRecord)]
    fn is_record(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isSignal)]
    fn is_signal(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = timeOf)]
    fn time_of(value: &JsValue) -> f64;
    #[wasm_bindgen(js_name = defaultConcurrency)]
    fn default_concurrency() -> Option<u32>;
    #[wasm_bindgen(js_name = wrongOption)]
    fn wrong_option(option: &str, was: &JsValue, expected: &str) -> JsValue;
    #[wasm_bindgen(js_name = unknownOption)]
    fn unknown_option(option: &str, nearest: Option<&str>) -> JsValue;
}

type Checked<T> = Result<T, JsValue>;

/// Everything that the options of a client, a call or a request say.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) terms: Terms,
    pub(crate) signal: Option<JsValue>,
    pub(crate) plan: Plan,
    pub(crate) hosts: Hosts,
    /// Of `fetchEach` alone.
    pub(crate) ordered: bool,
    pub(crate) high_water_mark: Option<u32>,
}

/// What applies to one request, numbers and functions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) policy: Policy,
    pub(crate) asks: Asks,
}

/// Functions of the user's that are asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks {
    pub(crate) throw_http_errors: Option<Function>,
    pub(crate) should_retry: Option<Function>,
    pub(crate) delay: Option<Function>,
    pub(crate) jitter: Option<Function>,
}

/// What applies to one request, as far as the engine reads it. The rest is `plan.js`'s.
const REQUEST_OPTIONS: [&str; 20] = [
    "method",
    "headers",
    "body",
    "json",
    "searchParams",
    "auth",
    "responseType",
    "schema",
    "throwHttpErrors",
    "timeout",
    "retry",
    "hedge",
    "maxBytes",
    "expectedBytes",
    "priority",
    "signal",
    "credentials",
    "cache",
    "redirect",
    "mode",
];
const CALL_OPTIONS: [&str; 15] = [
    "concurrency",
    "concurrencyPerHost",
    "rateLimit",
    "circuitBreaker",
    "deadline",
    "stopOnError",
    "dedupe",
    "maxFetches",
    "onProgress",
    "progressInterval",
    "hooks",
    "baseUrl",
    "fetch",
    "referrer",
    "keepalive",
];
const EACH_OPTIONS: [&str; 2] = ["ordered", "highWaterMark"];
const TIMEOUT_OPTIONS: [&str; 4] = ["attempt", "headers", "idle", "total"];
const RETRY_OPTIONS: [&str; 12] = [
    "limit",
    "methods",
    "statusCodes",
    "afterStatusCodes",
    "maxRetryAfter",
    "delay",
    "factor",
    "backoffLimit",
    "jitter",
    "retryOnTimeout",
    "shouldRetry",
    "budget",
];
const RATE_OPTIONS: [&str; 3] = ["limit", "interval", "per"];

impl Options {
    /// Those of a call, over the defaults; `each` has some of its own.
    ///
    /// # Errors
    /// An `OptionError`, or what a getter threw.
    pub(crate) fn of_call(given: &JsValue, each: bool) -> Checked<Self> {
        Self::new().over(given, each)
    }

    fn new() -> Self {
        let hosts = Hosts::new();
        Self {
            rules: Rules::default(),
            limits: default_concurrency()
                .map_or_else(Limits::default, |concurrency| Limits { concurrency, ..Limits::default() }),
            terms: Terms::default(),
            signal: None,
            plan: Plan::new(&hosts).seal(),
            hosts,
            ordered: false,
            high_water_mark: None,
        }
    }

    fn over(mut self, given: &JsValue, each: bool) -> Checked<Self> {
        if given.is_undefined() {
            return Ok(self);
        }
        if !is_record(given) {
            return Err(wrong_option("options", given, "an object"));
        }
        for_each(given, |name, value| {
            let read = self.read_call(name, value)?
                || self.rules.read(name, value, &mut self.signal)?
                || each && self.read_each(name, value)?
                || Plan::passes_on(name);
            if read {
                return Ok(());
            }
            let known = [&REQUEST_OPTIONS[..], &CALL_OPTIONS, if each { &EACH_OPTIONS } else { &[] }];
            Err(unknown(name, &known))
        })?;
        self.plan = self.plan.with(given, false)?;
        Ok(self)
    }

    /// What applies to one request whose spec has options of its own, and its own signal.
    ///
    /// # Errors
    /// An `OptionError`, or what a getter threw.
    pub(crate) fn over_request(&self, spec: &JsValue) -> Checked<(Rules, Option<JsValue>)> {
        let mut rules = self.rules.clone();
        let mut signal = None;
        for_each(spec, |name, value| {
            let known = matches!(name, "url" | "tag") || rules.read(name, value, &mut signal)? || Plan::passes_on(name);
            if known { Ok(()) } else { Err(unknown(name, &[&REQUEST_OPTIONS])) }
        })?;
        Ok((rules, signal))
    }

    /// What belongs to `fetchEach`; false when `name` does not.
    fn read_each(&mut self, name: &str, value: &JsValue) -> Checked<bool> {
        match name {
            "ordered" => self.ordered = flag(name, value)?,
            "highWaterMark" => self.high_water_mark = Some(count(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What belongs to a call as a whole; false when `name` does not.
    fn read_call(&mut self, name: &str, value: &JsValue) -> Checked<bool> {
        match name {
            "concurrency" if is_record(value) || value.as_string().as_deref() == Some("auto") => {
                let expected = "a positive whole number or Infinity: this release does not find it by itself yet";
                return Err(wrong_option(name, value, expected));
            }
            "concurrency" => self.limits.concurrency = count(name, value)?,
            "concurrencyPerHost" => self.limits.per_host = count(name, value)?,
            "rateLimit" => self.limits.rate = Some(rate(name, value)?),
            "deadline" => self.terms.deadline = deadline(name, value)?,
            "stopOnError" => self.terms.stop_on_error = flag(name, value)?,
            "maxFetches" => self.terms.max_fetches = whole(name, value)?,
            "circuitBreaker" | "dedupe" => not_yet(name, value)?,
            "onProgress" | "progressInterval" | "hooks" => return Err(missing(name, value)),
            "baseUrl" | "fetch" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Rules {
    /// What applies to one request; false when `name` does not.
    fn read(&mut self, name: &str, value: &JsValue, abort: &mut Option<JsValue>) -> Checked<bool> {
        let Self { policy, asks } = self;
        match name {
            "timeout" => timeout(&mut policy.timeout, value)?,
            "retry" => retry(&mut policy.retry, asks, value)?,
            "responseType" => policy.read = response_type(name, value)?,
            "throwHttpErrors" => match (value.as_bool(), function(value)) {
                (Some(true), _) => policy.throw_http_errors = ThrowHttpErrors::Yes,
                (Some(false), _) => policy.throw_http_errors = ThrowHttpErrors::No,
                (None, Some(ask)) => {
                    policy.throw_http_errors = ThrowHttpErrors::Ask;
                    asks.throw_http_errors = Some(ask);
                }
                (None, None) => return Err(wrong_option(name, value, "a boolean or a function of the status")),
            },
            "maxBytes" => policy.max_bytes = bytes(name, value)?,
            "expectedBytes" => policy.expected_bytes = Some(bytes(name, value)?),
            "priority" => policy.priority = priority(name, value)?,
            "signal" => *abort = signal(name, value)?,
            "hedge" => not_yet(name, value)?,
            "schema" => return Err(missing(name, value)),
            "method" | "headers" | "body" | "json" | "searchParams" | "auth" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn priority(name: &str, value: &JsValue) -> Checked<f64> {
    match value.as_string().as_deref() {
        Some("high") => Ok(1.0),
        Some("low") => Ok(-1.0),
        Some("auto") => Ok(0.0),
        _ => check(name, value, |number| number.is_finite(), "a finite number, 'high', 'low' or 'auto'"),
    }
}

fn timeout(timeout: &mut Timeout, value: &JsValue) -> Checked<()> {
    if value.as_bool() == Some(false) {
        *timeout =
            Timeout { attempt: f64::INFINITY, headers: f64::INFINITY, idle: f64::INFINITY, total: f64::INFINITY };
        return Ok(());
    }
    if !is_record(value) {
        let expected =
            "a positive number of milliseconds, Infinity, false, or an object with attempt, headers, idle, total";
        timeout.attempt = check("timeout", value, |number| number > 0.0, expected)?;
        return Ok(());
    }
    for_each(value, |name, value| {
        let place = match name {
            "attempt" => &mut timeout.attempt,
            "headers" => &mut timeout.headers,
            "idle" => &mut timeout.idle,
            "total" => &mut timeout.total,
            _ => return Err(unknown_within("timeout", name, &TIMEOUT_OPTIONS)),
        };
        *place = limit(&within("timeout", name), value)?;
        Ok(())
    })
}

fn retry(retry: &mut RetryPolicy, asks: &mut Asks, value: &JsValue) -> Checked<()> {
    if value.as_bool() == Some(false) {
        retry.limit = 0;
        return Ok(());
    }
    if !is_record(value) {
        retry.limit = whole_or("retry", value, "a whole number of retries, false, or an object")?;
        return Ok(());
    }
    for_each(value, |name, value| {
        let full = within("retry", name);
        match name {
            "limit" => retry.limit = whole(&full, value)?,
            "methods" => {
                retry.methods =
                    Some(list(&full, value, |method| Some(method.as_string()?.to_ascii_uppercase().into()))?)
            }
            "statusCodes" => retry.status_codes = Some(list(&full, value, status)?),
            "afterStatusCodes" => retry.after_status_codes = Some(list(&full, value, status)?),
            "maxRetryAfter" => retry.max_retry_after = span(&full, value)?,
            "delay" => match function(value) {
                Some(ask) => asks.delay = Some(ask),
                None => (retry.backoff.delay, asks.delay) = (span(&full, value)?, None),
            },
            "factor" => retry.backoff.factor = check(&full, value, |number| number >= 0.0, "a number of 0 or more")?,
            "backoffLimit" => retry.backoff.limit = span(&full, value)?,
            "jitter" => jitter(retry, asks, &full, value)?,
            "retryOnTimeout" => retry.on_timeout = flag(&full, value)?,
            "shouldRetry" => match function(value) {
                Some(ask) => asks.should_retry = Some(ask),
                None => return Err(wrong_option(&full, value, "a function")),
            },
            "budget" => not_yet(&full, value)?,
            _ => return Err(unknown_within("retry", name, &RETRY_OPTIONS)),
        }
        Ok(())
    })
}

fn jitter(retry: &mut RetryPolicy, asks: &mut Asks, name: &str, value: &JsValue) -> Checked<()> {
    asks.jitter = function(value);
    if asks.jitter.is_some() {
        return Ok(());
    }
    retry.backoff.jitter = match value.as_string().as_deref() {
        Some("full") => Jitter::Full,
        Some("equal") => Jitter::Equal,
        Some("decorrelated") => Jitter::Decorrelated,
        Some("none") => Jitter::None,
        _ => {
            return Err(wrong_option(
                name,
                value,
                "'full', 'equal', 'decorrelated', 'none' or a function of the delay",
            ));
        }
    };
    Ok(())
}

fn rate(name: &str, value: &JsValue) -> Checked<Rate> {
    if !is_record(value) {
        return Err(wrong_option(name, value, "an object with limit, interval and per"));
    }
    let (mut limit, mut interval, mut per_host) = (0, 0.0, false);
    for_each(value, |key, value| {
        let full = within(name, key);
        match key {
            "limit" => limit = count(&full, value)?,
            "interval" => {
                let expected = "a positive, finite number of milliseconds";
                interval = check(&full, value, |number| number > 0.0 && number.is_finite(), expected)?;
            }
            "per" => {
                per_host = match value.as_string().as_deref() {
                    Some("client") => false,
                    Some("host") => true,
                    _ => return Err(wrong_option(&full, value, "'client' or 'host'")),
                }
            }
            _ => return Err(unknown_within(name, key, &RATE_OPTIONS)),
        }
        Ok(())
    })?;
    if limit == 0 || interval == 0.0 {
        let missing = if limit == 0 { "limit" } else { "interval" };
        return Err(wrong_option(&within(name, missing), &JsValue::UNDEFINED, "a positive number"));
    }
    Ok(Rate { limit: RateLimit { limit, interval }, per_host })
}

fn response_type(name: &str, value: &JsValue) -> Checked<ReadAs> {
    let word = value.as_string();
    let known = RESPONSE_TYPES.iter().find(|(known, _)| Some(*known) == word.as_deref());
    match known {
        Some((_, ReadAs::Stream | ReadAs::Response)) => Err(wrong_option(
            name,
            value,
            "any type but 'stream' and 'response' here: their bodies hold their slots until they are read",
        )),
        Some((_, read)) => Ok(*read),
        None => Err(wrong_option(
            name,
            value,
            "'auto', 'json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData' or 'none'",
        )),
    }
}

fn deadline(name: &str, value: &JsValue) -> Checked<Millis> {
    let date = time_of(value);
    if !date.is_nan() {
        return Ok((date - js_sys::Date::now()).max(0.0));
    }
    check(name, value, |number| number >= 0.0, "a number of milliseconds, 0 or more, or a valid Date")
}

fn signal(name: &str, value: &JsValue) -> Checked<Option<JsValue>> {
    match value {
        none if none.is_null() => Ok(None),
        signal if is_signal(signal) => Ok(Some(signal.clone())),
        other => Err(wrong_option(name, other, "an AbortSignal or null")),
    }
}

/// A feature that the contract has and this release has not: what switches it off is accepted.
fn not_yet(name: &str, value: &JsValue) -> Checked<()> {
    if value.as_bool() == Some(false) { Ok(()) } else { Err(missing(name, value)) }
}

fn missing(name: &str, value: &JsValue) -> JsValue {
    wrong_option(name, value, "left out only: this release does not have it yet")
}

fn count(name: &str, value: &JsValue) -> Checked<u32> {
    let number =
        check(name, value, |number| number >= 1.0 && number == number.trunc(), "a positive whole number or Infinity")?;
    Ok(number as u32)
}

fn whole(name: &str, value: &JsValue) -> Checked<u32> {
    whole_or(name, value, "a whole number of 0 or more, or Infinity")
}

fn whole_or(name: &str, value: &JsValue, expected: &str) -> Checked<u32> {
    Ok(check(name, value, |number| number >= 0.0 && number == number.trunc(), expected)? as u32)
}

fn bytes(name: &str, value: &JsValue) -> Checked<f64> {
    check(name, value, |number| number >= 0.0, "a number of bytes, 0 or more")
}

fn span(name: &str, value: &JsValue) -> Checked<Millis> {
    check(name, value, |number| number >= 0.0, "a number of milliseconds, 0 or more")
}

fn limit(name: &str, value: &JsValue) -> Checked<Millis> {
    if value.as_bool() == Some(false) {
        return Ok(f64::INFINITY);
    }
    check(name, value, |number| number > 0.0, "a positive number of milliseconds, Infinity or false")
}

fn flag(name: &str, value: &JsValue) -> Checked<bool> {
    value.as_bool().ok_or_else(|| wrong_option(name, value, "true or false"))
}

fn check(name: &str, value: &JsValue, good: impl Fn(f64) -> bool, expected: &str) -> Checked<f64> {
    value.as_f64().filter(|number| good(*number)).ok_or_else(|| wrong_option(name, value, expected))
}

fn status(value: &JsValue) -> Option<u16> {
    value
        .as_f64()
        .filter(|number| (100.0..1000.0).contains(number) && *number == number.trunc())
        .map(|number| number as u16)
}

fn list<T>(name: &str, value: &JsValue, read: impl Fn(&JsValue) -> Option<T>) -> Checked<Box<[T]>> {
    let items = Array::is_array(value).then(|| value.unchecked_ref::<Array>().iter().map(|item| read(&item)).collect());
    items
        .flatten()
        .ok_or_else(|| wrong_option(name, value, "a list of them: methods as strings, statuses from 100 to 999"))
}

fn function(value: &JsValue) -> Option<Function> {
    value.is_function().then(|| value.clone().unchecked_into())
}

/// Calls `read` with each own property that is not undefined.
fn for_each(options: &JsValue, mut read: impl FnMut(&str, &JsValue) -> Checked<()>) -> Checked<()> {
    let entries = entries(options)?;
    for place in (0..entries.length()).step_by(2) {
        let (name, value) = (entries.get(place).as_string().unwrap_or_default(), entries.get(place + 1));
        if value.is_undefined() && is_known(&name) {
            continue;
        }
        read(&name, &value)?;
    }
    Ok(())
}

fn is_known(name: &str) -> bool {
    [&REQUEST_OPTIONS[..], &CALL_OPTIONS, &EACH_OPTIONS, &TIMEOUT_OPTIONS, &RETRY_OPTIONS, &RATE_OPTIONS]
        .iter()
        .any(|names| names.contains(&name))
}

fn unknown(name: &str, known: &[&[&'static str]]) -> JsValue {
    unknown_option(name, known.iter().find_map(|names| nearest(name, names)))
}

fn unknown_within(outer: &str, name: &str, known: &[&'static str]) -> JsValue {
    let near = nearest(name, known).map(|near| within(outer, near));
    unknown_option(&within(outer, name), near.as_deref())
}

fn within(outer: &str, name: &str) -> String {
    [outer, ".", name].concat()
}
