//! What a history says beforehand: inputs, where they come from, and how servers answer them.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug, Formatter};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use fanfetch::core::Millis;
use fanfetch::core::admission::HostId;
use fanfetch::core::error::Failure;
use fanfetch::core::policy::Policy;
use fanfetch::core::retry_after::{RetryAfter, RetryAfterSource};
use fanfetch::core::timers::Owner;

/// How a server answers one attempt. An infinite time is never.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// To the response's head.
    pub(crate) head: Millis,
    /// What comes in place of a head.
    pub(crate) fault: Option<Failure>,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<RetryAfter>,
    /// Leads to another address, which the next reply is from.
    pub(crate) redirects: bool,
    /// The silence before each chunk of the body, and its bytes.
    pub(crate) chunks: Vec<(Millis, f64)>,
    /// What comes in place of the body's end.
    pub(crate) broken: Option<Failure>,
    /// What making data of the body comes to.
    pub(crate) decoded: Result<(), Failure>,
}

impl Reply {
    /// An empty response with `status` after `head` ms.
    pub(crate) fn status(status: u16, head: Millis) -> Self {
        Self {
            head,
            fault: None,
            status,
            retry_after: None,
            redirects: false,
            chunks: Vec::new(),
            broken: None,
            decoded: Ok(()),
        }
    }

    pub(crate) fn ok(head: Millis) -> Self {
        Self::status(200, head)
    }

    /// A redirect with `status`, which is followed.
    pub(crate) fn redirect(status: u16, head: Millis) -> Self {
        Self { redirects: true, ..Self::status(status, head) }
    }

    pub(crate) fn hang() -> Self {
        Self::ok(f64::INFINITY)
    }

    /// A lost connection after `head` ms.
    pub(crate) fn lost(head: Millis) -> Self {
        Self { fault: Some(Failure::Network { transient: true }), ..Self::ok(head) }
    }

    /// With a body of such chunks: the silence before each, and its bytes.
    pub(crate) fn body(mut self, chunks: impl IntoIterator<Item = (Millis, f64)>) -> Self {
        self.chunks = chunks.into_iter().collect();
        self
    }

    /// Asks to be left alone for so long.
    pub(crate) fn asking(mut self, after: Millis) -> Self {
        self.retry_after = Some(RetryAfter { after, by: RetryAfterSource::RetryAfter });
        self
    }
}

/// One input.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// What the log calls it; its index, unless the history says otherwise.
    pub(crate) id: u32,
    pub(crate) host: Result<HostId, Failure>,
    pub(crate) policy: Rc<Policy>,
    /// The answers to its attempts; the last one to all further ones.
    pub(crate) replies: Rc<[Reply]>,
    pub(crate) may_repeat: bool,
    /// How long its body takes to be made.
    pub(crate) before_request: Option<Millis>,
    /// What the user says of a retry, and after how long.
    pub(crate) should_retry: Option<(Millis, Option<bool>)>,
    pub(crate) own_delay: Option<Result<Millis, Failure>>,
    pub(crate) own_jitter: Option<fn(Millis) -> Millis>,
    /// Which statuses the user calls a failure, where the policy asks.
    pub(crate) is_failure: fn(u16) -> bool,
    /// What it shares with identical requests.
    pub(crate) key: Option<u32>,
    /// How long hooks look at a response, and the status of the one that they give in its place.
    pub(crate) after_response: Option<(Millis, Option<u16>)>,
    /// What the hooks that look at a response come to.
    pub(crate) reviewed: Result<(), Failure>,
    /// How long it takes to get another authorization, and what comes of it.
    pub(crate) refresh_auth: Option<(Millis, Result<(), Failure>)>,
    /// How long the data are held against a schema, and what comes of it.
    pub(crate) validate: Option<(Millis, Result<(), Failure>)>,
    /// How long hooks take before a retry, and what comes of it.
    pub(crate) before_retry: Option<(Millis, Result<(), Failure>)>,
    /// What its hooks do and wait for: the one that looks at the response, or the one that makes it ready.
    pub(crate) nested: Option<Nested>,
    /// How long hooks take over its result, and what comes of it.
    pub(crate) on_result: Option<(Millis, Result<(), Failure>)>,
    /// Its signal was aborted before it was pulled.
    pub(crate) aborted: bool,
    pub(crate) sent: Cell<u32>,
}

