//! Names of the Rust API on a target without JavaScript, where each use is an error that says so.

/// A target on which the API exists. No type implements it here, so that the compiler shows its message.
#[diagnostic::on_unimplemented(
    message = "fanfetch exists on the target `wasm32-unknown-unknown` alone",
    label = "not available on this target",
    note = "requests go through JavaScript's `fetch`: compile with `--target wasm32-unknown-unknown`, or set `build.target` in `.cargo/config.toml`"
)]
pub trait JavaScriptTarget {
    /// Stands for each type of the API.
    type Item;
}

/// The target that this was compiled for.
#[derive(Debug)]
pub struct ThisTarget;

/// Defines names whose use needs [`JavaScriptTarget`]. An alias is checked where it is used, not here.
macro_rules! absent {
    (types: $($name:ident)*; functions: $($function:ident)*) => {
        $(
            /// Exists on the target `wasm32-unknown-unknown` alone.
            pub type $name = <ThisTarget as JavaScriptTarget>::Item;
        )*
        $(
            /// Exists on the target `wasm32-unknown-unknown` alone.
            pub fn $function<T>(_: T)
            where
                for<'a> ThisTarget: JavaScriptTarget,
            {
            }
        )*
    };
}

absent! {
    types:
        Attempt Auth Body BodyFault Cause Client ClientBuilder DelayedBy Error ErrorContext FetchEach Jitter Phase Progress RateLimit
        Request RequestContext Response Retry RetryContext Stats StreamedResponse Timings;
    functions: fetch_all fetch_each get
}
