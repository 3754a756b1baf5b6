//! From what is known of requests to the result.

use rustworthy_model::Run as Header;
use rustworthy_model::attribution::{Attribution, Latency, Model, NamedSpeedup, SCHEMA, Speedup, Waiting};

use super::evidence::{Evidence, RowKind};
use super::experiments::{injected, migrated};
use super::order::{leave_out, sort_by_share};
use super::projector::Projector;
use super::{candidates, rows, serving};
use rustworthy_attribution::{Ranked, Resamples};
use rustworthy_attribution::{composition, shares};
use rustworthy_attribution::{distribution, latency, refusal};
use rustworthy_stats::Confidence;

/// How a result is drawn from requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The level of intervals.
    pub confidence: Confidence,
    /// By how much each function is supposed to get faster. What was measured of a function is asked about besides.
    pub speedups: Vec<Speedup>,
}

impl Default for Analysis {
    /// 95 %; twice and ten times as fast, and no time at all.
    fn default() -> Self {
        let speedups = vec![Speedup::Factor(2.0), Speedup::Factor(10.0), Speedup::Named(NamedSpeedup::Infinite)];
        Self { confidence: Confidence::default(), speedups }
    }
}

/// The result of what is known of the service of that name.
pub(crate) fn assemble(evidence: &Evidence<'_>, name: String, header: Header, analysis: &Analysis) -> Attribution {
    let Evidence { plain, timed, .. } = evidence;
    let Ok(resamples) = Resamples::new(*plain, header.seed, analysis.confidence);
    let (Ok(observed), Ok(ranked)) = (Ranked::new(*plain, &resamples), Ranked::new(*timed, &resamples));
    let Ok(shares) = shares(&ranked);
    let (Ok(latency), Ok(distribution), Ok(bands)) = (latency(&observed), distribution(*plain), composition(&ranked));
    let projector = Projector::new(evidence, &resamples, &shares);
    let refused = refusal(&observed.summary);
    let mut functions = rows::functions(evidence, &shares, &resamples);
    // Nothing is projected with a model that doesn't give what was observed, nor from too few requests.
    let is_projected = projector.is_accepted() && refused.is_none();
    let sets =
        if is_projected { candidates::project(&projector, &mut functions, &analysis.speedups) } else { Vec::new() };
    let mut result = Attribution {
        requests: plain.requests.len() as u64,
        failed_requests: observed.summary.failed,
        latency,
        refused,
        utilization: Some(serving::utilization(evidence, &resamples)),
        instrumentation_overhead: Some(serving::overhead(evidence, &resamples)),
        model: projector.model_report(),
        waiting: serving::waiting(evidence, &shares),
        functions,
        sets,
        migrated: migrated(&projector),
        injected: injected(&projector),
        distribution,
        bands,
        ..unknown(name, header)
    };
    // From the last one on, so that those before keep their places.
    for row in absent(evidence).into_iter().filter_map(|row| evidence.row(row)).rev() {
        leave_out(&mut result, row);
    }
    sort_by_share(&mut result);
    result
}

/// Rows that can't be in such a service, in their order: nobody competes for the GIL with a single server or with the thread of an
/// event loop, and only what runs on an event loop waits for it.
fn absent(evidence: &Evidence<'_>) -> Vec<RowKind> {
    let serving = &evidence.serving;
    if serving.on_one_loop {
        return vec![RowKind::GilWait];
    }
    let gil = (serving.servers == 1).then_some(RowKind::GilWait);
    gil.into_iter().chain(RowKind::OF_LOOP).collect()
}

/// The result of a service of which nothing is known but its name.
pub(crate) fn unknown(name: String, header: Header) -> Attribution {
    Attribution {
        schema: SCHEMA.to_owned(),
        run: header,
        environment: None,
        scenario: name,
        load: None,
        requests: 0,
        failed_requests: 0,
        failures: Vec::new(),
        latency: Latency { p50: None, p90: None, p99: None, p999: None, max: 0.0 },
        refused: None,
        utilization: None,
        instrumentation_overhead: None,
        model: Model { accepted: false, reason: None, error_p50: None, error_p99: None },
        waiting: Waiting { share_of_p50: None, share_of_p99: None, share_of_top: None },
        functions: Vec::new(),
        sets: Vec::new(),
        migrated: None,
        injected: None,
        trace: None,
        distribution: Vec::new(),
        bands: Vec::new(),
        notes: Vec::new(),
    }
}
