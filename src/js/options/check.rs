//! Single values, and what is said when one is not what it may be.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::suggest::nearest;

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn entries(options: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(js_name = isRecord)]
    pub(super) fn is_record(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isSignal)]
    pub(super) fn is_signal(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = wrongOption)]
    pub(super) fn wrong_option(option: &str, was: &JsValue, expected: &str) -> JsValue;
    #[wasm_bindgen(js_name = unknownOption)]
    fn unknown_option(option: &str, nearest: Option<&str>) -> JsValue;
}

/// A value, or the `OptionError`.
pub(super) type Checked<T> = Result<T, JsValue>;

/// Calls `read` with each own property that is not undefined; it answers whether it knows the name. `outer` is the option
/// that they are members of, if any, and `known` the names that there are.
pub(super) fn for_each(
    options: &JsValue,
    outer: &str,
    known: &[&[&'static str]],
    mut read: impl FnMut(&str, &JsValue) -> Checked<bool>,
) -> Checked<()> {
    let entries = entries(options)?;
    for place in (0..entries.length()).step_by(2) {
        let (name, value) = (entries.get(place).as_string().unwrap_or_default(), entries.get(place + 1));
        if value.is_undefined() && known.iter().any(|names| names.contains(&&*name)) {
            continue;
        }
        if !read(&name, &value)? {
            let near = known.iter().find_map(|names| nearest(&name, names)).map(|near| within(outer, near));
            return Err(unknown_option(&within(outer, &name), near.as_deref()));
        }
    }
    Ok(())
}

/// The full name of a member.
pub(super) fn within(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.into() } else { [outer, ".", name].concat() }
}

pub(super) fn check(name: &str, value: &JsValue, good: impl Fn(f64) -> bool, expected: &str) -> Checked<f64> {
    value.as_f64().filter(|number| good(*number)).ok_or_else(|| wrong_option(name, value, expected))
}

pub(super) fn count(name: &str, value: &JsValue) -> Checked<u32> {
    let number =
        check(name, value, |number| number >= 1.0 && number == number.trunc(), "a positive whole number or Infinity")?;
    Ok(number as u32)
}

pub(super) fn whole(name: &str, value: &JsValue) -> Checked<u32> {
    whole_or(name, value, "a whole number of 0 or more, or Infinity")
}

pub(super) fn whole_or(name: &str, value: &JsValue, expected: &str) -> Checked<u32> {
    Ok(check(name, value, |number| number >= 0.0 && number == number.trunc(), expected)? as u32)
}

pub(super) fn bytes(name: &str, value: &JsValue) -> Checked<f64> {
    check(name, value, |number| number >= 0.0, "a number of bytes, 0 or more")
}

pub(super) fn span(name: &str, value: &JsValue) -> Checked<Millis> {
    check(name, value, |number| number >= 0.0, "a number of milliseconds, 0 or more")
}

pub(super) fn limit(name: &str, value: &JsValue) -> Checked<Millis> {
    if value.as_bool() == Some(false) {
        return Ok(f64::INFINITY);
    }
    check(name, value, |number| number > 0.0, "a positive number of milliseconds, Infinity or false")
}

pub(super) fn flag(name: &str, value: &JsValue) -> Checked<bool> {
    value.as_bool().ok_or_else(|| wrong_option(name, value, "true or false"))
}

pub(super) fn list<T>(name: &str, value: &JsValue, read: impl Fn(&JsValue) -> Option<T>) -> Checked<Box<[T]>> {
    let items = Array::is_array(value).then(|| value.unchecked_ref::<Array>().iter().map(|item| read(&item)).collect());
    items
        .flatten()
        .ok_or_else(|| wrong_option(name, value, "a list of them: methods as strings, statuses from 100 to 999"))
}

pub(super) fn function(value: &JsValue) -> Option<Function> {
    value.is_function().then(|| value.clone().unchecked_into())
}

/// A feature that the contract has and this release has not: what switches it off is accepted.
pub(super) fn not_yet(name: &str, value: &JsValue) -> Checked<()> {
    if value.as_bool() == Some(false) { Ok(()) } else { Err(missing(name, value)) }
}

pub(super) fn missing(name: &str, value: &JsValue) -> JsValue {
    wrong_option(name, value, "left out only: this release does not have it yet")
}
