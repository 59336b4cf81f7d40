//! The boundary. JavaScript owns the meaning of HTTP values (addresses, headers, bodies, options as written), Rust owns time,
//! order and retry.
//!
//! Public for `src/npm`, which exports it to JavaScript; it changes as the code does.

mod clock;
mod exchange;
mod executor;
mod gate;
mod hooks;
mod host;
mod input;
mod options;
mod output;
pub mod protocol;

pub use {
    gate::Gate,
    host::WebHost,
    input::{JsSource, Source},
    options::Options,
    output::stats_of,
};

#[cfg(test)]
mod tests;

/// Names each module that only other modules import: wasm-bindgen copies those named in Rust alone. A missing one
/// fails `tests/modules.test.mjs`.
#[allow(dead_code, non_snake_case, reason = "named, never called")]
mod copied {
    use wasm_bindgen::prelude::*;

    macro_rules! copied {
        ($($path:tt $export:ident)*) => {$(
            #[wasm_bindgen(module = $path)]
            extern "C" {
                fn $export();
            }
        )*};
    }

    copied! {
        "/src/js/exchange/body.js" ignore
        "/src/js/exchange/callbacks.js" Callbacks
        "/src/js/exchange/fault.js" Fault
        "/src/js/exchange/handed-out.js" handOut
        "/src/js/exchange/network-error.js" classify
        "/src/js/exchange/question.js" Questions
        "/src/js/exchange/reading.js" Reading
        "/src/js/exchange/redirect.js" next
        "/src/js/exchange/response.js" withBody
        "/src/js/exchange/retry-after.js" httpDate
        "/src/js/exchange/sending.js" dress
        "/src/js/exchange/transfer.js" Transfer
        "/src/js/hooks/auth.js" AuthCache
        "/src/js/hooks/context.js" captured
        "/src/js/hooks/hooks.js" beforeRequest
        "/src/js/hooks/nested.js" inside
        "/src/js/input/address.js" address
        "/src/js/input/request-info.js" RequestInfo
        "/src/js/input/resolver.js" Resolver
        "/src/js/input/send-options.js" SendOptions
        "/src/js/options/authorization.js" authorization
        "/src/js/options/body-kind.js" bodyKind
        "/src/js/options/checked.js" inner
        "/src/js/options/headers.js" readHeaders
        "/src/js/options/nearest.js" nearest
        "/src/js/options/options.js" setDefaultConcurrency
        "/src/js/options/passed-on.js" passesOn
        "/src/js/options/signature.js" signature
        "/src/js/options/table.js" isRecord
        "/src/js/options/target.js" baseUrl
        "/src/js/options/template.js" RequestTemplate
        "/src/js/output/errors.js" shown
        "/src/js/output/progress.js" Progress
        "/src/js/output/result.js" record
        "/src/js/protocol.js" CALL_ALL
        "/src/js/runtime/breath.js" breathe
        "/src/js/runtime/signals.js" listen
        "/src/js/runtime/trap.js" wait
    }
}
