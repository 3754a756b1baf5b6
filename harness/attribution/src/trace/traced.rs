//! Requests of traces, in memory or in a file.

use super::error::TraceError;
use super::portion::{PartRow, RequestRow, RequestRows, RowFile, SettledRows};
use crate::request::{Function, Part, Request, Requests};
use crate::source::RequestSource;

/// Requests of traces in the order of their start, in seconds since the first.
#[derive(Debug)]
pub enum TracedRequests {
    /// In memory.
    Memory(Requests),
    /// In a temporary file, since there are more than the limit.
    File(RequestFile),
}

/// Requests in a temporary file.
#[derive(Debug)]
pub struct RequestFile {
    rows: RowFile,
    functions: Vec<Function>,
    /// When the first began.
    first: i64,
    /// How many more each stands for by its latency: up to each of these bounds and above.
    weights: Option<ClassWeights>,
}

/// By which a request's weight is multiplied, by its class of latency.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClassWeights {
    /// The upper bounds of classes, in seconds.
    pub(super) bounds: Vec<f64>,
    /// Of each class, how many there were and how many were kept.
    pub(super) classes: Vec<(f64, f64)>,
}

/// The class of a latency between bounds.
pub(super) fn class(bounds: &[f64], latency: f64) -> usize {
    bounds.partition_point(|bound| *bound < latency)
}

impl ClassWeights {
    fn weigh(&self, request: &mut Request) {
        let (all, kept) = self.classes[class(&self.bounds, request.latency())];
        request.weight *= all / kept;
    }
}

impl TracedRequests {
    /// Rows whose operations are called so.
    ///
    /// # Errors
    /// When a temporary file can't be read.
    pub(super) fn new(rows: SettledRows, functions: Vec<Function>) -> Result<Self, TraceError> {
        Ok(match rows {
            SettledRows::Memory(rows) => Self::Memory(Requests { functions, requests: in_seconds(&rows) }),
            SettledRows::File(rows) => {
                let mut first = None;
                rows.visit(|row, _| _ = first.get_or_insert(row.start))?;
                Self::File(RequestFile { rows, functions, first: first.unwrap_or_default(), weights: None })
            }
        })
    }

    /// The functions to which parts of requests refer, to be renamed.
    pub fn functions_mut(&mut self) -> &mut Vec<Function> {
        match self {
            Self::Memory(requests) => &mut requests.functions,
            Self::File(file) => &mut file.functions,
        }
    }

    /// Weighs requests by their class of latency.
    pub(super) fn weigh(&mut self, weights: ClassWeights) {
        match self {
            Self::Memory(requests) => requests.requests.iter_mut().for_each(|request| weights.weigh(request)),
            Self::File(file) => file.weights = Some(weights),
        }
    }
}

impl RequestSource for TracedRequests {
    type Error = TraceError;

    fn functions(&self) -> &[Function] {
        match self {
            Self::Memory(requests) => &requests.functions,
            Self::File(file) => &file.functions,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Memory(requests) => requests.requests.len(),
            Self::File(file) => file.rows.rows,
        }
    }

    fn visit(&self, mut visit: impl FnMut(usize, &Request)) -> Result<(), TraceError> {
        match self {
            Self::Memory(requests) => {
                let Ok(()) = requests.visit(visit);
                Ok(())
            }
            Self::File(file) => {
                let (mut place, mut request) = (0, Request::default());
                file.rows.visit(|row, parts| {
                    fill(&mut request, row, parts, file.first);
                    if let Some(weights) = &file.weights {
                        weights.weigh(&mut request);
                    }
                    visit(place, &request);
                    place += 1;
                })
            }
        }
    }
}

/// Requests in the order of their start, in seconds since the first: this is where nanoseconds end.
fn in_seconds(rows: &RequestRows) -> Vec<Request> {
    let first = rows.iter().next().map_or(0, |(row, _)| row.start);
    let request = |(row, parts): (&RequestRow, &[PartRow])| {
        let mut request = Request::default();
        fill(&mut request, row, parts, first);
        request
    };
    rows.iter().map(request).collect()
}

/// Makes a request what a row says, in seconds since the first.
fn fill(request: &mut Request, row: &RequestRow, parts: &[PartRow], first: i64) {
    let arrival = seconds(row.start - first);
    request.arrival = arrival;
    request.start = arrival;
    request.end = arrival + seconds(row.duration);
    request.failed = row.failed;
    request.weight = row.weight;
    request.parts.clear();
    request.parts.extend(parts.iter().map(|part| Part {
        function: part.operation,
        calls: part.calls,
        exclusive: seconds(part.exclusive),
        inclusive: seconds(part.inclusive),
        asleep: seconds(part.waiting),
    }));
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
