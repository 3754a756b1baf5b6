//! Files of speedscope, sampled and evented.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::tally::{Frame, Profile, Tally};
use super::unit::{Unit, no_time};
use crate::trace::error::{Position, TraceError};

#[derive(Deserialize)]
struct Document {
    shared: Shared,
    profiles: Vec<RecordedProfile>,
}

#[derive(Deserialize)]
struct Shared {
    frames: Vec<SharedFrame>,
}

#[derive(Deserialize)]
struct SharedFrame {
    name: String,
    file: Option<String>,
    line: Option<u32>,
}

#[derive(Deserialize)]
struct RecordedProfile {
    #[serde(default)]
    unit: String,
    #[serde(flatten)]
    samples: Samples,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Samples {
    Sampled { samples: Vec<Vec<usize>>, weights: Vec<f64> },
    Evented { events: Vec<Event> },
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: EventKind,
    frame: usize,
    at: f64,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
enum EventKind {
    #[serde(rename = "O")]
    Open,
    #[serde(rename = "C")]
    Close,
}

/// Ranks functions, of all threads together.
pub(in crate::trace) fn read(file: &Path, contents: &[u8]) -> Result<Profile, TraceError> {
    let document: Document = serde_json::from_slice(contents).map_err(|error| {
        let message = format!("isn't a file of speedscope: {error}");
        TraceError::at(file, Position::Line(error.line() as u64), message)
    })?;
    rank(document).map_err(|message| TraceError::file(file, message))
}

fn rank(document: Document) -> Result<Profile, String> {
    let mut tally = Tally::default();
    let frames = document.shared.frames.into_iter();
    let functions: Vec<_> =
        frames.map(|SharedFrame { name, file, line }| tally.function(Frame { name, file, line })).collect();
    let (counted, left_out) = counted(document.profiles)?;
    let unit = unit(&counted);
    for RecordedProfile { unit: own, samples } in counted {
        let scale = match (Unit::of(&own), Unit::of(&unit)) {
            (Unit::Time(own), Unit::Time(common)) => own / common,
            _ => 1.0,
        };
        add(&mut tally, &functions, samples, scale)?;
    }
    let mut profile = tally.ranked("speedscope", unit)?;
    profile.notes.extend(left_out.into_iter().map(|(unit, profiles)| {
        format!("profiles of the file that aren't counted, since '{unit}' is no time: {profiles}")
    }));
    Ok(profile)
}

/// The profiles that are of time, or of samples where none is; and how many others there are of each unit.
fn counted(profiles: Vec<RecordedProfile>) -> Result<(Vec<RecordedProfile>, BTreeMap<String, usize>), String> {
    let units: Vec<Unit> = profiles.iter().map(|profile| Unit::of(&profile.unit)).collect();
    let is_time = |unit: &Unit| matches!(unit, Unit::Time(_));
    let has_time = units.iter().any(is_time);
    if !has_time && !units.contains(&Unit::Samples) && !units.is_empty() {
        return Err(no_time(profiles.iter().map(|profile| &profile.unit)));
    }
    let mut counted = Vec::new();
    let mut left_out = BTreeMap::new();
    for (profile, unit) in profiles.into_iter().zip(units) {
        let counts = if has_time { is_time(&unit) } else { unit == Unit::Samples };
        if counts {
            counted.push(profile);
        } else {
            *left_out.entry(profile.unit).or_insert(0) += 1;
        }
    }
    Ok((counted, left_out))
}

/// The unit of all, or seconds where they differ.
fn unit(counted: &[RecordedProfile]) -> String {
    let mut units = counted.iter().map(|profile| &profile.unit);
    let first = units.next().cloned().unwrap_or_default();
    if units.all(|unit| Unit::of(unit) == Unit::of(&first)) { first } else { "seconds".to_owned() }
}

/// Adds the samples of a profile, each `scale` times its weight.
fn add(tally: &mut Tally, functions: &[usize], samples: Samples, scale: f64) -> Result<(), String> {
    let function = |frame: usize| {
        let missing = || format!("tells of frame {frame}, but there are {} only", functions.len());
        functions.get(frame).copied().ok_or_else(missing)
    };
    match samples {
        Samples::Sampled { samples, weights } => {
            if samples.len() != weights.len() {
                return Err(format!("has {} samples and {} weights", samples.len(), weights.len()));
            }
            for (stack, weight) in samples.iter().zip(weights) {
                let stack: Result<Vec<_>, _> = stack.iter().rev().map(|frame| function(*frame)).collect();
                tally.add(stack?, scale * checked(weight)?);
            }
        }
        Samples::Evented { events } => {
            let mut stack = Vec::new();
            let mut last: Option<f64> = None;
            for Event { kind, frame, at } in events {
                let elapsed = scale * checked(at - last.unwrap_or(at))?;
                if !stack.is_empty() {
                    tally.add(stack.iter().rev().copied(), elapsed);
                }
                last = Some(at);
                let frame = function(frame)?;
                if kind == EventKind::Open {
                    stack.push(frame);
                } else if stack.pop() != Some(frame) {
                    return Err("has an event that closes a frame that isn't the innermost".to_owned());
                }
            }
        }
    }
    Ok(())
}

fn checked(weight: f64) -> Result<f64, String> {
    if weight >= 0.0 && weight.is_finite() { Ok(weight) } else { Err(format!("has a sample of weight {weight}")) }
}
