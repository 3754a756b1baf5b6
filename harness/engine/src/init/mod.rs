//! `init`: finds what a project could measure, and proposes a manifest for it.
//!
//! Facts come from [reading](discover) its files and, where that is allowed, from [running](observe) its tests, its applications or
//! a command. The [proposal] is a pure function of the facts.

mod applications;
mod discover;
mod facts;
mod hot;
#[allow(clippy::module_inception)]
mod init;
mod observe;
mod proposal;
mod recorded;
mod sampled;
mod verify;
mod write;

pub use facts::{Application, Facts, Function, Interface, Missing, Module, Package, Problem, Script, Tests};
pub use hot::Hot;
pub use init::{Init, InitRequest, Look, NothingFound, Permission, init, look};
pub use observe::{Observed, Ran};
pub use proposal::{Known, Proposal, Routed, ScenarioProposal, propose};
pub use recorded::{LeftOut, Recorded};
pub use write::INPUTS;
