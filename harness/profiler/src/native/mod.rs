//! Native stacks: registers and a copy of the stack, taken while a thread is stopped and unwound when it runs again.

mod image;
mod maps;
mod symbols;
mod unwind;

pub(super) use symbols::{Owner, Symbol, Symbols};
pub(super) use unwind::{Snapshot, StackEnds, Unwinder};
