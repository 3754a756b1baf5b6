//! What all files hold together: spans of traces, events of threads, and what was left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Position, TraceError};
use super::names::{Operations, Resources};
use super::options::Options;
use super::portion::{Counters, Sampled};
use super::rows::{Row, Rows, ordered, unordered};
use super::sampling::{Mark, Source};

/// Beyond it, in nanoseconds since 1970, is no time: the year 2096.
pub(super) const LATEST: i64 = 4_000_000_000_000_000_000;

/// Why a span isn't part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its id, or that of its trace, is missing.
    NoId,
    /// It has no start or no end, or one that is no time.
    NoTime,
    /// It ends before it begins.
    Negative,
    /// It is exactly another span of the trace, exported or stored once more.
    Copy,
    /// Another span of the trace has the same id, and isn't the other side of the same call; the one that began first is
    /// kept.
    Duplicate,
    /// It is its own ancestor, or beneath such a span.
    Cycle,
    /// An ancestor's parent isn't in the trace.
    BeneathOrphan,
    /// An event that began and never ended, or one within it.
    Unended,
    /// An end of an event that never began.
    Unbegun,
    /// An event of another kind: asynchronous, of an instant, a counter, a flow.
    OtherEvent,
    /// It belongs to no request of the names that were asked for.
    NotAskedFor,
    /// Its trace has more spans than the limit, and such traces were to be left out.
    LongTrace,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoId => "without an id",
            Self::NoTime => "without a start or an end",
            Self::Negative => "that end before they begin",
            Self::Copy => "that are exact copies of others",
            Self::Duplicate => "whose id another one has",
            Self::Cycle => "that are their own ancestors",
            Self::BeneathOrphan => "beneath one whose parent isn't in the trace",
            Self::Unended => "that never ended",
            Self::Unbegun => "that end and never began",
            Self::OtherEvent => "of another kind (asynchronous, instants, counters, flows)",
            Self::NotAskedFor => "of no request that was asked for",
            Self::LongTrace => "of traces with more spans than the limit",
        })
    }
}

/// Spans that are part of no request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Why they aren't.
    pub reason: Reason,
    /// How many.
    pub spans: u64,
    /// The first of them, by the name of its file; `None` where that isn't known any more.
    pub first: Option<(PathBuf, Position)>,
}

/// Those that are part of no request, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Skips(BTreeMap<Reason, Skipped>);

impl Skips {
    pub(super) fn add(&mut self, reason: Reason, spans: u64, place: Option<(&Path, Position)>) {
        if spans == 0 {
            return;
        }
        let skipped = self.0.entry(reason).or_insert_with(|| Skipped { reason, spans: 0, first: None });
        skipped.spans += spans;
        let known = skipped.first.as_ref().map(|(file, at)| (file.as_path(), *at));
        if let Some((file, at)) = place.filter(|place| known.is_none_or(|known| *place < known)) {
            skipped.first = Some((file.to_owned(), at));
        }
    }

    /// Adds what was skipped elsewhere.
    pub(super) fn merge(&mut self, other: Self) {
        for Skipped { reason, spans, first } in other.0.into_values() {
            self.add(reason, spans, first.as_ref().map(|(file, at)| (file.as_path(), *at)));
        }
    }

    pub(super) fn into_vec(self) -> Vec<Skipped> {
        self.0.into_values().collect()
    }
}

/// A span, whichever format it is of. Times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) operation: u32,
    pub(super) resource: u32,
    pub(super) failed: bool,
    /// Its times are whole microseconds.
    pub(super) coarse: bool,
    pub(super) side: Side,
    /// Its parent is known to be of another process.
    pub(super) has_remote_parent: bool,
    pub(super) mark: Mark,
}

/// Of which side of a call a span tells. As in Zipkin's B3, both may have one id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
    /// It answers to a message, for which nobody waits.
    Consumer,
    /// It is no call, or that isn't told.
    Neither,
}

impl Side {
    /// Whether spans of these sides tell of a call together.
    pub(super) fn completes(self, other: Self) -> bool {
        matches!((self, other), (Self::Client, Self::Server) | (Self::Server, Self::Client))
    }
}

const FAILED: u64 = 1;
const COARSE: u64 = 2;
const CLIENT: u64 = 4;
const SERVER: u64 = 8;
const CONSUMER: u64 = 16;
const REMOTE_PARENT: u64 = 32;
const CHOSEN: u64 = 64;
const LIMITED: u64 = 128;
/// Where the source of the weight begins, a number of three bits.
const SOURCE: u32 = 8;
/// Of a weight the 48 highest bits are kept, more than its sampler knows. Below them are those of all the rest.
const WEIGHT: u64 = !0xffff;

impl Span {
    /// Spans of a trace come together, in the order of their ids.
    pub(super) fn row(&self) -> Row {
        [
            (self.trace >> 64) as u64,
            self.trace as u64,
            self.id,
            ordered(self.start),
            ordered(self.end),
            self.parent.unwrap_or(0),
            u64::from(self.operation) << 32 | u64::from(self.resource),
            self.bits(),
        ]
    }

    /// What is yes or no of it, its side, and its weight.
    pub(super) fn bits(&self) -> u64 {
        let side = match self.side {
            Side::Client => CLIENT,
            Side::Server => SERVER,
            Side::Consumer => CONSUMER,
            Side::Neither => 0,
        };
        let is = |is: bool, flag: u64| u64::from(is) * flag;
        let Mark { weight, is_chosen, is_limited } = self.mark;
        let weight = weight.map_or(0, |(weight, source)| {
            (weight.to_bits().saturating_add(1 << 15) & WEIGHT) | ((source as u64) << SOURCE)
        });
        is(self.failed, FAILED)
            | is(self.coarse, COARSE)
            | is(self.has_remote_parent, REMOTE_PARENT)
            | is(is_chosen, CHOSEN)
            | is(is_limited, LIMITED)
            | side
            | weight
    }

