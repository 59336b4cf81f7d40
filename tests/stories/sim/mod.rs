//! A world in virtual time for the pipeline: its clock stands still while anything can be done, then jumps.
//!
//! Nothing sleeps and nothing is nearly right: a history's times are exact.

mod clock;
mod host;
mod script;
mod world;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::ops::Deref;
use std::rc::Rc;
use std::task::{Poll, Waker};

use fanfetch::core::admission::{GateId, HostId, Limits, ROOT};
use fanfetch::core::error::Failure;
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::batch::{BatchOptions, Progress, Sink};
use fanfetch::pipeline::{Batch, History, Scope};

pub(crate) use clock::Random;
pub(crate) use host::Sim;
pub(crate) use script::{Input, Item, Nested, Reply, Source};
pub(crate) use world::{End, Fetch, World};

/// A scope in a world of its own.
pub(crate) struct Stage {
    pub(crate) scope: Rc<Scope<Sim>>,
    world: Rc<World>,
    runs: RefCell<Vec<Rc<Play>>>,
}

/// A batch on the stage: what goes in, what came out.
pub(crate) struct Play {
    pub(crate) batch: Rc<Batch<Sim>>,
    pub(crate) source: Rc<Source>,
    pub(crate) results: RefCell<Vec<Outcome>>,
    /// When it ended, and what ended it.
    pub(crate) ended: Cell<Option<(Instant, Result<(), &'static str>)>>,
    /// The last body that it handed out is over, too.
    pub(crate) over: Cell<bool>,
    /// How far it was, each time that it said so.
    pub(crate) progress_calls: RefCell<Vec<(Millis, Progress)>>,
    wakers: RefCell<Vec<Waker>>,
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) index: u32,
    pub(crate) id: u32,
    pub(crate) at: Instant,
    pub(crate) history: History,
    pub(crate) ended: Result<(), Failure>,
    /// The fetch that its data came with, by its place in the log; `None` where the body was not read.
    pub(crate) answer: Option<usize>,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        Self::seeded(limits, 1)
    }

    pub(crate) fn seeded(limits: Limits, seed: u64) -> Self {
        Self::within(World::new(seed), limits)
    }

    fn within(world: World, limits: Limits) -> Self {
        let world = Rc::new(world);
        let scope = Scope::new(Sim(Rc::clone(&world)), limits, true);
        world.enter(&scope);
        Self { scope, world, runs: RefCell::default() }
    }

    /// Another in the same time, which keeps to the rate of this one; its hosts are numbered from `first` on.
    pub(crate) fn beside(&self, first: HostId) -> Self {
        let (limits, pace) =
            self.scope.admission(|admission| (admission.limits(ROOT), admission.shared_rate(ROOT).cloned()));
        let other = Self::within(World::beside(&self.world), limits);
        let pace = pace.map(|pace| pace.joined(move |host| u64::from(host + first)));
        other.scope.admission(|admission| pace.into_iter().for_each(|pace| admission.share_rate(ROOT, pace)));
        other
    }

    /// `concurrency` slots and no other limit.
    pub(crate) fn slots(concurrency: u32) -> Self {
        Self::new(Limits { concurrency, ..Limits::default() })
    }

    /// Begins a batch over inputs that are at hand.
    pub(crate) fn start(
        &self,
        inputs: impl IntoIterator<Item = Input, IntoIter: 'static>,
        options: BatchOptions,
    ) -> Rc<Play> {
        self.play(Source::at_hand(inputs), options)
    }

    pub(crate) fn play(&self, source: Rc<Source>, options: BatchOptions) -> Rc<Play> {
        self.play_behind(ROOT, source, options)
    }

    /// Begins a batch behind a gate.
    pub(crate) fn play_behind(&self, gate: GateId, source: Rc<Source>, options: BatchOptions) -> Rc<Play> {
        let play = Rc::new_cyclic(|play| Play {
            batch: Batch::new(&self.scope, gate, Rc::clone(&source), Rc::new(Tray(play.clone())), options),
            source,
            results: RefCell::default(),
            ended: Cell::new(None),
            over: Cell::new(false),
            progress_calls: RefCell::default(),
            wakers: RefCell::default(),
        });
        self.runs.borrow_mut().push(Rc::clone(&play));
        let (batch, playing) = (Rc::clone(&play.batch), Rc::clone(&play));
        self.world.clock.spawn(async move {
            if options.single {
                batch.run_single().await
            } else {
                batch.run().await
            }
            playing.over.set(true);
        });
        play
    }

    /// Begins one request alone.
    pub(crate) fn single(&self, input: Input) -> Rc<Play> {
        self.single_behind(ROOT, input)
    }

    pub(crate) fn single_behind(&self, gate: GateId, input: Input) -> Rc<Play> {
        self.play_behind(gate, Source::at_hand([input]), BatchOptions { single: true, ..BatchOptions::default() })
    }

    /// A gate with such limits inside the client's own.
    pub(crate) fn gate(&self, limits: Limits) -> GateId {
        self.scope.admission(|admission| admission.open_gate(limits, ROOT))
    }

    /// Begins a batch, and goes on until it is over and the world is quiet.
    pub(crate) fn whole(
        &self,
        inputs: impl IntoIterator<Item = Input, IntoIter: 'static>,
        options: BatchOptions,
    ) -> Rc<Play> {
        let play = self.start(inputs, options);
        self.run();
        play
    }

    /// Does something at a point in time; after what happens by itself at that point and was arranged before.
    pub(crate) fn at(&self, millis: Millis, act: impl FnOnce(&Rc<Scope<Sim>>) + 'static) {
        let scope = Rc::clone(&self.scope);
        self.world.clock.at(Instant::from_millis(millis), move || act(&scope));
    }

    /// Goes on until every batch is over, then looks for anything left behind.
    pub(crate) fn run(&self) {
        Self::run_all(&[self]);
        assert_eq!(self.world.clock.tasks(), 0, "tasks at the end");
    }

    /// The same of several in the same time.
    pub(crate) fn run_all(stages: &[&Self]) {
        let mut steps = 0;
        let clock = &stages[0].world.clock;
        clock.settle();
        while stages.iter().any(|stage| stage.runs.borrow().iter().any(|play| !play.over.get())) {
            assert!(clock.step(), "nothing will ever happen again: {:?}", stages[0].world.log.borrow());
            steps += 1;
            assert!(steps < 1_000_000, "it never settles");
        }
        clock.settle();
        clock.clear();
        stages.iter().for_each(|stage| stage.look_around());
    }

    fn look_around(&self) {
        let left = self.scope.admission(|admission| (admission.in_flight(), admission.queued()));
        assert_eq!((left, self.scope.queued()), ((0, 0), 0), "in flight, queued and waiting at the end");
        assert_eq!((self.world.live(), self.world.is_armed()), (0, false), "live fetches, armed timer at the end");
    }
}

