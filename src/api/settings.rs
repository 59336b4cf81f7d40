//! Options as a builder collects them, until JavaScript's tables check them.

use std::time::Duration;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::bindings;

/// Options by their dotted names, in the order in which they were set; a later one replaces an earlier one.
#[derive(Clone, Default)]
pub(super) struct Settings(Vec<Setting>);

#[derive(Clone)]
enum Setting {
    Set(&'static str, JsValue),
    Invalid(&'static str, String),
}

/// Keeps a closure alive that JavaScript calls.
pub(super) trait KeepAlive {}
impl<T: ?Sized> KeepAlive for Closure<T> {}

/// Options that `option` does not set, and what to do instead.
const NOT_BY_NAME: [(&str, &str); 12] = [
    ("responseType", "cannot be set from Rust: bodies are read as bytes; decode them by `bytes`, `text` or `json`"),
    ("schema", "cannot be set from Rust: deserialise the body into a type by `json`"),
    ("stopOnError", "cannot be set from Rust: use `try_collect` on the stream"),
    ("headers", "is set by the methods `header`, `headers` and `js_headers`"),
    ("searchParams", "is set by the method `query`"),
    ("ordered", "is set by the method `ordered` of the stream"),
    ("highWaterMark", "is set by the method `high_water_mark` of the stream"),
    ("signal", "is set by the method `signal`"),
    ("onProgress", "is set by the method `on_progress`, with a closure"),
    ("tag", "is set by the method `tag` of the request"),
    ("url", "is given when the request is made"),
    ("snapshot", "is not in this release"),
];

impl Settings {
    pub(super) fn set(&mut self, option: &'static str, value: impl Into<JsValue>) {
        self.0.push(Setting::Set(option, value.into()));
    }

    pub(super) fn set_millis(&mut self, option: &'static str, time: Duration) {
        self.set(option, time.as_secs_f64() * 1000.0);
    }

    /// Adds a name and a value to an option that is a list of them.
    pub(super) fn append(&mut self, option: &'static str, name: &str, value: impl Into<JsValue>) {
        self.set(option, Array::of2(&name.into(), &value.into()));
    }

    /// Sets an option by its JavaScript name, unless another way sets it.
    pub(super) fn set_by_name(&mut self, option: &'static str, value: JsValue) {
        match NOT_BY_NAME.iter().find(|(name, _)| *name == option) {
            Some((_, why)) => self.set_invalid(option, (*why).into()),
            None => self.set(option, value),
        }
    }

    /// Makes an option fail when it is read, since its value cannot be sent to JavaScript.
    pub(super) fn set_invalid(&mut self, option: &'static str, why: String) {
        self.0.push(Setting::Invalid(option, why));
    }

    pub(super) fn extend(&mut self, more: &Self) {
        self.0.extend_from_slice(&more.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes the object that JavaScript takes.
    pub(super) fn to_js(&self) -> Object {
        let object = Object::new();
        for setting in &self.0 {
            if let Setting::Set(option, value) = setting {
                bindings::set_option(&object, option, value);
            }
        }
        // Last, since nothing can be added to an option that throws when it is read.
        for setting in &self.0 {
            if let Setting::Invalid(option, why) = setting {
                bindings::set_invalid_option(&object, option, why);
            }
        }
        object
    }
}

/// Shows names alone: values may be secrets.
impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|setting| match setting {
            Setting::Set(option, _) | Setting::Invalid(option, _) => option,
        });
        formatter.debug_list().entries(names).finish()
    }
}
