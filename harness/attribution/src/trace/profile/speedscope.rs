//! Files of speedscope, sampled and evented.

use std::path::Path;

use serde::Deserialize;

use super::tally::{Frame, Profile, Tally};
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
#[serde(tag = "type", rename_all = "lowercase")]
enum RecordedProfile {
    Sampled {
        #[serde(default)]
        unit: String,
        samples: Vec<Vec<usize>>,
        weights: Vec<f64>,
    },
    Evented {
        #[serde(default)]
        unit: String,
        events: Vec<Event>,
    },
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
    let function = |frame: usize| {
        let missing = || format!("tells of frame {frame}, but there are {} only", functions.len());
        functions.get(frame).copied().ok_or_else(missing)
    };
    let mut units = Vec::new();
    for profile in document.profiles {
        match profile {
            RecordedProfile::Sampled { unit, samples, weights } => {
                units.push(unit);
                if samples.len() != weights.len() {
                    return Err(format!("has {} samples and {} weights", samples.len(), weights.len()));
                }
                for (stack, weight) in samples.iter().zip(weights) {
                    let weight = checked(weight)?;
                    let stack: Result<Vec<_>, _> = stack.iter().rev().map(|frame| function(*frame)).collect();
                    tally.add(stack?, weight);
                }
            }
            RecordedProfile::Evented { unit, events } => {
                units.push(unit);
                let mut stack = Vec::new();
                let mut last: Option<f64> = None;
                for Event { kind, frame, at } in events {
                    let elapsed = checked(at - last.unwrap_or(at))?;
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
    }
    units.dedup();
    let unit = if units.len() == 1 { units.swap_remove(0) } else { String::new() };
    tally.ranked("speedscope", unit)
}

fn checked(weight: f64) -> Result<f64, String> {
    if weight >= 0.0 && weight.is_finite() { Ok(weight) } else { Err(format!("has a sample of weight {weight}")) }
}
