//! What else there is to tell of traces that were read, as numbers and names that add up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::requests::OperationName;
use super::told::Told;
use crate::trace::groups::Groups;
use crate::trace::names::{Functions, note_function};
use crate::trace::sampling::Mark;
use crate::trace::spans::Skips;

/// What else there is to tell of traces that were read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::trace) struct Counters {
    pub(in crate::trace) formats: BTreeSet<String>,
    /// Spans and events, skipped ones included.
    pub(in crate::trace) spans: u64,
    /// Spans whose parent isn't in the trace, by their service.
    pub(in crate::trace) orphans: BTreeMap<String, u64>,
    /// Spans that didn't fit into their parents.
    pub(in crate::trace) clamped: u64,
    /// Spans that were moved since their clock is another.
    pub(in crate::trace) skewed: u64,
    /// Files among others that hold nothing.
    pub(in crate::trace) empty_files: u64,
    /// Files and messages that end too early, of which what is there is used.
    pub(in crate::trace) truncated: u64,
    /// Traces that aren't whole, as whoever has exported them says.
    pub(in crate::trace) partial: u64,
    /// Traces that were left out since they have too many spans.
    pub(in crate::trace) left_out: u64,
    /// What was told of the sampling of all traces.
    pub(in crate::trace) of_all: Sampled,
    pub(in crate::trace) skips: Skips,
    pub(in crate::trace) groups: Groups,
    /// Which operations are functions of Python.
    pub(in crate::trace) functions: Functions,
    /// Operations of spans that are part of no request, since it isn't known which one they belong to.
    pub(in crate::trace) lost: BTreeSet<OperationName>,
    /// The services of all spans of traces, none included.
    pub(in crate::trace) services_of_spans: BTreeSet<String>,
    /// All services, where one was asked for.
    pub(in crate::trace) services: BTreeSet<String>,
}

/// What was told of the sampling of all traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::trace) struct Sampled {
    chosen: bool,
    limited: bool,
}

impl Sampled {
    /// What the mark of all tells.
    pub(in crate::trace) fn of(mark: Mark) -> Self {
        Self { chosen: mark.is_chosen, limited: mark.is_limited }
    }

    /// As it is told of each request.
    pub(in crate::trace) fn told(self) -> Told {
        Told::of(Mark { weight: None, is_chosen: self.chosen, is_limited: self.limited })
    }
}

impl Counters {
    /// Adds what there is to tell of others.
    pub(in crate::trace) fn merge(&mut self, other: Self) {
        let Self { formats, spans, orphans, clamped, skewed, empty_files, truncated, partial, left_out, .. } = other;
        self.formats.extend(formats);
        self.spans += spans;
        for (service, spans) in orphans {
            *self.orphans.entry(service).or_default() += spans;
        }
        self.clamped += clamped;
        self.skewed += skewed;
        self.empty_files += empty_files;
        self.truncated += truncated;
        self.partial += partial;
        self.left_out += left_out;
        self.of_all.chosen |= other.of_all.chosen;
        self.of_all.limited |= other.of_all.limited;
        self.skips.merge(other.skips);
        self.groups.merge(other.groups);
        for (name, file) in other.functions {
            note_function(&mut self.functions, &name, file.as_deref());
        }
        self.lost.extend(other.lost);
        self.services_of_spans.extend(other.services_of_spans);
        self.services.extend(other.services);
    }
}
