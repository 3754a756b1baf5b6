//! Old against new: the same contender of two revisions of a project, measured side by side.
//!
//! Measuring emits [events](Event) and draws no conclusions; a [`Record`] is what they add up to. When it's enough is
//! decided elsewhere, by a pure function that the [`Session`] is given.

mod checkout;
mod counts;
mod effort;
mod event;
mod imported;
mod lanes;
mod ownership;
mod pairing;
mod request;
mod revision;
mod run;
mod saved;
mod session;
mod settings;
mod sides;
#[cfg(test)]
mod tests;
mod unbuilt;

pub(crate) use checkout::lay_over;
pub use effort::{Effort, Plan};
pub use event::{Event, EventKind, Record, Records, Round, Side};
pub use ownership::Ownership;
pub use pairing::{OneSided, Paired, Pairing, pair};
pub use request::{GateRequest, Gated, Old};
pub use run::gate;
pub use session::Session;
pub use settings::{Next, Settings, SideSettings};
