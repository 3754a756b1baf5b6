//! All requests that were measured, a line of JSON each, for those who want to look for themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outcome::{Measured, requests};
use super::session::Mode;

/// A request. Times are seconds since the beginning of its round.
#[derive(Serialize)]
struct Line<'a> {
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
    functions: BTreeMap<&'a str, Spent>,
}

#[derive(Serialize)]
struct Spent {
    calls: u32,
    exclusive: f64,
    inclusive: f64,
}

/// The lines.
pub fn journal(measured: &Measured<'_>) -> String {
    let mut text = String::new();
    for mode in Mode::ALL {
        let Some(requests) = requests(measured, mode) else { continue };
        let mut numbers = measured
            .runs
            .iter()
            .filter(|run| run.mode == mode)
            .map(|run| (run.round, run.first))
            .collect::<BTreeMap<_, _>>();
        for request in &requests.requests {
            let number = numbers.entry(request.round).or_default();
            let spent = |part: &super::Part| {
                let name = requests.functions[part.function as usize].name.as_str();
                (name, Spent { calls: part.calls, exclusive: part.exclusive, inclusive: part.inclusive })
            };
            let line = Line {
                mode,
                round: request.round,
                number: *number,
                arrival: request.arrival,
                start: request.start,
                end: request.end,
                cpu: request.cpu,
                failed: request.failed,
                functions: request.parts.iter().map(spent).collect(),
            };
            *number += 1;
            // Plain values always have a form in JSON.
            text += &serde_json::to_string(&line).unwrap_or_default();
            text.push('\n');
        }
    }
    text
}
