//! The engine of rustworthy: measures Python hot paths against their contenders and decides what to migrate.
//!
//! Data flows one way: manifest → plan → workers → samples → statistics → verdicts → result types.
//! The engine prints nothing.

pub mod manifest;