impl Input {
    /// A repeatable request to `host`, answered so.
    pub(crate) fn to(host: HostId, replies: impl Into<Vec<Reply>>) -> Self {
        Self {
            id: u32::MAX,
            host: Ok(host),
            policy: Rc::default(),
            replies: replies.into().into(),
            may_repeat: true,
            before_request: None,
            should_retry: None,
            own_delay: None,
            own_jitter: None,
            is_failure: |_| false,
            key: None,
            after_response: None,
            reviewed: Ok(()),
            refresh_auth: None,
            validate: None,
            before_retry: None,
            nested: None,
            on_result: None,
            aborted: false,
            sent: Cell::new(0),
        }
    }

    /// With another policy.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(Rc::make_mut(&mut self.policy));
        self
    }

    /// Whether its body is handed out unread.
    pub(crate) fn is_handed_out(&self) -> bool {
        self.policy.read.is_handed_out()
    }

    pub(crate) fn next_reply(&self) -> Reply {
        let number = self.sent.replace(self.sent.get() + 1) as usize;
        self.replies[number.min(self.replies.len() - 1)].clone()
    }
}

/// Something that the user's code begins on the way of a request, and waits for.
#[derive(Clone)]
pub(crate) struct Nested(Rc<dyn Fn(Option<Owner>) -> Calls>);

type Calls = Pin<Box<dyn Future<Output = ()>>>;

impl Nested {
    /// It is told the task of the request, where that holds a slot.
    pub(crate) fn new<F: Future<Output = ()> + 'static>(begin: impl Fn(Option<Owner>) -> F + 'static) -> Option<Self> {
        Some(Self(Rc::new(move |holder| Box::pin(begin(holder)))))
    }

    pub(super) async fn run(&self, holder: Option<Owner>) {
        (self.0)(holder).await;
    }
}

impl Debug for Nested {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Nested")
    }
}

/// Where inputs come from.
pub(crate) struct Source {
    items: RefCell<Box<dyn Iterator<Item = Item>>>,
    /// The one that was taken last.
    pub(crate) taken: RefCell<Option<Item>>,
    /// Whether they take time to come.
    pub(crate) slow: bool,
    /// How many there are, where that is known.
    pub(crate) size: Option<u32>,
    pub(crate) pulled: Cell<u32>,
    pub(crate) pulling: Cell<bool>,
    /// It came to its end, threw, or was closed.
    pub(crate) over: Cell<bool>,
    pub(crate) closed: Cell<u32>,
}

/// One step of a source.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) after: Millis,
    pub(crate) what: Result<Input, &'static str>,
}

impl Source {
    pub(crate) fn new(items: impl IntoIterator<Item = Item, IntoIter: 'static>, slow: bool) -> Rc<Self> {
        let items = items.into_iter();
        let size = items.size_hint().1.filter(|_| !slow).map(|size| size as u32);
        Rc::new(Self {
            items: RefCell::new(Box::new(items)),
            taken: RefCell::default(),
            slow,
            size,
            pulled: Cell::new(0),
            pulling: Cell::new(false),
            over: Cell::new(false),
            closed: Cell::new(0),
        })
    }

    /// A generator: nobody knows how many it has.
    pub(crate) fn unsized_at_hand(inputs: impl IntoIterator<Item = Input, IntoIter: 'static>) -> Rc<Self> {
        let mut rest = inputs.into_iter();
        let endless = std::iter::from_fn(move || rest.next());
        Self::new(endless.map(|input| Item { after: 0.0, what: Ok(input) }), false)
    }

    pub(crate) fn at_hand(inputs: impl IntoIterator<Item = Input, IntoIter: 'static>) -> Rc<Self> {
        Self::new(inputs.into_iter().map(|input| Item { after: 0.0, what: Ok(input) }), false)
    }

    pub(crate) fn next(&self) -> Option<Item> {
        assert!(!self.over.get(), "pulled from a source that is over");
        self.items.borrow_mut().next()
    }
}