impl Deref for Stage {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Play {
    /// Waits for its end.
    pub(crate) async fn ended(&self) {
        poll_fn(|context| {
            self.wakers.borrow_mut().push(context.waker().clone());
            if self.ended.get().is_some() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The results in input order: each index at most once.
    pub(crate) fn sorted(&self) -> Vec<Outcome> {
        let mut results = self.results.borrow().clone();
        results.sort_by_key(|outcome| outcome.index);
        assert!(results.windows(2).all(|pair| pair[0].index < pair[1].index), "an index came twice: {results:?}");
        results
    }

    /// The failures in input order, `None` for a success.
    pub(crate) fn failures(&self) -> Vec<Option<Failure>> {
        self.sorted().into_iter().map(|outcome| outcome.ended.err()).collect()
    }

    /// The only result.
    pub(crate) fn only(&self) -> Outcome {
        let results = self.sorted();
        assert_eq!(results.len(), 1, "{results:?}");
        results[0].clone()
    }

    /// When each result came, in input order.
    pub(crate) fn times(&self) -> Vec<Millis> {
        self.sorted().iter().map(|outcome| outcome.at.as_millis()).collect()
    }

    /// When it ended, and what ended it.
    pub(crate) fn end(&self) -> (Millis, Result<(), &'static str>) {
        let (time, ended) = self.ended.get().expect("it is over");
        (time.as_millis(), ended)
    }
}

impl Outcome {
    /// The waits between its attempts.
    pub(crate) fn waits(&self) -> Vec<Millis> {
        self.history.attempts.iter().filter_map(|attempt| attempt.wait).map(|wait| wait.delay).collect()
    }
}

struct Tray(std::rc::Weak<Play>);

impl Tray {
    fn play(&self) -> Rc<Play> {
        self.0.upgrade().expect("the play outlives its batch")
    }
}

impl Sink<Sim> for Tray {
    fn deliver(&self, _: u32, outcome: Outcome) {
        self.play().results.borrow_mut().push(outcome);
    }

    fn end(&self, thrown: Option<&'static str>) {
        let play = self.play();
        let ended = (play.batch.scope().now(), thrown.map_or(Ok(()), Err));
        assert!(play.ended.replace(Some(ended)).is_none(), "it ended twice");
        play.wakers.take().into_iter().for_each(Waker::wake);
    }

    fn moved(&self, progress: &dyn Fn() -> Progress) {
        let play = self.play();
        play.progress_calls.borrow_mut().push((play.batch.scope().now().as_millis(), progress()));
    }
}
