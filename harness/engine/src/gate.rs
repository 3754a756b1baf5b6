//! Old against new: the same contender of two revisions of a project, measured side by side.
//!
//! Measuring tells [events](Event) and draws no conclusions; a [`Record`] is what they add up to. When it's enough is
//! decided elsewhere, by a pure function that the [`Session`] is given.

mod duel;
mod effort;
mod event;
mod imported;
mod lanes;
mod pairing;
mod past;
mod revision;
mod run;
mod saved;
mod session;

pub use effort::{Effort, Plan};
pub use event::{Event, Record, Records, Round, SideOf, What};
pub use pairing::{Both, Pairing, Unpaired, pair};
pub use run::{GateRequest, Gated, Old, gate};
pub use session::{Next, Session, Settings, Side};
