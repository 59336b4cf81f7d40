//! What the npm package's entries call.
#![allow(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::pipeline::Scope;
use crate::pipeline::batch::{self, Batch};

use super::host::WebHost;
use super::options::Options;
use super::request::Source;

#[wasm_bindgen(module = "/src/js/sink.js")]
extern "C" {
    /// Takes the results of one call, and tells what its user does.
    #[derive(Clone, Debug)]
    pub type Sink;
    #[wasm_bindgen(method)]
    fn attach(this: &Sink, told: &Closure<dyn Fn(u32, u32, f64)>, signal: &JsValue, ordered: bool);
    #[wasm_bindgen(method)]
    fn detach(this: &Sink);
    #[wasm_bindgen(method)]
    fn deliver(this: &Sink, index: u32, outcome: &JsValue);
    #[wasm_bindgen(method, getter)]
    fn reason(this: &Sink) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Sink) -> JsValue;
}

// What a sink tells, beside that the user stopped or aborted; the order is that of `sink.js`.
const TAKEN: u32 = 0;

/// Half of std's in size; good for one thread, which is all that there is.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Runs a `fetchAll`, or with `each` a `fetchEach`, into `sink`; resolves with its value when all is delivered.
#[wasm_bindgen(skip_typescript)]
pub fn run(requests: &JsValue, options: &JsValue, sink: Sink, each: bool) -> Promise {
    let call = Options::of_call(options, each).and_then(|options| Call::new(requests, options, &sink, each));
    wasm_bindgen_futures::future_to_promise(async move {
        let call = call?;
        Rc::clone(&call.batch).run().await?;
        Ok(sink.value())
    })
}

/// One call, ready to run; dropped, it hears no more of its user.
struct Call {
    batch: Rc<Batch<WebHost>>,
    sink: Sink,
    _told: Closure<dyn Fn(u32, u32, f64)>,
}

impl Call {
    fn new(requests: &JsValue, options: Options, sink: &Sink, each: bool) -> Result<Self, JsValue> {
        let (limits, terms, signal, ordered) = (options.limits, options.terms, options.signal.clone(), options.ordered);
        let most = if each { options.high_water_mark.unwrap_or(limits.concurrency) } else { u32::MAX };
        let host = WebHost::new(options.hosts.clone());
        let source = Source::new(requests, options)?;
        let unread = Rc::new(Cell::new(0));
        let results = Rc::new(Results { sink: sink.clone(), unread: Rc::clone(&unread), most });
        let batch = Batch::new(&Scope::new(host, limits), source, results, terms);
        let (running, heard) = (Rc::clone(&batch), sink.clone());
        let told = Closure::<dyn Fn(u32, u32, f64)>::new(move |what, _, _| {
            if what == TAKEN {
                unread.set(unread.get().saturating_sub(1));
                running.make_room();
            } else {
                running.fail(heard.reason());
            }
        });
        sink.attach(&told, &signal.unwrap_or_default(), ordered);
        Ok(Self { batch, sink: sink.clone(), _told: told })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.sink.detach();
    }
}

/// Results on their way to the user; no more is pulled while `most` of them wait for one who takes them singly.
struct Results {
    sink: Sink,
    unread: Rc<Cell<u32>>,
    most: u32,
}

impl batch::Sink<WebHost> for Results {
    fn deliver(&self, index: u32, outcome: JsValue) {
        self.unread.set(self.unread.get() + 1);
        self.sink.deliver(index, &outcome);
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.most
    }
}
