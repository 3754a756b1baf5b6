//! How traces are read.

use std::env;
use std::path::PathBuf;

use globset::GlobMatcher;

use super::calibrate::Calibration;
use super::columns::Columns;
use super::sampling::Weights;

/// How traces are read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether names with numbers, UUIDs or hexadecimal digits in a path are taken for one operation, `GET
    /// /user/{id}`.
    pub group: bool,
    /// Names of requests. In Chrome's traces these events are requests, wherever they are; of other formats the
    /// requests of other names are left out.
    pub request: Option<GlobMatcher>,
    /// The service whose first span of each trace is a request, whatever its parent; the root of each trace where none is
    /// named.
    pub service: Option<String>,
    /// How many requests each stands for.
    pub weights: Weights,
    /// A histogram of the latencies of all requests, by which those that were kept are weighed.
    pub calibration: Option<Calibration>,
    /// Which columns of tables hold what.
    pub columns: Columns,
    /// Whether what there is of a file that ends too early is used.
    pub allow_truncated: bool,
    /// Whether traces with more spans than the limit are left out and counted, rather than an error.
    pub skip_long_traces: bool,
    /// Folder for temporary files. They vanish by themselves, even of a process that was killed.
    pub scratch: PathBuf,
    /// How much is taken in.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            group: true,
            request: None,
            service: None,
            weights: Weights::Auto,
            calibration: None,
            columns: Columns::default(),
            allow_truncated: false,
            skip_long_traces: false,
            scratch: env::temp_dir(),
            limits: Limits::default(),
        }
    }
}

/// Files come from anywhere; these keep memory and time within bounds. An error that is due to one names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes to which a byte of a compressed file may unpack, on average, once 64 MiB are out.
    pub expansion: u64,
    /// Bytes of one span or event.
    pub span_bytes: u64,
    /// Distinct operations, after grouping.
    pub operations: u64,
    /// Spans of one trace, and events of one request.
    pub trace_spans: u64,
    /// Requests that are kept in memory, about 150 bytes each: of what is read at once there can't be more; of parts that are merged, others
    /// go to temporary files.
    pub requests: u64,
    /// Operations in these requests, counted in each of them: about 60 bytes each.
    pub request_operations: u64,
    /// Bytes of a profile: unlike a trace it is read as a whole.
    pub profile_bytes: u64,
    /// Spans kept in memory, 64 bytes each, and ids of traces of parts that are merged; more go to temporary files.
    pub spans_in_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expansion: 250,
            span_bytes: 16 << 20,
            operations: 100_000,
            trace_spans: 1_000_000,
            requests: 5_000_000,
            request_operations: 50_000_000,
            profile_bytes: 256 << 20,
            spans_in_memory: 1 << 20,
        }
    }
}

impl Limits {
    /// The names by which errors call them, and [`Self::set`] takes them.
    pub const NAMES: [&str; 8] = [
        "expansion",
        "span-bytes",
        "operations",
        "trace-spans",
        "requests",
        "request-operations",
        "profile-bytes",
        "spans-in-memory",
    ];

    /// Changes the limit of this name.
    ///
    /// # Errors
    /// For a name that isn't one of [`Self::NAMES`].
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        let limit = match name {
            "expansion" => &mut self.expansion,
            "span-bytes" => &mut self.span_bytes,
            "operations" => &mut self.operations,
            "trace-spans" => &mut self.trace_spans,
            "requests" => &mut self.requests,
            "request-operations" => &mut self.request_operations,
            "profile-bytes" => &mut self.profile_bytes,
            "spans-in-memory" => &mut self.spans_in_memory,
            _ => return Err(format!("there is no limit '{name}'; there are {}", Self::NAMES.join(", "))),
        };
        *limit = value;
        Ok(())
    }
}

impl Limits {
    /// Spans of a tree; their indices have 32 bits.
    pub(super) fn tree(&self) -> u64 {
        self.trace_spans.min(u64::from(u32::MAX >> 1))
    }
}

/// What raises a limit.
pub(super) fn remedy(name: &str) -> String {
    format!("raise it with --limit {name}=N if that is right")
}
