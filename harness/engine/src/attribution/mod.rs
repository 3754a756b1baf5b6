//! Which functions make up the latency of requests, and what it becomes when they get faster.
//!
//! Requests come from two sources: a `scenario` is measured, and [traces](rustworthy_attribution::trace) of production are
//! read. Either way what is known of them goes to one `assembly`, which takes shares of the latency around quantiles, and a
//! projection that replays the queue with less to do, both of [`rustworthy_attribution`]. The use cases are [`attribute_scenario`] and [`attribute_trace`].

mod assembly;
mod attribute;
mod known;
mod scenario;
mod traced;

pub use assembly::Analysis;
pub use attribute::{
    AttributeError, AttributeEvent, Attributed, Injection, Prerequisites, ScenarioRequest, TraceRequest, TraceSource,
    attribute_scenario, attribute_trace, find_scenario,
};
pub use known::KnownFunctions;
pub use rustworthy_attribution::trace;
pub use scenario::{Measured, Mode, ModeRun, Recordings, ScenarioEvent, TailStacks, attribution_of_scenario};
pub use traced::attribution_of_trace;
