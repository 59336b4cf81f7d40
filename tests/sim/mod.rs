//! A world in virtual time for the pipeline: its clock stands still while anything can be done, then jumps.
//!
//! Nothing sleeps and nothing is nearly right: a story's times are exact.
#![allow(dead_code, unused_imports, reason = "each test file is a crate of its own and takes what it needs")]

mod clock;
mod host;
mod script;
mod world;

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use fanfetch::core::admission::Limits;
use fanfetch::core::error::Failure;
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::batch::{Sink, Terms};
use fanfetch::pipeline::{Batch, Scope, Story};

pub(crate) use clock::Random;
pub(crate) use host::Sim;
pub(crate) use script::{Input, Item, Reply, Source};
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
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) index: u32,
    pub(crate) id: u32,
    pub(crate) at: Instant,
    pub(crate) story: Story,
    pub(crate) ended: Result<(), Failure>,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        Self::seeded(limits, 1)
    }

    pub(crate) fn seeded(limits: Limits, seed: u64) -> Self {
        let world = Rc::new(World::new(seed));
        let scope = Scope::new(Sim(Rc::clone(&world)), limits);
        world.enter(&scope);
        Self { scope, world, runs: RefCell::default() }
    }

    /// `concurrency` slots and no other limit.
    pub(crate) fn slots(concurrency: u32) -> Self {
        Self::new(Limits { concurrency, ..Limits::default() })
    }

    /// Begins a batch over inputs that are at hand.
    pub(crate) fn start(&self, inputs: impl IntoIterator<Item = Input, IntoIter: 'static>, terms: Terms) -> Rc<Play> {
        self.play(Source::at_hand(inputs), terms)
    }

    pub(crate) fn play(&self, source: Rc<Source>, terms: Terms) -> Rc<Play> {
        let play = Rc::new_cyclic(|play| Play {
            batch: Batch::new(&self.scope, Rc::clone(&source), Rc::new(Tray(play.clone())), terms),
            source,
            results: RefCell::default(),
            ended: Cell::new(None),
        });
        self.runs.borrow_mut().push(Rc::clone(&play));
        let (run, world, playing) = (Rc::clone(&play.batch).run(), Rc::clone(&self.world), Rc::clone(&play));
        self.world.clock.spawn(async move {
            let ended = run.await;
            playing.ended.set(Some((world.time(), ended)));
        });
        play
    }

    /// Begins a batch, and goes on until it is over and the world is quiet.
    pub(crate) fn whole(&self, inputs: impl IntoIterator<Item = Input, IntoIter: 'static>, terms: Terms) -> Rc<Play> {
        let play = self.start(inputs, terms);
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
        let mut steps = 0;
        self.world.clock.settle();
        while self.runs.borrow().iter().any(|play| play.ended.get().is_none()) {
            assert!(self.world.clock.step(), "nothing will ever happen again: {:?}", self.world.log.borrow());
            steps += 1;
            assert!(steps < 1_000_000, "it never settles");
        }
        self.world.clock.settle();
        self.world.clock.clear();
        let left = self.scope.admission(|admission| (admission.in_flight(), admission.queued()));
        assert_eq!(left, (0, 0), "in flight and queued at the end");
        assert_eq!((self.world.live(), self.world.is_armed()), (0, false), "live fetches, armed timer at the end");
        assert_eq!(self.world.clock.tasks(), 0, "tasks at the end");
    }

    /// Changes the concurrency while things run.
    pub(crate) fn set_concurrency(scope: &Rc<Scope<Sim>>, concurrency: u32) {
        scope.admission(|admission| admission.set_concurrency(concurrency));
        scope.hand_out();
        scope.pump();
    }

    /// Pauses or resumes.
    pub(crate) fn set_paused(scope: &Rc<Scope<Sim>>, paused: bool) {
        scope.admission(|admission| admission.set_paused(paused));
        scope.hand_out();
        scope.pump();
    }
}

impl Deref for Stage {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Play {
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
        self.story.attempts.iter().filter_map(|attempt| attempt.wait).map(|wait| wait.delay).collect()
    }
}

struct Tray(std::rc::Weak<Play>);

impl Sink<Sim> for Tray {
    fn deliver(&self, _: u32, outcome: Outcome) {
        self.0.upgrade().expect("the play outlives its batch").results.borrow_mut().push(outcome);
    }
}
