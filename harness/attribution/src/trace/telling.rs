//! What attributes of spans tell: how their traces were sampled, and which function they are calls of.

use super::code::{Code, PythonFunction};
use super::sampling::{Mark, Marks, Weights};
use super::spans::Side;
use super::value::TagValue;

/// What the attributes of a span tell together.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// How its trace was sampled.
    pub(super) mark: Mark,
    /// What it is a call of.
    pub(super) function: Option<PythonFunction>,
}

/// Takes in the attributes of a span.
pub(super) struct Telling<'a> {
    marks: Marks<'a>,
    code: Code,
}

impl<'a> Telling<'a> {
    pub(super) fn new(weights: &'a Weights) -> Self {
        Self { marks: Marks::new(weights), code: Code::default() }
    }

    /// Whether an attribute of this name can tell something.
    pub(super) fn asks_for(&self, key: &[u8]) -> bool {
        self.marks.asks_for(key) || Code::asks_for(key)
    }

    /// Takes in an attribute that can.
    pub(super) fn attribute(&mut self, key: &[u8], value: &TagValue<'_>) {
        self.code.attribute(key, value);
        self.marks.attribute(key, value);
    }

    /// Takes in the state of a trace.
    pub(super) fn trace_state(&mut self, state: &[u8]) {
        self.marks.trace_state(state);
    }

    /// What they tell of a span of that side.
    ///
    /// # Errors
    /// For a weight that is none.
    pub(super) fn told(self, side: Side) -> Result<Told, String> {
        // Who calls another service waits for it, and no function of his own takes that time.
        let function = self.code.function().filter(|_| side != Side::Client);
        Ok(Told { mark: self.marks.read()?, function })
    }

    /// How spans of a scope were sampled that has these attributes.
    ///
    /// # Errors
    /// For a weight that is none.
    pub(super) fn mark(self) -> Result<Mark, String> {
        self.marks.read()
    }
}
