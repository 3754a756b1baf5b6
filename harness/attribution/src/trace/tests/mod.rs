//! Traces with known critical paths, broken ones, and every way to write them.

mod asynchronous;
mod blocks;
mod broken;
mod calls;
mod code;
mod formats;
mod messages;
mod oracle;
mod order;
mod parts;
mod paths;
mod profiles;
mod properties;
mod sampling;
mod services;
mod tables;
mod truncated;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustworthy_model::attribution::Trace;
use tempfile::TempDir;

use super::*;
use crate::{Function, Request, RequestSource, Requests};

/// What was read of a trace.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    requests: Requests,
    trace: Trace,
    sampling: Sampling,
    grouped: Vec<Grouped>,
    skipped: Vec<Skipped>,
    unplaced: Vec<Function>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/trace/tests").join(name)
}

fn read_with(paths: &[PathBuf], options: &Options) -> Result<Imported, TraceError> {
    read(paths, options, &AtomicBool::new(false))
}

fn known(imported: Result<Imported, TraceError>) -> Known {
    match imported {
        Ok(Imported::Requests { requests, trace, sampling, grouped, skipped, unplaced }) => {
            Known { requests: in_memory(&requests), trace, sampling, grouped, skipped, unplaced }
        }
        Ok(Imported::Profile(profile)) => panic!("a profile: {profile:?}"),
        Err(error) => panic!("{error}"),
    }
}

/// Requests, wherever they are.
fn in_memory(requests: &TracedRequests) -> Requests {
    let mut all = Requests { functions: requests.functions().to_vec(), requests: Vec::new() };
    requests.visit(|_, request| all.requests.push(request.clone())).unwrap_or_else(|error| panic!("{error}"));
    all
}

fn in_file(content: impl AsRef<[u8]>, options: &Options) -> Result<Imported, TraceError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    fs::write(&file, content).unwrap();
    match read_with(&[file], options) {
        Err(TraceError::File { file, place, message }) => {
            let file = file.strip_prefix(folder.path()).unwrap_or(&file).to_owned();
            Err(TraceError::File { file, place, message })
        }
        Err(TraceError::CutOff { file, place }) => {
            let file = file.strip_prefix(folder.path()).unwrap_or(&file).to_owned();
            Err(TraceError::CutOff { file, place })
        }
        Err(TraceError::Together { files, message }) => {
            let files = files.iter().map(|file| file.strip_prefix(folder.path()).unwrap_or(file).to_owned()).collect();
            Err(TraceError::Together { files, message })
        }
        other => other,
    }
}

fn text(content: impl AsRef<[u8]>) -> Known {
    known(in_file(content, &Options::default()))
}

fn error(content: impl AsRef<[u8]>) -> String {
    in_file(content, &Options::default()).expect_err("a mistake").to_string()
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

impl Known {
    /// Exclusive microseconds of each operation in a request, in alphabetical order.
    fn exclusive(&self, request: usize) -> Vec<(&str, f64)> {
        self.parts(request, |part| (part.exclusive * 1e6).round())
    }

    fn inclusive(&self, request: usize) -> Vec<(&str, f64)> {
        self.parts(request, |part| (part.inclusive * 1e6).round())
    }

    /// Microseconds that operations of a request wait for other services, of those that do.
    fn waiting(&self, request: usize) -> Vec<(&str, f64)> {
        let mut waiting = self.parts(request, |part| (part.asleep * 1e6).round());
        waiting.retain(|(_, time)| *time > 0.0);
        waiting
    }

    fn calls(&self, request: usize) -> Vec<(&str, f64)> {
        self.parts(request, |part| f64::from(part.calls))
    }

    fn parts(&self, request: usize, value: impl Fn(&crate::Part) -> f64) -> Vec<(&str, f64)> {
        let parts = self.requests.requests[request].parts.iter();
        let name = |part: &crate::Part| &self.requests.functions[part.function as usize].name[..];
        let mut parts: Vec<_> = parts.map(|part| (name(part), value(part))).collect();
        parts.sort_by(|a, b| a.partial_cmp(b).unwrap());
        parts
    }

    fn counts(&self) -> [u64; 4] {
        [self.trace.spans, self.trace.orphans, self.trace.clamped, self.trace.skewed]
    }

    fn reasons(&self) -> Vec<(Reason, u64)> {
        self.skipped.iter().map(|skipped| (skipped.reason, skipped.spans)).collect()
    }
}

/// Whether its parts add up to its latency, each of them possible.
fn is_consistent(request: &Request) -> bool {
    let sum: f64 = request.parts.iter().map(|part| part.exclusive).sum();
    let latency = request.latency();
    let tolerance = 1e-9 * request.end.abs().max(1.0);
    let possible = |part: &crate::Part| {
        part.exclusive >= 0.0
            && part.calls > 0
            && part.inclusive >= part.exclusive - tolerance
            && part.inclusive <= latency + tolerance
    };
    latency >= 0.0 && (sum - latency).abs() <= tolerance && request.parts.iter().all(possible)
}

fn folder_of(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    folder
}
