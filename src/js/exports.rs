//! What the npm package's entries call.
#![allow(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

use crate::pipeline::Scope;
use crate::pipeline::batch::{Batch, Sink};

use super::host::WebHost;
use super::options::Options;
use super::request::Source;

#[wasm_bindgen(module = "/src/js/each.js")]
extern "C" {
    /// Who reads the results of `fetchEach`.
    #[wasm_bindgen(js_name = Results)]
    #[derive(Clone, Debug)]
    pub type Reader;
    #[wasm_bindgen(static_method_of = Reader, js_class = Results)]
    fn attach(reader: &Reader, taken: &Closure<dyn Fn()>, stop: &Closure<dyn Fn()>, ordered: bool);
    #[wasm_bindgen(static_method_of = Reader, js_class = Results)]
    fn detach(reader: &Reader);
    #[wasm_bindgen(static_method_of = Reader, js_class = Results)]
    fn deliver(reader: &Reader, index: u32, outcome: &JsValue);
}

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    /// Calls back when the signal aborts, at once where it has; gives what takes the listener away.
    fn listen(signal: &JsValue, aborted: &Closure<dyn Fn(JsValue)>) -> Function;
}

/// Half of std's in size; good for one thread, which is all that there is.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// See `fetchAll` in `types.d.ts`.
#[wasm_bindgen(js_name = fetchAll, skip_typescript)]
pub fn fetch_all(requests: &JsValue, options: &JsValue) -> Promise {
    let results = Array::new();
    let call = Options::of_all(options).and_then(|options| {
        let sink = Rc::new(List(results.clone()));
        Call::new(requests, options, sink)
    });
    wasm_bindgen_futures::future_to_promise(async move {
        call?.run().await?;
        Ok(results.into())
    })
}

/// See `fetchEach` in `types.d.ts`. Resolves when all is delivered to `reader`.
#[wasm_bindgen(js_name = fetchEach, skip_typescript)]
pub fn fetch_each(requests: &JsValue, options: &JsValue, reader: Reader) -> Promise {
    let call = Options::of_each(options).and_then(|options| {
        let most = options.high_water_mark.unwrap_or(options.limits.concurrency);
        let ordered = options.ordered;
        let unread = Rc::new(Cell::new(0));
        let queue = Rc::new(Queue { reader: reader.clone(), unread: Rc::clone(&unread), most });
        let call = Call::new(requests, options, queue)?;
        Ok((Ends::new(&reader, &call.batch, unread, ordered), call))
    });
    wasm_bindgen_futures::future_to_promise(async move {
        let (_ends, call) = call?;
        call.run().await?;
        Ok(JsValue::UNDEFINED)
    })
}

/// One call, ready to run.
struct Call {
    batch: Rc<Batch<WebHost>>,
    _listener: Option<Listener>,
}

impl Call {
    fn new(requests: &JsValue, options: Options, sink: Rc<dyn Sink<WebHost>>) -> Result<Self, JsValue> {
        let (limits, terms, signal) = (options.limits, options.terms, options.signal.clone());
        let host = WebHost::new(options.hosts.clone());
        let source = Source::new(requests, options)?;
        let batch = Batch::new(&Scope::new(host, limits), source, sink, terms);
        let _listener = signal.map(|signal| Listener::new(&signal, Rc::clone(&batch)));
        Ok(Self { batch, _listener })
    }

    async fn run(self) -> Result<(), JsValue> {
        Rc::clone(&self.batch).run().await
    }
}

/// Results by the index of their inputs.
struct List(Array);

impl Sink<WebHost> for List {
    fn deliver(&self, index: u32, outcome: JsValue) {
        self.0.set(index, outcome);
    }
}

/// Results on their way to a reader; no more is pulled while `most` of them wait.
struct Queue {
    reader: Reader,
    unread: Rc<Cell<u32>>,
    most: u32,
}

impl Sink<WebHost> for Queue {
    fn deliver(&self, index: u32, outcome: JsValue) {
        self.unread.set(self.unread.get() + 1);
        Reader::deliver(&self.reader, index, &outcome);
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.most
    }
}

/// The two ends that a reader holds: it took a result, it wants no more.
struct Ends {
    reader: Reader,
    _taken: Closure<dyn Fn()>,
    _stop: Closure<dyn Fn()>,
}

impl Ends {
    fn new(reader: &Reader, batch: &Rc<Batch<WebHost>>, unread: Rc<Cell<u32>>, ordered: bool) -> Self {
        let reading = Rc::clone(batch);
        let taken = Closure::<dyn Fn()>::new(move || {
            unread.set(unread.get().saturating_sub(1));
            reading.scope().pump();
        });
        let leaving = Rc::clone(batch);
        let stop = Closure::<dyn Fn()>::new(move || leaving.fail(JsValue::UNDEFINED));
        Reader::attach(reader, &taken, &stop, ordered);
        Self { reader: reader.clone(), _taken: taken, _stop: stop }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        Reader::detach(&self.reader);
    }
}

/// The one listener of a call on its signal, gone when the call is over.
struct Listener {
    remove: Function,
    _aborted: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    fn new(signal: &JsValue, batch: Rc<Batch<WebHost>>) -> Self {
        let batch = RefCell::new(Some(batch));
        let aborted = Closure::<dyn Fn(JsValue)>::new(move |reason| {
            let batch = batch.take();
            if let Some(batch) = batch {
                batch.fail(reason);
            }
        });
        Self { remove: listen(signal, &aborted), _aborted: aborted }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.remove.call0(&JsValue::UNDEFINED);
    }
}
