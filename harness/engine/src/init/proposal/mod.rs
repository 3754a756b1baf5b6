//! From what is known of a project to a manifest for it. Pure.

mod inputs;
mod manifest;
mod scenarios;
#[cfg(test)]
mod tests;
mod text;

pub use manifest::{Known, Proposal, propose};
pub use scenarios::{Routed, ScenarioProposal};
