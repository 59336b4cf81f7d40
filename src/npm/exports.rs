//! Exports that the entries of the npm package call.
#![cfg(target_arch = "wasm32")]
#![allow(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use fanfetch::js::protocol::*;
use fanfetch::js::{Gate, JsSource, Options, Source, WebHost, stats_of};
use fanfetch::pipeline::batch::{self, Batch, Progress};
use fanfetch::pipeline::host::Runtime;

#[wasm_bindgen]
extern "C" {
    /// Takes the results of one call, and tells what its user does.
    #[derive(Clone, Debug)]
    pub type Sink;
    #[wasm_bindgen(method)]
    fn attach(this: &Sink, told: &Closure<dyn Fn(u32, u32, f64)>, source: &JsSource);
    #[wasm_bindgen(method)]
    fn detach(this: &Sink);
    #[wasm_bindgen(method)]
    fn deliver(this: &Sink, index: f64, outcome: &JsValue);
    #[wasm_bindgen(method)]
    fn end(this: &Sink, threw: f64, thrown: &JsValue);
    #[wasm_bindgen(method)]
    fn progress(
        this: &Sink,
        started: f64,
        succeeded: f64,
        failed: f64,
        flying: f64,
        queued: f64,
        retries: f64,
        bytes: f64,
    );
    #[wasm_bindgen(method, getter)]
    fn reason(this: &Sink) -> JsValue;
}

/// Half of std's in size; good for one thread, which is all that there is.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Slots, queue and statistics that the calls of a client share.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Engine {
    gate: Rc<Gate>,
}

#[wasm_bindgen]
impl Engine {
    /// That of a client with such options.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &Options) -> Self {
        Self { gate: Gate::outermost(options, true) }
    }

    /// That of a client derived from this one, which may have limits of its own.
    pub fn inner(&self, options: &Options) -> Self {
        Self { gate: Gate::inside(&self.gate, options) }
    }

    /// Keeps to the rate of another from now on, together with all who do: what starts through one counts for each of them.
    #[wasm_bindgen(js_name = keepPace)]
    pub fn keep_pace(&self, other: &Self) {
        self.gate.keep_pace(&other.gate);
    }

    /// Drops all that is under way, without a word to anybody: the invocation that it belonged to has ended.
    pub fn abandon(&self) {
        self.gate.abandon();
    }

    /// Runs a call from `source` into `sink`.
    pub fn run(&self, source: JsSource, sink: Sink, kind: i32, holder: u32) {
        let options = source.options();
        begin(Gate::inside(&self.gate, &options), source, &options, sink, (kind, holder));
    }

    /// Looks at a switch or turns it.
    pub fn turn(&self, what: i32, value: f64) -> f64 {
        let Gate { scope, id, .. } = &*self.gate;
        match what {
            SWITCH_IN_FLIGHT => return scope.admission(|admission| admission.in_flight()).into(),
            SWITCH_QUEUED => return scope.queued().into(),
            SWITCH_CONCURRENCY => return scope.admission(|admission| admission.limits(*id)).concurrency.into(),
            SWITCH_SET_CONCURRENCY => scope.set_concurrency(*id, value as u32),
            SWITCH_SET_PAUSED => scope.set_paused(value > 0.0),
            _ => return scope.cancel_queued().into(),
        }
        0.0
    }

    /// What became of its requests so far.
    pub fn stats(&self) -> JsValue {
        stats_of(&self.gate.scope)
    }
}

/// Runs a call that shares nothing with any other.
#[wasm_bindgen(skip_typescript)]
pub fn run(source: JsSource, sink: Sink, kind: i32) {
    let options = source.options();
    begin(Gate::outermost(&options, false), source, &options, sink, (kind, 0));
}

fn begin(gate: Rc<Gate>, source: JsSource, options: &Options, sink: Sink, (kind, holder): (i32, u32)) {
    let whole =
        batch::BatchOptions { single: kind == CALL_SINGLE, holder: (holder > 0).then_some(holder), ..options.batch() };
    let call = Call::new(gate, source, options, sink, (kind, whole));
    let scope = Rc::clone(call.batch.scope());
    scope.host().spawn(async move {
        let batch = Rc::clone(&call.batch);
        match kind {
            CALL_SINGLE => batch.run_single().await,
            _ => batch.run().await,
        }
        drop(call);
    });
}

/// One call, ready to run; dropped, it hears no more of its user.
struct Call {
    batch: Rc<Batch<WebHost>>,
    sink: Sink,
    _told: Closure<dyn Fn(u32, u32, f64)>,
    _gate: Rc<Gate>,
}

impl Call {
    fn new(
        gate: Rc<Gate>,
        inputs: JsSource,
        options: &Options,
        sink: Sink,
        (kind, whole): (i32, batch::BatchOptions),
    ) -> Self {
        let most = if kind == CALL_EACH { options.high_water_mark(gate.concurrency()) } else { u32::MAX };
        // A client may be closed, and a loop left, at any time.
        let source = Source::new(inputs.clone(), options, &whole, kind == CALL_EACH || gate.scope.keeps_stats());
        let unread = Rc::new(Cell::new(0));
        let watched = options.is_watched();
        let results = Rc::new(Results { sink: sink.clone(), unread: Rc::clone(&unread), most, watched });
        let batch = Batch::new(&gate.scope, gate.id, source, results, whole);
        let (running, heard) = (Rc::clone(&batch), sink.clone());
        let told = Closure::<dyn Fn(u32, u32, f64)>::new(move |what, _, _| match what as i32 {
            NEWS_TAKEN => {
                unread.set(unread.get().saturating_sub(1));
                running.make_room();
            }
            NEWS_CLOSED => running.close(),
            _ => running.fail(heard.reason()),
        });
        sink.attach(&told, &inputs);
        Self { batch, sink, _told: told, _gate: gate }
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
    watched: bool,
}

impl batch::Sink<WebHost> for Results {
    fn deliver(&self, index: u32, outcome: JsValue) {
        self.unread.set(self.unread.get() + 1);
        self.sink.deliver(index.into(), &outcome);
    }

    fn end(&self, thrown: Option<JsValue>) {
        self.sink.end(thrown.is_some().into(), &thrown.unwrap_or_default());
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.most
    }

    fn moved(&self, progress: &dyn Fn() -> Progress) {
        if self.watched {
            let Progress { started, succeeded, failed, in_flight, queued, retries, bytes } = progress();
            let [started, succeeded, failed, in_flight, queued, retries] =
                [started, succeeded, failed, in_flight, queued, retries].map(f64::from);
            self.sink.progress(started, succeeded, failed, in_flight, queued, retries, bytes);
        }
    }
}
