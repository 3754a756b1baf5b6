//! Result types of rustworthy and every rendering of them.
//!
//! Renderings decide nothing: they print the verdicts that the types carry. They know no clock, no
//! process and no measuring code, so the same result always gives the same bytes.

pub mod comparison;
mod estimate;

pub use estimate::Estimate;
