//! Values of any type that are attached to a request, and come back with its result.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use slab::Slab;

use super::bindings::FetchResult;

/// A handle on an attached value. JavaScript carries its number alone; the value lives until the last handle is dropped.
/// Unlike the value, a handle is `Send` and `Sync`, as results are.
#[derive(Clone)]
pub(super) struct Tag(Arc<Number>);

struct Number(usize);

/// Tags of one call: from when a request is taken until its result is handed out.
#[derive(Default)]
pub(super) struct SentTags {
    taken: Cell<u32>,
    /// Tags by the indices of their requests, in order.
    tags: RefCell<VecDeque<(u32, Tag)>>,
}

/// An attached value, and the handle that keeps it.
type Attached = (Rc<dyn Any>, Weak<Number>);

thread_local! {
    static ATTACHED: RefCell<Slab<Attached>> = const { RefCell::new(Slab::new()) };
}

impl Tag {
    pub(super) fn new(value: impl Any) -> Self {
        ATTACHED.with_borrow_mut(|attached| {
            let entry = attached.vacant_entry();
            let tag = Self(Arc::new(Number(entry.key())));
            entry.insert((Rc::new(value), Arc::downgrade(&tag.0)));
            tag
        })
    }

    /// The tag of the request that a result belongs to.
    pub(super) fn of(result: &FetchResult) -> Option<Self> {
        // Most programs attach nothing, and then need not ask JavaScript.
        if ATTACHED.with_borrow(Slab::is_empty) {
            return None;
        }
        let number = result.request().tag().as_f64()? as usize;
        ATTACHED.with_borrow(|attached| attached.get(number)?.1.upgrade()).map(Self)
    }

    pub(super) fn number(&self) -> u32 {
        self.0.0 as u32
    }

    pub(super) fn value<T: 'static>(&self) -> Option<Rc<T>> {
        let value = ATTACHED.with_borrow(|attached| attached.get(self.0.0).map(|(value, _)| Rc::clone(value)));
        value?.downcast().ok()
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // The value is dropped outside of the borrow: it may hold tags itself.
        let value = ATTACHED.try_with(|attached| attached.borrow_mut().try_remove(self.0));
        drop(value);
    }
}

impl SentTags {
    /// Notes the tag of the next request of the call.
    pub(super) fn take(&self, tag: Option<Tag>) {
        let index = self.taken.replace(self.taken.get() + 1);
        if let Some(tag) = tag {
            self.tags.borrow_mut().push_back((index, tag));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tags.borrow().is_empty()
    }

    /// Forgets the tag of a request by its index.
    pub(super) fn forget(&self, index: u32) {
        // The tag is dropped outside of the borrow.
        let tag = {
            let mut tags = self.tags.borrow_mut();
            tags.binary_search_by_key(&index, |(index, _)| *index).ok().and_then(|place| tags.remove(place))
        };
        drop(tag);
    }
}
