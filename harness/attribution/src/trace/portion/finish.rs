//! From what was found in all traces to requests in the order of their start, as statistics take them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use rustworthy_model::attribution::Trace;

use super::{Counters, OperationName, RequestRow, Spool};
use crate::ranked::Summary;
use crate::request::Function;
use crate::trace::calibrate::calibrate;
use crate::trace::error::TraceError;
use crate::trace::imported::Imported;
use crate::trace::names::Functions;
use crate::trace::options::Options;
use crate::trace::sampling::{Sampling, Source, Weights};
use crate::trace::spans::Skipped;
use crate::trace::traced::TracedRequests;

/// All requests, and what the traces that they are of were made of.
///
/// # Errors
/// When there are none, what was asked for isn't there, or temporary files can't be kept.
pub(in crate::trace) fn finish(
    requests: Spool,
    counters: Counters,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Imported, TraceError> {
    let failed = |message| TraceError::Together { files: paths.to_vec(), message };
    if let Some(service) = options.service.as_ref().filter(|service| !counters.services.contains(*service)) {
        return Err(failed(without_service(service, &counters.services)));
    }
    let mut told = ToldOfAll::new(options);
    let rows = requests.settled(counters.of_all.told(), &options.scratch, &mut |row| told.add(row))?;
    let told = told.finished();
    let trace = told.trace(&counters, options);
    let Counters { skips, groups, functions: of_python, services_of_spans, lost, .. } = counters;
    let skipped = skips.into_vec();
    if rows.is_empty() {
        return Err(failed(without_request(&trace, &skipped, &counters.orphans)));
    }
    if let (Weights::Key(key), true) = (&options.weights, told.sources.is_empty()) {
        return Err(failed(format!(
            "--weights: no span of a request has an attribute '{key}'; name one that tells how many requests one \
             stands for"
        )));
    }
    let used: BTreeSet<&OperationName> = rows.operations().iter().collect();
    let unplaced: Vec<OperationName> = lost.into_iter().filter(|lost| !used.contains(lost)).collect();
    let has_several_services = services_of_spans.len() > 1;
    let (functions, unplaced) = named([rows.operations(), &unplaced], has_several_services, &of_python);
    let mut requests = TracedRequests::new(rows, functions)?;
    let summary = Summary::of(&requests)?;
    let known = |number: f64| told.sampling.refusal().is_none().then_some(number);
    let mut trace = Trace {
        represented_requests: known(summary.represented),
        effective_requests: known(summary.effective),
        ..trace
    };
    let mut sampling = told.sampling;
    if let Some(calibration) = &options.calibration {
        calibrate(calibration, &mut requests, &mut trace, &mut sampling)?;
    }
    Ok(Imported::Requests { requests, trace, sampling, grouped: groups.largest_first(), skipped, unplaced })
}

/// What requests tell of how they were sampled.
struct ToldOfAll<'a> {
    options: &'a Options,
    sampling: Sampling,
    is_sampled: bool,
    sources: BTreeSet<Source>,
}

impl<'a> ToldOfAll<'a> {
    fn new(options: &'a Options) -> Self {
        let sampling = Sampling { is_ignored: options.weights == Weights::None, ..Sampling::default() };
        Self { options, sampling, is_sampled: false, sources: BTreeSet::new() }
    }

    /// Takes in a request.
    fn add(&mut self, row: &RequestRow) {
        // Events of threads are of no trace, which alone is sampled.
        if row.trace == 0 {
            return;
        }
        self.is_sampled |= row.told.is_sampled();
        self.sources.extend(row.told.source());
        if let Some(count) = counted(row, &mut self.sampling, self.options) {
            *count += 1;
        }
    }

    fn finished(mut self) -> Self {
        if self.sources.is_empty() || self.sampling.is_ignored {
            self.sampling.unweighted = 0;
        }
        self
    }

    /// What the traces were made of, but for the numbers of requests.
    fn trace(&self, counters: &Counters, options: &Options) -> Trace {
        Trace {
            formats: counters.formats.iter().cloned().collect(),
            spans: counters.spans,
            orphans: counters.orphans.values().sum(),
            clamped: counters.clamped,
            skewed: counters.skewed,
            empty_files: counters.empty_files,
            truncated: counters.truncated,
            partial: counters.partial,
            left_out: counters.left_out,
            sampled: self.is_sampled,
            weights: self.weights(options),
            ..Trace::default()
        }
    }

