//! Which functions make up the latency of requests, and what it becomes when they get faster.

mod request;
pub mod trace;

pub use request::{Function, Part, Request, Requests};
