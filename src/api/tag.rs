//! Values of any type that are attached to a request, and come back with its result.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use super::bindings::FetchResult;

/// A handle on an attached value. JavaScript carries its number alone; the value lives until the last handle is dropped.
/// Unlike the value, a handle is `Send` and `Sync`, as results are.
#[derive(Clone)]
pub(super) struct Tag(Arc<Number>);

struct Number(u32);

/// Tags of one call: from when a request is taken until its result is handed out.
#[derive(Default)]
pub(super) struct SentTags {
    taken: Cell<u32>,
    tags: RefCell<BTreeMap<u32, Tag>>,
}

/// Attached values by number, each with the handle that keeps it.
type Values = BTreeMap<u32, (Rc<dyn Any>, Weak<Number>)>;

thread_local! {
    static VALUES: RefCell<Values> = const { RefCell::new(BTreeMap::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

impl Tag {
    pub(super) fn new(value: impl Any) -> Self {
        let number = NEXT.replace(NEXT.get().wrapping_add(1));
        let tag = Self(Arc::new(Number(number)));
        VALUES.with_borrow_mut(|values| values.insert(number, (Rc::new(value), Arc::downgrade(&tag.0))));
        tag
    }

    /// The tag of the request that a result belongs to.
    pub(super) fn of(result: &FetchResult) -> Option<Self> {
        // Most programs attach nothing, and then need not ask JavaScript.
        if VALUES.with_borrow(BTreeMap::is_empty) {
            return None;
        }
        let number = result.request().tag().as_f64()? as u32;
        VALUES.with_borrow(|values| values.get(&number)?.1.upgrade()).map(Self)
    }

    pub(super) fn number(&self) -> u32 {
        self.0.0
    }

    pub(super) fn value<T: 'static>(&self) -> Option<Rc<T>> {
        let value = VALUES.with_borrow(|values| values.get(&self.number()).map(|(value, _)| Rc::clone(value)));
        value?.downcast().ok()
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // The value is dropped outside of the borrow: it may hold tags itself.
        let value = VALUES.try_with(|values| values.borrow_mut().remove(&self.0));
        drop(value);
    }
}

impl SentTags {
    /// Notes the tag of the next request of the call.
    pub(super) fn take(&self, tag: Option<Tag>) {
        let index = self.taken.replace(self.taken.get() + 1);
        if let Some(tag) = tag {
            self.tags.borrow_mut().insert(index, tag);
        }
    }

    /// Forgets the tag of a request, by its index: its result has a handle of its own.
    pub(super) fn forget(&self, index: impl FnOnce() -> u32) {
        if self.tags.borrow().is_empty() {
            return;
        }
        let tag = self.tags.borrow_mut().remove(&index());
        drop(tag);
    }
}
