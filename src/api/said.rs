//! What a builder was told, until JavaScript's tables check it.

use std::time::Duration;

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

use super::js;

/// Options by their dotted names, in the order in which they were said.
#[derive(Clone, Default)]
pub(super) struct Said(Vec<Word>);

#[derive(Clone)]
enum Word {
    Put(&'static str, JsValue),
    Refuse(&'static str, String),
}

/// What this face decides itself, and what to do in its place.
const NOT_HERE: [(&str, &str); 9] = [
    ("responseType", "is not for Rust: bytes are kept, and read by `bytes`, `text` or `json`"),
    ("schema", "is not for Rust: read the data by `json` into a type"),
    ("stopOnError", "is not for Rust: `try_collect` the stream"),
    ("ordered", "is not for Rust: call `ordered` on the stream"),
    ("highWaterMark", "is not for Rust: call `high_water_mark` on the stream"),
    ("signal", "is not for Rust, but on a single request: drop the future or the stream"),
    ("onProgress", "is not for Rust: give a closure to `on_progress`"),
    ("url", "is what the request was made with"),
    ("snapshot", "is not in this release"),
];

impl Said {
    pub(super) fn put(&mut self, option: &'static str, value: impl Into<JsValue>) {
        self.0.push(Word::Put(option, value.into()));
    }

    pub(super) fn put_time(&mut self, option: &'static str, time: Duration) {
        self.put(option, time.as_secs_f64() * 1000.0);
    }

    /// One more of several, each with a name of its own.
    pub(super) fn put_pair(&mut self, option: &'static str, name: &str, value: impl Into<JsValue>) {
        self.put(option, Array::of2(&name.into(), &value.into()));
    }

    /// An option by JavaScript's name; `but` for one that is another's to decide elsewhere.
    pub(super) fn put_any(&mut self, option: &'static str, value: JsValue, but: &str) {
        match NOT_HERE.iter().find(|(name, _)| *name == option && *name != but) {
            Some((_, why)) => self.refuse(option, (*why).into()),
            None => self.put(option, value),
        }
    }

    /// An option that was given wrongly already.
    pub(super) fn refuse(&mut self, option: &'static str, why: String) {
        self.0.push(Word::Refuse(option, why));
    }

    pub(super) fn extend(&mut self, more: &Self) {
        self.0.extend_from_slice(&more.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JavaScript takes it.
    pub(super) fn to_js(&self) -> Object {
        let object = Object::new();
        for word in &self.0 {
            match word {
                Word::Put(option, value) => js::put(&object, option, value),
                Word::Refuse(option, why) => js::refuse(&object, option, why),
            }
        }
        object
    }
}

/// The values may be secrets.
impl std::fmt::Debug for Said {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|word| match word {
            Word::Put(option, _) | Word::Refuse(option, _) => option,
        });
        formatter.debug_list().entries(names).finish()
    }
}
