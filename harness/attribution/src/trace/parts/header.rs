//! What a part says of itself: how it was made, and all that isn't of a single request.

use std::hash::{DefaultHasher, Hasher};

use globset::Glob;
use serde::{Deserialize, Serialize};

use crate::trace::options::{Limits, Options};
use crate::trace::portion::{Counters, PartRow, Portion, RequestRow};
use crate::trace::sampling::Weights;

/// Name and version of the format.
pub(super) const FORMAT: &str = "rustworthy.part.v2";
/// Under which name a file has its header.
pub(super) const KEY: &str = "rustworthy.part";

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// Always [`FORMAT`].
    pub(super) format: String,
    /// Of the program.
    pub(super) version: String,
    /// Of all that follows, and of the rows.
    pub(super) digest: String,
    /// Files and folders, as they were given.
    pub(super) paths: Vec<String>,
    /// The slices of their spans that it is of; none where it is of all.
    pub(super) slices: Vec<u32>,
    pub(super) options: MadeWith,
    pub(super) counters: Counters,
}

impl Header {
    /// That of what was found in these files, which is put in order.
    pub(super) fn of(portion: &mut Portion, paths: Vec<String>, slices: Vec<u32>, options: &Options) -> Self {
        portion.requests.settle();
        portion.without_request.sort_unstable();
        let mut header = Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            digest: String::new(),
            paths,
            slices,
            options: MadeWith::of(options),
            counters: portion.counters.clone(),
        };
        header.digest = header.digest_with(portion);
        header
    }

    /// The digest that it should have with these rows.
    pub(super) fn digest_with(&self, portion: &Portion) -> String {
        let mut digest = Digest::new();
        let rest = Self { digest: String::new(), ..self.clone() };
        digest.add(&serde_json::to_vec(&rest).unwrap_or_default());
        for name in &portion.requests.operations {
            for text in [&name.service, &name.operation] {
                digest.add(&(text.len() as u64).to_le_bytes());
                digest.add(text.as_bytes());
            }
            digest.add(&[u8::from(name.waits)]);
        }
        for (row, parts) in portion.requests.iter() {
            digest.add_row(row, parts);
        }
        for trace in &portion.without_request {
            digest.add(&trace.to_le_bytes());
        }
        digest.finish()
    }
}

/// Two hashes with different beginnings, 128 bits together: enough that no two parts have the same by chance.
struct Digest([DefaultHasher; 2]);

impl Digest {
    fn new() -> Self {
        let mut digest = Self([DefaultHasher::new(), DefaultHasher::new()]);
        digest.0[1].write_u8(1);
        digest
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.iter_mut().for_each(|hasher| hasher.write(bytes));
    }

    fn add_row(&mut self, row: &RequestRow, parts: &[PartRow]) {
        let RequestRow { trace, root, start, duration, weight, operation, failed, told } = row;
        let bits = u64::from(*operation) << 32 | u64::from(told.to_bits()) << 1 | u64::from(*failed);
        self.add(&trace.to_le_bytes());
        for number in [*root, *start as u64, *duration as u64, weight.to_bits(), bits, parts.len() as u64] {
            self.add(&number.to_le_bytes());
        }
        for PartRow { operation, calls, exclusive, inclusive, waiting } in parts {
            let place = u64::from(*operation) << 32 | u64::from(*calls);
            for number in [place, *exclusive as u64, *inclusive as u64, *waiting as u64] {
                self.add(&number.to_le_bytes());
            }
        }
    }

    fn finish(&self) -> String {
        self.0.iter().map(|hasher| format!("{:016x}", hasher.finish())).collect()
    }
}

/// The options by which a part would be another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::trace) struct MadeWith {
    no_grouping: bool,
    request: Option<String>,
    service: Option<String>,
    /// As the command line has it.
    weights: String,
    /// As the command line has them.
    columns: Vec<String>,
    allow_truncated: bool,
    /// Traces with more spans were left out.
    longest_trace: Option<u64>,
}

impl MadeWith {
    pub(in crate::trace) fn of(options: &Options) -> Self {
        Self {
            no_grouping: !options.group,
            request: options.request.as_ref().map(|request| request.glob().glob().to_owned()),
            service: options.service.clone(),
            weights: match &options.weights {
                Weights::Auto => "auto".to_owned(),
                Weights::None => "none".to_owned(),
                Weights::Key(key) => key.clone(),
            },
            columns: options.columns.named().collect(),
            allow_truncated: options.allow_truncated,
            longest_trace: options.skip_long_traces.then(|| options.limits.tree()),
        }
    }

    /// The same for spans that were read already, with these limits.
    ///
    /// # Errors
    /// For a glob that isn't one.
    pub(in crate::trace) fn options(&self, limits: &Limits) -> Result<Options, globset::Error> {
        let trace_spans = self.longest_trace.unwrap_or(limits.trace_spans);
        let matcher = |glob: &str| Glob::new(glob).map(|glob| glob.compile_matcher());
        Ok(Options {
            group: !self.no_grouping,
            request: self.request.as_deref().map(matcher).transpose()?,
            service: self.service.clone(),
            weights: match &self.weights[..] {
                "auto" => Weights::Auto,
                "none" => Weights::None,
                key => Weights::Key(key.to_owned()),
            },
            allow_truncated: self.allow_truncated,
            skip_long_traces: self.longest_trace.is_some(),
            limits: Limits { trace_spans, ..limits.clone() },
            ..Options::default()
        })
    }

    /// Whether parts that were made so and otherwise can be merged: the columns that spans were read from make no difference to them.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let others = |made: &Self| Self { columns: Vec::new(), ..made.clone() };
        others(self) == others(other)
    }

    /// As they are given, those left out that are as usual.
    pub(super) fn arguments(&self) -> String {
        let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} '{value}'"));
        let given = [
            self.no_grouping.then(|| "--no-grouping".to_owned()),
            named("--request", &self.request),
            named("--service", &self.service),
            (self.weights != "auto").then(|| format!("--weights '{}'", self.weights)),
            (!self.columns.is_empty()).then(|| format!("--columns '{}'", self.columns.join(","))),
            self.allow_truncated.then(|| "--allow-truncated".to_owned()),
            self.longest_trace.map(|spans| format!("--skip-long-traces --limit trace-spans={spans}")),
        ];
        let given: Vec<String> = given.into_iter().flatten().collect();
        if given.is_empty() { "none".to_owned() } else { given.join(" ") }
    }
}
