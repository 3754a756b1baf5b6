//! Profiles of pprof, in the fields that ranking needs (`profile.proto` of github.com/google/pprof).

use std::collections::HashMap;
use std::path::Path;

use prost::Message;

use super::tally::{Frame, Profile as Ranking, Tally};
use super::unit::{Unit, no_time, other_time};
use crate::trace::error::TraceError;

#[derive(Clone, PartialEq, Message)]
pub(in crate::trace) struct Profile {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::trace) sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub(in crate::trace) sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(in crate::trace) location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    pub(in crate::trace) function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    pub(in crate::trace) string_table: Vec<String>,
    #[prost(int64, tag = "14")]
    pub(in crate::trace) default_sample_type: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(in crate::trace) struct ValueType {
    #[prost(int64, tag = "1")]
    pub(in crate::trace) kind: i64,
    #[prost(int64, tag = "2")]
    pub(in crate::trace) unit: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::trace) struct Sample {
    /// The innermost first.
    #[prost(uint64, repeated, tag = "1")]
    pub(in crate::trace) location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    pub(in crate::trace) value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::trace) struct Location {
    #[prost(uint64, tag = "1")]
    pub(in crate::trace) id: u64,
    #[prost(uint64, tag = "3")]
    pub(in crate::trace) address: u64,
    /// Several where functions were inlined, the innermost first.
    #[prost(message, repeated, tag = "4")]
    pub(in crate::trace) line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(in crate::trace) struct Line {
    #[prost(uint64, tag = "1")]
    pub(in crate::trace) function_id: u64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(in crate::trace) struct Function {
    #[prost(uint64, tag = "1")]
    pub(in crate::trace) id: u64,
    #[prost(int64, tag = "2")]
    pub(in crate::trace) name: i64,
    #[prost(int64, tag = "4")]
    pub(in crate::trace) filename: i64,
    #[prost(int64, tag = "5")]
    pub(in crate::trace) start_line: i64,
}

/// Whether these are the first bytes of one, which need not be all.
pub(in crate::trace) fn is_pprof(start: &[u8]) -> bool {
    // Every field of a profile is a number or has a length, and the highest is the sixteenth.
    start.first().is_some_and(|tag| matches!(tag & 7, 0 | 2) && (1..=16).contains(&(tag >> 3))) && start.contains(&0)
}

/// Ranks functions by processor time, or else by other time.
pub(in crate::trace) fn read(file: &Path, contents: &[u8]) -> Result<Ranking, TraceError> {
    let profile = Profile::decode(contents).map_err(|error| {
        let message = format!("isn't a whole profile of pprof ({error}); was it copied whole?");
        TraceError::file(file, message)
    })?;
    rank(&profile).map_err(|message| TraceError::file(file, message))
}

impl Profile {
    fn string(&self, index: i64) -> Option<&str> {
        let string = self.string_table.get(usize::try_from(index).ok()?)?;
        (!string.is_empty()).then_some(string)
    }

    /// Kind and unit of each of the values of samples.
    fn values(&self) -> Vec<(&str, &str)> {
        let string = |index| self.string(index).unwrap_or_default();
        self.sample_type.iter().map(|value| (string(value.kind), string(value.unit))).collect()
    }

    /// Which of these values counts: processor time, else the time that the profile names, else any other time, else
    /// samples.
    ///
    /// # Errors
    /// When none of them is about time.
    fn value(&self, values: &[(&str, &str)]) -> Result<usize, String> {
        let is_time = |place: &usize| matches!(Unit::of(values[*place].1), Unit::Time(_));
        let is_sampled =
            |place: &usize| Unit::of(values[*place].1) == Unit::Samples && is_of_processor(values[*place].0);
        let is_named = |place: &usize| self.string(self.default_sample_type) == Some(values[*place].0);
        let mut places = (0..values.len()).filter(is_time);
        let of_processor = places.clone().find(|place| is_of_processor(values[*place].0));
        of_processor
            .or_else(|| places.clone().find(is_named))
            .or_else(|| places.next_back())
            .or_else(|| (0..values.len()).find(is_sampled))
            .ok_or_else(|| match values {
                [] => "is a profile of pprof that doesn't tell what its samples count".to_owned(),
                values => no_time(values.iter().map(|(kind, unit)| format!("{unit} of {kind}"))),
            })
    }
}

/// Whether values of this kind tell of time on a processor: `cpu`, `cpu-time`, `samples`, `cycles_sample`.
fn is_of_processor(kind: &str) -> bool {
    ["cpu", "sample", "cycles", "task-clock"].iter().any(|start| kind.starts_with(start))
}

fn rank(profile: &Profile) -> Result<Ranking, String> {
    let values = profile.values();
    let value = profile.value(&values)?;
    let (kind, unit) = values[value];
    let mut tally = Tally::default();
    let functions: HashMap<u64, &Function> = profile.function.iter().map(|function| (function.id, function)).collect();
    let mut locations: HashMap<u64, Vec<usize>> = HashMap::new();
    for location in &profile.location {
        let inlined = location.line.iter().filter_map(|line| functions.get(&line.function_id));
        let mut frames: Vec<_> = inlined
            .map(|function| {
                tally.function(Frame {
                    name: profile.string(function.name).unwrap_or("(nameless)").to_owned(),
                    file: profile.string(function.filename).map(str::to_owned),
                    line: u32::try_from(function.start_line).ok().filter(|line| *line > 0),
                })
            })
            .collect();
        if frames.is_empty() {
            frames.push(tally.function(Frame { name: format!("0x{:x}", location.address), file: None, line: None }));
        }
        locations.insert(location.id, frames);
    }
    for sample in &profile.sample {
        let weight = sample.value.get(value).copied().unwrap_or(0);
        if weight < 0 {
            return Err(format!("is a difference of profiles: it has a sample of {weight}; give a profile"));
        }
        let stack = sample.location_id.iter().filter_map(|id| locations.get(id)).flatten().copied();
        tally.add(stack, weight as f64);
    }
    let mut ranking = tally.ranked("pprof", unit.to_owned())?;
    if !is_of_processor(kind) {
        ranking.notes.push(other_time(kind));
    }
    Ok(ranking)
}
