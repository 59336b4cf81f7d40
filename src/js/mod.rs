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

/// wasm-bindgen copies the modules that are named in Rust, and not those that these import.
#[allow(dead_code, reason = "named, never called")]
mod copied {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/js/exchange/body.js")]
    extern "C" {
        #[wasm_bindgen(js_name = ignore)]
        fn body();
    }
    #[wasm_bindgen(module = "/src/js/runtime/breath.js")]
    extern "C" {
        #[wasm_bindgen(js_name = breathe)]
        fn breath();
    }
    #[wasm_bindgen(module = "/src/js/exchange/callbacks.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Callbacks)]
        fn callbacks();
    }
    #[wasm_bindgen(module = "/src/js/hooks/context.js")]
    extern "C" {
        #[wasm_bindgen(js_name = captured)]
        fn context();
    }
    #[wasm_bindgen(module = "/src/js/output/errors.js")]
    extern "C" {
        #[wasm_bindgen(js_name = shown)]
        fn errors();
    }
    #[wasm_bindgen(module = "/src/js/exchange/fault.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Fault)]
        fn fault();
    }
    #[wasm_bindgen(module = "/src/js/exchange/network-error.js")]
    extern "C" {
        #[wasm_bindgen(js_name = classify)]
        fn network_error();
    }
    #[wasm_bindgen(module = "/src/js/exchange/handed-out.js")]
    extern "C" {
        #[wasm_bindgen(js_name = handOut)]
        fn handed_out();
    }
    #[wasm_bindgen(module = "/src/js/hooks/hooks.js")]
    extern "C" {
        #[wasm_bindgen(js_name = beforeRequest)]
        fn hooks();
    }
    #[wasm_bindgen(module = "/src/js/hooks/auth.js")]
    extern "C" {
        #[wasm_bindgen(js_name = AuthCache)]
        fn auth();
    }
    #[wasm_bindgen(module = "/src/js/options/nearest.js")]
    extern "C" {
        #[wasm_bindgen(js_name = nearest)]
        fn nearest();
    }
    #[wasm_bindgen(module = "/src/js/hooks/nested.js")]
    extern "C" {
        #[wasm_bindgen(js_name = inside)]
        fn nested();
    }
    #[wasm_bindgen(module = "/src/js/options/options.js")]
    extern "C" {
        #[wasm_bindgen(js_name = setDefaultConcurrency)]
        fn options();
    }
    #[wasm_bindgen(module = "/src/js/options/template.js")]
    extern "C" {
        #[wasm_bindgen(js_name = basic)]
        fn template();
    }
    #[wasm_bindgen(module = "/src/js/protocol.js")]
    extern "C" {
        #[wasm_bindgen(js_name = CALL_ALL)]
        fn protocol();
    }
    #[wasm_bindgen(module = "/src/js/output/progress.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Progress)]
        fn progress();
    }
    #[wasm_bindgen(module = "/src/js/exchange/question.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Questions)]
        fn question();
    }
    #[wasm_bindgen(module = "/src/js/exchange/reading.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Reading)]
        fn reading();
    }
    #[wasm_bindgen(module = "/src/js/exchange/redirect.js")]
    extern "C" {
        #[wasm_bindgen(js_name = next)]
        fn redirect();
    }
    #[wasm_bindgen(module = "/src/js/exchange/response.js")]
    extern "C" {
        #[wasm_bindgen(js_name = withBody)]
        fn response();
    }
    #[wasm_bindgen(module = "/src/js/output/result.js")]
    extern "C" {
        #[wasm_bindgen(js_name = record)]
        fn result();
    }
    #[wasm_bindgen(module = "/src/js/exchange/sending.js")]
    extern "C" {
        #[wasm_bindgen(js_name = dress)]
        fn sending();
    }
    #[wasm_bindgen(module = "/src/js/runtime/signals.js")]
    extern "C" {
        #[wasm_bindgen(js_name = listen)]
        fn signals();
    }
    #[wasm_bindgen(module = "/src/js/options/table.js")]
    extern "C" {
        #[wasm_bindgen(js_name = isRecord)]
        fn table();
    }
    #[wasm_bindgen(module = "/src/js/exchange/transfer.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Transfer)]
        fn transfer();
    }
    #[wasm_bindgen(module = "/src/js/runtime/trap.js")]
    extern "C" {
        #[wasm_bindgen(js_name = wait)]
        fn trap();
    }
    #[wasm_bindgen(module = "/src/js/exchange/retry-after.js")]
    extern "C" {
        #[wasm_bindgen(js_name = httpDate)]
        fn retry_after();
    }
}