    pub(super) fn of(row: &Row) -> Self {
        Self {
            trace: u128::from(row[0]) << 64 | u128::from(row[1]),
            id: row[2],
            start: unordered(row[3]),
            end: unordered(row[4]),
            parent: (row[5] != 0).then_some(row[5]),
            operation: (row[6] >> 32) as u32,
            resource: row[6] as u32,
            failed: row[7] & FAILED != 0,
            coarse: row[7] & COARSE != 0,
            side: match row[7] & (CLIENT | SERVER | CONSUMER) {
                CLIENT => Side::Client,
                SERVER => Side::Server,
                CONSUMER => Side::Consumer,
                _ => Side::Neither,
            },
            has_remote_parent: row[7] & REMOTE_PARENT != 0,
            mark: Mark {
                weight: Source::of(row[7] >> SOURCE & 7).map(|source| (f64::from_bits(row[7] & WEIGHT), source)),
                is_chosen: row[7] & CHOSEN != 0,
                is_limited: row[7] & LIMITED != 0,
            },
        }
    }
}

/// An event of a thread, which nests by time alone. Times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ThreadEvent {
    /// Process and thread.
    pub(super) thread: [u64; 2],
    pub(super) at: i64,
    pub(super) phase: Phase,
    /// Its place in the file: events of the same time keep their order.
    pub(super) number: u64,
    pub(super) operation: u32,
    pub(super) resource: u32,
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Begin,
    End,
    /// From `at` to this time.
    Whole(i64),
}

impl ThreadEvent {
    /// Events of a thread come together, in the order of time. Of those that begin together the longest is outermost.
    pub(super) fn row(&self) -> Row {
        let (order, end, phase) = match self.phase {
            Phase::Begin => (0, 0, 0),
            Phase::End => (0, 0, 1),
            Phase::Whole(end) => (1 + !ordered(end) / 2, ordered(end), 2),
        };
        let operation = u64::from(self.operation) << 32 | u64::from(self.resource);
        [self.thread[0], self.thread[1], ordered(self.at), order, self.number, end, operation, phase]
    }

    pub(super) fn of(row: &Row) -> Self {
        Self {
            thread: [row[0], row[1]],
            at: unordered(row[2]),
            phase: match row[7] {
                0 => Phase::Begin,
                1 => Phase::End,
                _ => Phase::Whole(unordered(row[5])),
            },
            number: row[4],
            operation: (row[6] >> 32) as u32,
            resource: row[6] as u32,
        }
    }
}

/// What was read so far, of all files.
pub(super) struct Collected<'a> {
    pub(super) options: &'a Options,
    pub(super) operations: Operations,
    pub(super) resources: Resources,
    pub(super) spans: Rows,
    pub(super) events: Rows,
    pub(super) formats: BTreeSet<&'static str>,
    /// Spans and events, skipped ones included.
    pub(super) read: u64,
    pub(super) skips: Skips,
    /// Files among others that hold nothing.
    pub(super) empty: u64,
    /// Files, and messages in them, that end too early, of which what is there is used.
    pub(super) truncated: u64,
    /// Traces of which whoever has exported them says that they aren't whole.
    pub(super) partial: u64,
    /// What was told of the sampling of spans that had been taken in already.
    pub(super) late_mark: Mark,
}

impl<'a> Collected<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        let limits = &options.limits;
        let rows = || Rows::new(&options.scratch, limits.spans_in_memory);
        Self {
            options,
            operations: Operations::new(options.group, limits.operations),
            resources: Resources::new(),
            spans: rows(),
            events: rows(),
            formats: BTreeSet::new(),
            read: 0,
            skips: Skips::default(),
            empty: 0,
            truncated: 0,
            partial: 0,
            late_mark: Mark::default(),
        }
    }

    /// Takes note of how spans were sampled that were taken in already. Which ones isn't known any more, so all may be.
    pub(super) fn mark_all(&mut self, mark: Mark) {
        self.late_mark = self.late_mark.and(Mark { weight: None, ..mark });
    }

    /// What there is to tell of it apart from its spans, for nothing any more.
    pub(super) fn take_counters(&mut self) -> Counters {
        Counters {
            formats: mem::take(&mut self.formats).into_iter().map(str::to_owned).collect(),
            spans: mem::take(&mut self.read),
            empty_files: mem::take(&mut self.empty),
            truncated: mem::take(&mut self.truncated),
            partial: mem::take(&mut self.partial),
            of_all: Sampled::of(mem::take(&mut self.late_mark)),
            skips: mem::take(&mut self.skips),
            groups: self.operations.take_groups(),
            functions: self.operations.take_functions(),
            ..Counters::default()
        }
    }

    /// Takes in a span.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    pub(super) fn push(&mut self, span: Span, place: (&Path, Position)) -> Result<(), TraceError> {
        if span.end < span.start {
            self.skips.add(Reason::Negative, 1, Some(place));
            return Ok(());
        }
        self.spans.push(span.row())
    }

    /// Takes in an event.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    pub(super) fn push_event(&mut self, event: ThreadEvent, place: (&Path, Position)) -> Result<(), TraceError> {
        if matches!(event.phase, Phase::Whole(end) if end < event.at) {
            self.skips.add(Reason::Negative, 1, Some(place));
            return Ok(());
        }
        self.events.push(event.row())
    }
}
