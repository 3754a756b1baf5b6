//! From what was read of traces and profiles to the result. No clock, and no output.

use rustworthy_model::Run as Header;
use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{Attribution, Kind, Latency, Model, Refusal, Trace};

use super::assembly::{of_paths, unknown, unmeasured};
use super::attribute::TraceRequest;
use rustworthy_attribution::trace::{
    Grouped, Imported, Profile, Ranked, Sampling, Skipped, TraceError, TracedRequests,
};
use rustworthy_attribution::{Function, RequestSource, Summary};
use rustworthy_stats::{Confidence, of_independent};

/// Groups of names that notes name, and operations of which nothing is known.
const NAMED: usize = 10;

/// The result of what was read as a request asks for it, which goes by that name.
///
/// # Errors
/// When requests are in a temporary file that can't be read.
pub fn attribution_of_trace(
    imported: &Imported,
    request: &TraceRequest,
    name: String,
    header: Header,
) -> Result<Attribution, TraceError> {
    let TraceRequest { dropped, analysis, known, .. } = request;
    match imported {
        Imported::Requests { requests, trace, sampling, grouped, skipped, unplaced } => {
            let chosen =
                || Some((sampling.refusal()?, "nothing tells how many others the requests stand for that were chosen"));
            let mut result = match chosen().or_else(|| Some((of_dropped(*dropped)?, "requests are missing"))) {
                None => of_paths(requests, &known.speedups, (name, header), analysis)?,
                Some((reason, why)) => of_some(requests, (reason, why), name, header)?,
            };
            result.functions.extend(unplaced.iter().map(|function| unmeasured(function.clone(), Kind::Python)));
            let of_sampling = of_sampling(sampling, trace, requests.len());
            let notes = of_sampling
                .into_iter()
                .chain(of_kinds(trace, &result))
                .chain(unknown_shares(unplaced))
                .chain(notes(grouped, skipped))
                .collect();
            Ok(Attribution { trace: Some(trace.clone()), notes, ..result })
        }
        Imported::Profile(profile) => Ok(of_profile(profile, name, header, analysis.confidence)),
    }
}

/// Why nothing can be told of p99 where messages are missing: senders and receivers are busy when requests are slow.
fn of_dropped(dropped: u64) -> Option<String> {
    let messages = if dropped == 1 { "message was" } else { "messages were" };
    (dropped > 0).then(|| {
        format!("{dropped} {messages} dropped, for which there was no room, most likely of when much went on; listen to fewer services, or for less")
    })
}

/// Requests that aren't all, and of which nobody knows how many others they stand for: there are these functions, and no more is
/// known.
fn of_some(
    requests: &TracedRequests,
    (reason, why): (String, &str),
    name: String,
    header: Header,
) -> Result<Attribution, TraceError> {
    let functions = requests.functions().iter().map(|function| unmeasured(function.clone(), Kind::Python));
    let summary = Summary::of(requests)?;
    Ok(Attribution {
        latency: Latency { p50: None, p90: None, p99: None, p999: None, max: summary.max },
        requests: summary.requests as u64,
        failed_requests: summary.failed,
        refused: Some(Refusal { reason, requests_needed: None }),
        model: Model { accepted: false, reason: Some(why.to_owned()), error_p50: None, error_p99: None },
        functions: functions.collect(),
        ..unknown(name, header)
    })
}

/// What is said of how requests were sampled, and of what was missing of files.
fn of_sampling(sampling: &Sampling, trace: &Trace, requests: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if sampling.is_ignored && trace.sampled {
        notes.push(format!(
            "quantiles are those of the {requests} requests that were kept, as --weights none asks for: not those of all \
             requests, of which these are a sample"
        ));
    }
    notes.extend(Some(sampling.to_string()).filter(|note| !note.is_empty()));
    if trace.partial > 0 {
        notes.push(format!(
            "{} traces aren't whole, as whoever has exported them says (PARTIAL): calls that are missing count as their callers' time",
            trace.partial
        ));
    }
    if trace.left_out > 0 {
        notes.push(format!(
            "{} traces have more spans than the limit and are left out, so the slowest requests may be missing: raise it with \
             --limit trace-spans=N",
            trace.left_out
        ));
    }
    if trace.truncated > 0 {
        notes.push(format!(
            "{} files or messages in them end too early; what there is of them was used",
            trace.truncated
        ));
    }
    notes
}

/// Of tables it's easily forgotten to say which column tells kinds, without which waits look like work.
fn of_kinds(trace: &Trace, result: &Attribution) -> Option<String> {
    let is_table = trace.formats.iter().any(|format| format == "parquet");
    let has_kinds = result.functions.iter().any(|function| function.waits);
    (is_table && !has_kinds).then(|| {
        "no span is a call of another service by its kind (CLIENT): if there are such calls, what they wait counts as work here; \
         --columns kind=COLUMN names the column that tells kinds"
            .to_owned()
    })
}

/// A profile has no requests: it shows which functions take the time, and nothing about any quantile.
fn of_profile(profile: &Profile, name: String, header: Header, confidence: Confidence) -> Attribution {
    let row = |ranked: &Ranked| {
        let function =
            Function { name: ranked.name.clone(), file: ranked.file.clone(), line: ranked.line, waits: false };
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
        notes: profile.notes.clone(),
        ..unknown(name, header)
    }
}

/// What is said of operations of which no span is in a request.
fn unknown_shares(unplaced: &[Function]) -> Option<String> {
    let names: Vec<&str> = unplaced.iter().take(NAMED).map(|function| &function.name[..]).collect();
    let more = unplaced.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| {
        format!(
            "the share of {}{more} isn't known: all spans of theirs lack an ancestor, or never ended, so it can't be told \
             which requests they belong to",
            names.join(", ")
        )
    })
}

fn notes(grouped: &[Grouped], skipped: &[Skipped]) -> Vec<String> {
    let mut notes = Vec::new();
    for group in grouped.iter().take(NAMED) {
        let about = if group.is_estimate { "about " } else { "" };
        notes.push(format!(
            "{} stands for {about}{} names such as {}; --no-grouping keeps them apart",
            group.pattern, group.names, group.example
        ));
    }
    if grouped.len() > NAMED {
        notes.push(format!("{} more groups of names were taken for one operation each", grouped.len() - NAMED));
    }
    for Skipped { reason, spans, first } in skipped {
        let first = first.as_ref().map(|(file, place)| format!(", the first of {} at {place}", file.display()));
        notes.push(format!("{spans} spans {reason} are part of no request{}", first.unwrap_or_default()));
    }
    notes
}
