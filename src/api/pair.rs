//! Names and values, as a query, a form or headers take them.

use std::fmt::Display;

/// A name and its value: any `(name, value)`, or a reference to one, with a name like `&str` and a value that can be
/// displayed. So arrays, slices, vectors and maps of strings and numbers can be given as they are.
pub trait Pair: sealed::Sealed {
    #[doc(hidden)]
    fn into_pair(self) -> (String, String);
}

impl<N: AsRef<str>, V: Display> Pair for (N, V) {
    fn into_pair(self) -> (String, String) {
        (self.0.as_ref().into(), self.1.to_string())
    }
}

impl<N: AsRef<str>, V: Display> Pair for &(N, V) {
    fn into_pair(self) -> (String, String) {
        (self.0.as_ref().into(), self.1.to_string())
    }
}

mod sealed {
    pub trait Sealed {}
    impl<N, V> Sealed for (N, V) {}
    impl<N, V> Sealed for &(N, V) {}
}
