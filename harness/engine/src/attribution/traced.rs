//! From what was read of traces and profiles to the result. No clock, no input or output.

use std::collections::BTreeMap;

use rustworthy_model::Run as Header;
use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{Attribution, Kind, Model, Refusal};

use super::assembly::{Analysis, Evidence, RowKind, assemble, unknown, unmeasured};
use rustworthy_attribution::trace::{Grouped, Imported, Profile, Ranked, Skipped};
use rustworthy_attribution::{Function, Requests};
use rustworthy_stats::{Confidence, of_independent};

/// Operations of which it is projected what becomes of latency, those with the largest shares of p99.
const MOST_CANDIDATES: usize = 10;

/// Groups of names that notes name.
const GROUPS: usize = 10;

/// The result of what was read, which goes by that name.
pub fn attribution_of_trace(imported: &Imported, name: String, header: Header, analysis: &Analysis) -> Attribution {
    match imported {
        Imported::Requests { requests, trace, grouped, skipped } => Attribution {
            trace: Some(trace.clone()),
            notes: notes(grouped, skipped),
            ..assemble(&evidence(requests), name, header, analysis)
        },
        Imported::Profile(profile) => of_profile(profile, name, header, analysis.confidence),
    }
}

/// What is known from a trace: times on the critical path, and nothing of servers. Waiting for a server can't be distinguished
/// from working in it, so nothing waits in the replay.
fn evidence(requests: &Requests) -> Evidence<'_> {
    Evidence {
        plain: requests,
        timed: requests,
        rows: vec![RowKind::Python; requests.functions.len()],
        serving: None,
        most_candidates: MOST_CANDIDATES,
        speedups: BTreeMap::new(),
        migration: None,
        delay: None,
    }
}

/// A profile has no requests: it shows which functions take the time, and nothing about any quantile.
fn of_profile(profile: &Profile, name: String, header: Header, confidence: Confidence) -> Attribution {
    let row = |ranked: &Ranked| {
        let function = Function { name: ranked.name.clone(), file: ranked.file.clone(), line: ranked.line };
        report::Function {
            cpu_share: Some(of_independent(ranked.own, profile.samples, confidence)),
            ..unmeasured(function, Kind::Python)
        }
    };
    let reason = Some("a profile tells nothing of requests".to_owned());
    Attribution {
        refused: Some(Refusal { reason: profile.refused.clone(), requests_needed: None }),
        model: Model { accepted: false, reason, error_p50: None, error_p99: None },
        functions: profile.functions.iter().map(row).collect(),
        ..unknown(name, header)
    }
}

fn notes(grouped: &[Grouped], skipped: &[Skipped]) -> Vec<String> {
    let mut notes = Vec::new();
    for group in grouped.iter().take(GROUPS) {
        let more = if group.or_more { " or more" } else { "" };
        notes.push(format!(
            "{} stands for {}{more} names such as {}; --no-grouping keeps them apart",
            group.pattern, group.names, group.example
        ));
    }
    if grouped.len() > GROUPS {
        notes.push(format!("{} more groups of names were taken for one operation each", grouped.len() - GROUPS));
    }
    for Skipped { reason, spans, first } in skipped {
        let first = first.as_ref().map(|(file, place)| format!(", the first of {} at {place}", file.display()));
        notes.push(format!("{spans} spans {reason} are part of no request{}", first.unwrap_or_default()));
    }
    notes
}
