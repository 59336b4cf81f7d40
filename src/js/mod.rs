//! The boundary: JavaScript in, JavaScript out, nothing decided. What it exports is the npm package's alone.

mod asks;
#[cfg(feature = "npm")]
mod exports;
mod gate;
mod host;
mod options;
mod request;
mod result;
#[cfg(feature = "npm")]
mod stats;
#[cfg_attr(not(feature = "npm"), allow(dead_code, reason = "only the npm package abandons calls"))]
mod tasks;
mod timer;
mod wire;

#[cfg(feature = "client")]
pub(crate) use {
    gate::Gate,
    host::WebHost,
    options::Options,
    request::{JsSource, Source},
};

#[cfg(all(test, feature = "npm"))]
mod tests;

/// wasm-bindgen copies the modules that are named in Rust, and not those that these import.
#[allow(dead_code, reason = "named, never called")]
mod copied {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/js/body.js")]
    extern "C" {
        #[wasm_bindgen(js_name = ignore)]
        fn body();
    }
    #[wasm_bindgen(module = "/src/js/breath.js")]
    extern "C" {
        #[wasm_bindgen(js_name = breathe)]
        fn breath();
    }
    #[wasm_bindgen(module = "/src/js/callbacks.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Callbacks)]
        fn callbacks();
    }
    #[wasm_bindgen(module = "/src/js/context.js")]
    extern "C" {
        #[wasm_bindgen(js_name = captured)]
        fn context();
    }
    #[wasm_bindgen(module = "/src/js/errors.js")]
    extern "C" {
        #[wasm_bindgen(js_name = shown)]
        fn errors();
    }
    #[wasm_bindgen(module = "/src/js/fault.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Fault)]
        fn fault();
    }
    #[wasm_bindgen(module = "/src/js/faults.js")]
    extern "C" {
        #[wasm_bindgen(js_name = classify)]
        fn faults();
    }
    #[wasm_bindgen(module = "/src/js/handed-out.js")]
    extern "C" {
        #[wasm_bindgen(js_name = handOut)]
        fn handed_out();
    }
    #[wasm_bindgen(module = "/src/js/hooks.js")]
    extern "C" {
        #[wasm_bindgen(js_name = prepare)]
        fn hooks();
    }
    #[wasm_bindgen(module = "/src/js/keyring.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Keyring)]
        fn keyring();
    }
    #[wasm_bindgen(module = "/src/js/nearest.js")]
    extern "C" {
        #[wasm_bindgen(js_name = nearest)]
        fn nearest();
    }
    #[wasm_bindgen(module = "/src/js/nested.js")]
    extern "C" {
        #[wasm_bindgen(js_name = inside)]
        fn nested();
    }
    #[wasm_bindgen(module = "/src/js/options.js")]
    extern "C" {
        #[wasm_bindgen(js_name = setDefaultConcurrency)]
        fn options();
    }
    #[wasm_bindgen(module = "/src/js/plan.js")]
    extern "C" {
        #[wasm_bindgen(js_name = basic)]
        fn plan();
    }
    #[wasm_bindgen(module = "/src/js/progress.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Progress)]
        fn progress();
    }
    #[wasm_bindgen(module = "/src/js/question.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Questions)]
        fn question();
    }
    #[wasm_bindgen(module = "/src/js/reading.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Reading)]
        fn reading();
    }
    #[wasm_bindgen(module = "/src/js/redirect.js")]
    extern "C" {
        #[wasm_bindgen(js_name = next)]
        fn redirect();
    }
    #[wasm_bindgen(module = "/src/js/response.js")]
    extern "C" {
        #[wasm_bindgen(js_name = likeness)]
        fn response();
    }
    #[wasm_bindgen(module = "/src/js/result.js")]
    extern "C" {
        #[wasm_bindgen(js_name = record)]
        fn result();
    }
    #[wasm_bindgen(module = "/src/js/sending.js")]
    extern "C" {
        #[wasm_bindgen(js_name = dress)]
        fn sending();
    }
    #[wasm_bindgen(module = "/src/js/signals.js")]
    extern "C" {
        #[wasm_bindgen(js_name = listen)]
        fn signals();
    }
    #[wasm_bindgen(module = "/src/js/table.js")]
    extern "C" {
        #[wasm_bindgen(js_name = isRecord)]
        fn table();
    }
    #[wasm_bindgen(module = "/src/js/transfer.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Transfer)]
        fn transfer();
    }
    #[wasm_bindgen(module = "/src/js/trap.js")]
    extern "C" {
        #[wasm_bindgen(js_name = wait)]
        fn trap();
    }
    #[wasm_bindgen(module = "/src/js/wish.js")]
    extern "C" {
        #[wasm_bindgen(js_name = httpDate)]
        fn wish();
    }
}
