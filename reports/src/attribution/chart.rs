//! Attributions as SVG drawings.

mod latency;
mod stack;
mod what_if;

pub(super) use latency::latency;
pub(super) use stack::stack;
pub(super) use what_if::what_if;
