//! All requests that were measured, a line of JSON each, for readers who want to analyse them themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::mode::Mode;
use super::recordings::Recordings;
use rustworthy_attribution::{Part, Request, Requests};

/// A request. Times are seconds since the beginning of its round.
#[derive(Serialize)]
struct RequestLine<'a> {
    mode: Mode,
    round: u32,
    /// Its place among all requests.
    number: u64,
    arrival: f64,
    start: f64,
    end: f64,
    cpu: f64,
    failed: bool,
    /// What it spent in functions, and in what isn't one.
    functions: BTreeMap<&'a str, FunctionTime>,
}

#[derive(Serialize)]
struct FunctionTime {
    calls: u32,
    exclusive: f64,
    inclusive: f64,
}

/// The lines.
pub(crate) fn lines(recordings: &Recordings) -> String {
    let mut text = String::new();
    for (mode, requests) in recordings.modes() {
        let mut next_of_round: BTreeMap<u32, u64> = BTreeMap::new();
        for request in &requests.requests {
            let next = next_of_round.entry(request.round).or_insert_with(|| recordings.first_of(request.round));
            // Plain values always have a form in JSON.
            text += &serde_json::to_string(&line(mode, *next, request, requests)).unwrap_or_default();
            text.push('\n');
            *next += 1;
        }
    }
    text
}

fn line<'a>(mode: Mode, number: u64, request: &Request, requests: &'a Requests) -> RequestLine<'a> {
    let time = |part: &Part| {
        let name = requests.functions[part.function as usize].name.as_str();
        (name, FunctionTime { calls: part.calls, exclusive: part.exclusive, inclusive: part.inclusive })
    };
    let Request { round, arrival, start, end, cpu, failed, ref parts, .. } = *request;
    RequestLine { mode, round, number, arrival, start, end, cpu, failed, functions: parts.iter().map(time).collect() }
}
