//! Single-threaded executor of calls. A settled promise polls its task at once; any other wake polls it in a microtask.
//!
//! It exists beside `wasm-bindgen-futures` because on Cloudflare Workers a task belongs to an invocation: it must not run in
//! another, and must not stay behind when its own has ended. So a settled promise polls its task in its own turn, and with it
//! in its own invocation, not from a queue that all share; and all tasks of an owner can be dropped ([`abandon`]). The tests
//! "an answer given early leaves nothing to the next invocation: …" and "40 invocations of 30 URLs each share a client"
//! (`tests/workerd/invocations.test.mjs`) show it. A task is first polled in the turn in which it is spawned, so calls begin
//! in the order in which they were made.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/runtime/clock.js")]
extern "C" {
    /// Calls `run` in a microtask.
    fn soon(run: &Closure<dyn Fn()>);
}

struct Tasks {
    /// By number; empty while a task is polled.
    places: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<u32>>,
    woken: RefCell<VecDeque<Bell>>,
    serial: Cell<u32>,
    owners: Cell<u32>,
    /// True while the woken tasks are about to be polled, in a microtask or at the end of this turn.
    queued: Cell<bool>,
    /// One of them is being polled.
    polling: Cell<bool>,
    run: Closure<dyn Fn()>,
}

struct Task {
    bell: Bell,
    owner: u32,
    work: Pin<Box<dyn Future<Output = ()>>>,
    waker: Waker,
}

/// Returns the tasks of this instance of the wasm, which has one thread.
fn tasks() -> &'static Tasks {
    thread_local! {
        static TASKS: &'static Tasks = Box::leak(Box::new(Tasks {
            places: RefCell::default(),
            free: RefCell::default(),
            woken: RefCell::default(),
            serial: Cell::default(),
            owners: Cell::default(),
            queued: Cell::default(),
            polling: Cell::default(),
            run: Closure::new(run),
        }));
    }
    TASKS.with(|tasks| *tasks)
}

/// Wakes a task by its number; not another that has it when that is over, and may not be woken from here.
#[derive(Clone, Copy, PartialEq)]
struct Bell {
    number: u32,
    serial: u32,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let tasks = tasks();
        tasks.woken.borrow_mut().push_back(**self);
        if !tasks.queued.replace(true) {
            soon(&tasks.run);
        }
    }
}

/// A number for somebody whose tasks may have to be [abandoned](abandon).
pub(super) fn new_owner() -> u32 {
    tasks().owners.replace(tasks().owners.get() + 1)
}

/// Runs a task, as far as it comes at once.
pub(super) fn spawn(owner: u32, work: Pin<Box<dyn Future<Output = ()>>>) {
    let tasks = tasks();
    let free = tasks.free.borrow_mut().pop();
    let number = free.unwrap_or_else(|| {
        let mut places = tasks.places.borrow_mut();
        places.push(None);
        places.len() as u32 - 1
    });
    let bell = Bell { number, serial: tasks.serial.replace(tasks.serial.get().wrapping_add(1)) };
    poll(Task { bell, owner, work, waker: Waker::from(Arc::new(bell)) });
}

/// Drops what an owner has under way.
pub(super) fn abandon(owner: u32) {
    let count = tasks().places.borrow().len();
    for number in 0..count {
        let mut places = tasks().places.borrow_mut();
        let lost = places.get_mut(number).and_then(|place| place.take_if(|task| task.owner == owner));
        drop(places);
        if let Some(task) = lost {
            end(task);
        }
    }
}

/// Polls whom `wake` wakes, without a microtask between: Node makes three objects for one. Called while one is polled, as a
/// `fetch` of the user's may, it leaves that to the microtask.
pub(super) fn at_once(wake: impl FnOnce()) {
    let tasks = tasks();
    if tasks.polling.get() || tasks.queued.replace(true) {
        return wake();
    }
    wake();
    run();
}

fn run() {
    let tasks = tasks();
    // Whoever is woken meanwhile has his turn in this one.
    tasks.queued.set(true);
    loop {
        let Some(bell) = tasks.woken.borrow_mut().pop_front() else { break };
        let mut places = tasks.places.borrow_mut();
        let task = places.get_mut(bell.number as usize).and_then(|place| place.take_if(|task| task.bell == bell));
        drop(places);
        if let Some(task) = task {
            poll(task);
        }
    }
    tasks.queued.set(false);
}

fn poll(mut task: Task) {
    let polling = tasks().polling.replace(true);
    let done = task.work.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
    tasks().polling.set(polling);
    if done {
        end(task);
    } else if let Some(place) = tasks().places.borrow_mut().get_mut(task.bell.number as usize) {
        *place = Some(task);
    }
}

/// Called with nothing borrowed, since a drop may wake others.
fn end(task: Task) {
    let number = task.bell.number;
    drop(task);
    tasks().free.borrow_mut().push(number);
}
