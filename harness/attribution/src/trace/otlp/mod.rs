//! OpenTelemetry's protocol: requests to export traces, as [JSON](json) and as [protobuf], and Tempo's answers.

mod attributes;
pub(super) mod json;
pub(super) mod protobuf;

use super::names::Operations;
use super::spans::{LATEST, Reason, Side, Span};
use super::telling::Told;

/// The name of the format in results.
const NAME: &str = "otlp";

/// What tells the name of a service.
pub(super) const SERVICE: &str = "service.name";

/// Attributes that tell instances of a service apart, the most specific first.
pub(super) const INSTANCE: [&str; 4] = ["service.instance.id", "k8s.pod.name", "host.id", "host.name"];

/// Of the flags of a span: it is known whether its parent is of another process, and it is.
const REMOTE_PARENT: u32 = 0x100 | 0x200;

/// A span as both encodings tell it, and tables of the same.
pub(super) struct Fields {
    pub(super) trace: Option<u128>,
    pub(super) id: Option<u64>,
    pub(super) parent: Option<u64>,
    /// Nanoseconds since 1970; 0 is unknown.
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) side: Side,
    pub(super) flags: u32,
    pub(super) failed: bool,
    pub(super) told: Told,
}

impl Fields {
    /// The operation of a span of this name.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn operation(&self, name: &str, operations: &mut Operations) -> Result<u32, String> {
        operations.of_span(name, self.told.function.as_ref())
    }

    pub(super) fn collected(self, operation: u32, resource: u32) -> Result<Span, Reason> {
        let (Some(trace), Some(id)) = (self.trace, self.id) else { return Err(Reason::NoId) };
        let known = |time: Option<i64>| time.filter(|nanos| (1..LATEST).contains(nanos));
        let (Some(start), Some(end)) = (known(self.start), known(self.end)) else { return Err(Reason::NoTime) };
        Ok(Span {
            trace,
            id,
            parent: self.parent,
            start,
            end,
            operation,
            resource,
            failed: self.failed,
            coarse: false,
            side: self.side,
            has_remote_parent: self.flags & REMOTE_PARENT == REMOTE_PARENT,
            mark: self.told.mark,
        })
    }
}
