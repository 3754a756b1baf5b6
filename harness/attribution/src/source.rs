//! Where requests are: in memory, or in a file because there are too many.

use std::convert::Infallible;

use crate::request::{Function, Request, Requests};

/// Requests that can be gone through, again and again, in the order of their arrival.
pub trait RequestSource {
    /// Why that may fail.
    type Error;

    /// The functions to which parts of requests refer.
    fn functions(&self) -> &[Function];

    /// How many requests there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Visits all of them with their places.
    ///
    /// # Errors
    /// When they can't be read.
    fn visit(&self, visit: impl FnMut(usize, &Request)) -> Result<(), Self::Error>;
}

impl RequestSource for Requests {
    type Error = Infallible;

    fn functions(&self) -> &[Function] {
        &self.functions
    }

    fn len(&self) -> usize {
        self.requests.len()
    }

    fn visit(&self, mut visit: impl FnMut(usize, &Request)) -> Result<(), Infallible> {
        self.requests.iter().enumerate().for_each(|(place, request)| visit(place, request));
        Ok(())
    }
}
