//! Adds up samples, and ranks functions.

use std::collections::{HashMap, HashSet};

use super::unit::{SAMPLES, Unit};

/// Functions of a profile, ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// `speedscope`, `collapsed` or `pprof`.
    pub format: &'static str,
    /// What samples count: a unit of time such as `nanoseconds`, or else samples; empty where that is unknown.
    pub unit: String,
    /// How many samples it has, or where that is unknown, how many entries: there are no fewer samples.
    pub samples: u64,
    /// By their own share, the largest first.
    pub functions: Vec<Ranked>,
    /// Why nothing is said about p99.
    pub refused: String,
    /// What has to be known of it: what of it isn't ranked, and what samples are taken for.
    pub notes: Vec<String>,
}

/// A function of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub file: Option<String>,
    /// The line of its definition.
    pub line: Option<u32>,
    /// Share of samples in it, from 0 to 1.
    pub own: f64,
    /// Share of samples in it and in all that it calls.
    pub total: f64,
}

/// A function, as frames name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Frame {
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
}

/// Adds up samples.
#[derive(Default)]
pub(super) struct Tally {
    functions: Vec<Frame>,
    numbers: HashMap<Frame, usize>,
    own: Vec<f64>,
    total: Vec<f64>,
    all: f64,
    entries: u64,
    seen: HashSet<usize>,
}

impl Tally {
    /// The number by which samples name a function.
    pub(super) fn function(&mut self, frame: Frame) -> usize {
        if let Some(number) = self.numbers.get(&frame) {
            return *number;
        }
        let number = self.functions.len();
        self.functions.push(frame.clone());
        self.numbers.insert(frame, number);
        self.own.push(0.0);
        self.total.push(0.0);
        number
    }

    /// Adds a sample; `stack` are numbers of functions from the innermost outwards.
    pub(super) fn add(&mut self, stack: impl IntoIterator<Item = usize>, weight: f64) {
        self.all += weight;
        self.entries += u64::from(weight > 0.0);
        self.seen.clear();
        for (depth, function) in stack.into_iter().enumerate() {
            if depth == 0 {
                self.own[function] += weight;
            }
            // Recursion counts once.
            if self.seen.insert(function) {
                self.total[function] += weight;
            }
        }
    }

    /// # Errors
    /// When there is nothing to rank.
    pub(super) fn ranked(self, format: &'static str, unit: String) -> Result<Profile, String> {
        if !(self.all > 0.0 && self.all.is_finite()) {
            return Err("holds no sample".to_owned());
        }
        let mut functions: Vec<_> = self.functions.into_iter().enumerate().collect();
        functions.sort_by(|(a, one), (b, other)| {
            let by = |shares: &[f64]| shares[*b].total_cmp(&shares[*a]);
            by(&self.own).then_with(|| by(&self.total)).then_with(|| one.cmp(other))
        });
        let functions = functions.into_iter().map(|(number, frame)| Ranked {
            name: frame.name,
            file: frame.file,
            line: frame.line,
            own: (self.own[number] / self.all).min(1.0),
            total: (self.total[number] / self.all).min(1.0),
        });
        let refused = format!(
            "a profile ({format}) adds up samples of all requests, so it can't tell which ones were slow; a trace or a \
             scenario can"
        );
        let (samples, note) = match Unit::of(&unit) {
            Unit::Samples => (self.all as u64, Some(SAMPLES.to_owned())),
            Unit::Time(_) | Unit::Other => (self.entries, None),
        };
        Ok(Profile {
            format,
            unit,
            samples,
            functions: functions.collect(),
            refused,
            notes: note.into_iter().collect(),
        })
    }
}
