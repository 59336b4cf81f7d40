//! What applies to one request, whoever says it.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::core::backoff::Jitter;
use crate::core::config::{Policy, RESPONSE_TYPES, ReadAs, ThrowHttpErrors, Timeout};
use crate::core::retry::RetryPolicy;

use super::check::{
    Checked, bytes, check, flag, for_each, function, is_record, is_signal, limit, list, missing, not_yet, span, whole,
    whole_or, within, wrong_option,
};

/// The names of all options of a request; what the engine does not read is `plan.js`'s.
#[rustfmt::skip]
pub(super) const REQUEST_OPTIONS: &[&str] = &[
    "method", "headers", "body", "json", "searchParams", "auth", "responseType", "schema", "throwHttpErrors",
    "timeout", "retry", "hedge", "maxBytes", "expectedBytes", "priority", "signal", "credentials", "cache",
    "redirect", "mode",
];
#[rustfmt::skip]
const TIMEOUT_OPTIONS: &[&str] = &[
    "attempt", "headers", "idle", "total",
];
#[rustfmt::skip]
const RETRY_OPTIONS: &[&str] = &[
    "limit", "methods", "statusCodes", "afterStatusCodes", "maxRetryAfter", "delay", "factor", "backoffLimit",
    "jitter", "retryOnTimeout", "shouldRetry", "budget",
];

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

impl Rules {
    /// What applies to one request; false when `name` does not.
    pub(super) fn read(&mut self, name: &str, value: &JsValue, abort: &mut Option<JsValue>) -> Checked<bool> {
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
    for_each(value, "timeout", &[TIMEOUT_OPTIONS], |name, value| {
        let place = match name {
            "attempt" => &mut timeout.attempt,
            "headers" => &mut timeout.headers,
            "idle" => &mut timeout.idle,
            "total" => &mut timeout.total,
            _ => return Ok(false),
        };
        *place = limit(&within("timeout", name), value)?;
        Ok(true)
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
    for_each(value, "retry", &[RETRY_OPTIONS], |name, value| {
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
            _ => return Ok(false),
        }
        Ok(true)
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

fn signal(name: &str, value: &JsValue) -> Checked<Option<JsValue>> {
    match value {
        none if none.is_null() => Ok(None),
        signal if is_signal(signal) => Ok(Some(signal.clone())),
        other => Err(wrong_option(name, other, "an AbortSignal or null")),
    }
}

fn status(value: &JsValue) -> Option<u16> {
    value
        .as_f64()
        .filter(|number| (100.0..1000.0).contains(number) && *number == number.trunc())
        .map(|number| number as u16)
}