    /// Where weights are from, as results have it.
    fn weights(&self, options: &Options) -> Option<String> {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name(&options.weights)).collect();
        match options.weights {
            Weights::None => Some("none".to_owned()),
            _ => (!names.is_empty()).then(|| names.join(", ")),
        }
    }
}

/// Among which requests one is counted.
fn counted<'a>(row: &RequestRow, sampling: &'a mut Sampling, options: &Options) -> Option<&'a mut u64> {
    let (source, is_chosen) = (row.told.source(), row.told.is_chosen());
    match source {
        _ if matches!(options.weights, Weights::Key(_)) => source.is_none().then_some(&mut sampling.unweighted),
        Some(Source::Threshold) => is_chosen.then_some(&mut sampling.trusted),
        _ if is_chosen => Some(&mut sampling.chosen),
        _ if row.told.is_limited() => Some(&mut sampling.limited),
        None => Some(&mut sampling.unweighted),
        Some(_) => None,
    }
}

/// Operations as results call them: after their service where there are several; functions of Python only where several services
/// have one of that name, since workloads know them without.
fn named(
    [used, unplaced]: [&[OperationName]; 2],
    has_several_services: bool,
    of_python: &Functions,
) -> (Vec<Function>, Vec<Function>) {
    let mut services: HashMap<&str, u32> = HashMap::new();
    for name in used.iter().chain(unplaced).filter(|name| of_python.contains_key(&name.operation)) {
        *services.entry(&name.operation).or_default() += 1;
    }
    let others = used.iter().chain(unplaced).filter(|name| !name.waits);
    let others: HashSet<(&str, &str)> = others.map(|name| (&name.service[..], &name.operation[..])).collect();
    let function = |OperationName { service, operation, waits }: &OperationName| {
        let file = of_python.get(operation).cloned().flatten();
        let is_told_apart = has_several_services && services.get(&operation[..]) != Some(&1);
        let called = if operation.is_empty() { "(nameless)" } else { &operation[..] };
        let name = match is_told_apart && !service.is_empty() {
            true => with_service(service, called),
            false => called.to_owned(),
        };
        // What isn't a call of another service goes by that name already.
        let is_shared = *waits && others.contains(&(&service[..], &operation[..]));
        let name = if is_shared { format!("{name} (CLIENT)") } else { name };
        Function { name, file, line: None, waits: *waits }
    };
    (used.iter().map(function).collect(), unplaced.iter().map(function).collect())
}

/// The name of an operation after that of its service.
pub(in crate::trace) fn with_service(service: &str, operation: &str) -> String {
    format!("{service}: {operation}")
}

/// Why no request is of the service that was asked for.
fn without_service(service: &str, services: &BTreeSet<String>) -> String {
    const NAMED: usize = 10;
    if services.is_empty() {
        return "--service: no span names its service (`service.name`); leave it out".to_owned();
    }
    let known: Vec<&str> = services.iter().take(NAMED).map(|name| &name[..]).collect();
    let more = services.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("--service: no span is of a service '{service}'; there are {}{more}", known.join(", "))
}

/// Why there is no request.
fn without_request(trace: &Trace, skipped: &[Skipped], orphans: &BTreeMap<String, u64>) -> String {
    if trace.spans == 0 {
        return "holds no span, so no request".to_owned();
    }
    let mut reasons: Vec<_> = skipped.iter().map(|skipped| format!("{} {}", skipped.spans, skipped.reason)).collect();
    let mut advice = String::new();
    if trace.orphans > 0 {
        reasons.push(format!("{} whose parent isn't in the trace", trace.orphans));
        advice = "; a request begins with a span without a parent: if other files hold the parents, give them too"
            .to_owned();
        let of_services = orphans.iter().filter(|(service, _)| !service.is_empty());
        if let Some((service, spans)) = of_services.min_by_key(|(service, spans)| (Reverse(**spans), *service)) {
            advice += &format!(
                ", and if they are elsewhere, name the service with whose first span of a trace a request begins: \
                 --service '{service}' ({spans} of these {} its)",
                if *spans == 1 { "is" } else { "are" }
            );
        }
    }
    let spans = if trace.spans == 1 { "span" } else { "spans" };
    let of = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!("no request among {} {spans}{of}{advice}", trace.spans)
}
