//! Options as users write them, read into checked types.
//!
//! Own properties alone are read, by structural getters; whatever is not what it may be is an `OptionError` that names
//! it. What concerns headers, bodies and addresses is checked by `plan.js`, which hands it to fetch.

mod check;
mod rules;

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::admission::{Limits, Rate};
use crate::core::rate::RateLimit;
use crate::pipeline::batch::Terms;

use super::request::{Hosts, Plan};
use check::{Checked, check, count, flag, for_each, is_record, missing, not_yet, whole, within, wrong_option};

use rules::REQUEST_OPTIONS;

pub(crate) use rules::Rules;

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[wasm_bindgen(js_name = timeOf)]
    fn time_of(value: &JsValue) -> f64;
    #[wasm_bindgen(js_name = defaultConcurrency)]
    fn default_concurrency() -> Option<u32>;
}

/// The names of all options of a call, beside those of a request, and of a `fetchEach`, beside both.
#[rustfmt::skip]
const CALL_OPTIONS: &[&str] = &[
    "concurrency", "concurrencyPerHost", "rateLimit", "circuitBreaker", "deadline", "stopOnError", "dedupe",
    "maxFetches", "onProgress", "progressInterval", "hooks", "baseUrl", "fetch", "referrer", "keepalive",
];
#[rustfmt::skip]
const EACH_OPTIONS: &[&str] = &[
    "ordered", "highWaterMark",
];
#[rustfmt::skip]
const RATE_OPTIONS: &[&str] = &[
    "limit", "interval", "per",
];

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
        let known = [REQUEST_OPTIONS, CALL_OPTIONS, EACH_OPTIONS];
        for_each(given, "", if each { &known } else { &known[..2] }, |name, value| {
            Ok(self.read_call(name, value)?
                || self.rules.read(name, value, &mut self.signal)?
                || each && self.read_each(name, value)?
                || Plan::passes_on(name))
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
        for_each(spec, "", &[REQUEST_OPTIONS], |name, value| {
            Ok(matches!(name, "url" | "tag") || rules.read(name, value, &mut signal)? || Plan::passes_on(name))
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

fn rate(name: &str, value: &JsValue) -> Checked<Rate> {
    if !is_record(value) {
        return Err(wrong_option(name, value, "an object with limit, interval and per"));
    }
    let (mut limit, mut interval, mut per_host) = (0, 0.0, false);
    for_each(value, name, &[RATE_OPTIONS], |key, value| {
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
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if limit == 0 || interval == 0.0 {
        let missing = if limit == 0 { "limit" } else { "interval" };
        return Err(wrong_option(&within(name, missing), &JsValue::UNDEFINED, "a positive number"));
    }
    Ok(Rate { limit: RateLimit { limit, interval }, per_host })
}

fn deadline(name: &str, value: &JsValue) -> Checked<Millis> {
    let date = time_of(value);
    if !date.is_nan() {
        return Ok((date - js_sys::Date::now()).max(0.0));
    }
    check(name, value, |number| number >= 0.0, "a number of milliseconds, 0 or more, or a valid Date")
}
