//! From what was measured of a workload to its typed result.

use rustworthy_model::comparison::{Claim, Contender, Distribution, Input, Latency, Stopped, Throughput, Workload};
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};
use rustworthy_model::{Estimate, Series};
use rustworthy_protocol::Judgement;

use super::claim::ClaimedPair;
use super::comparison::{converged, may_have_speedup};
use super::warnings;
use crate::manifest;
use crate::measure::{Effort, Planned, Record, Sample, latency_histogram};
use crate::workers::Failure;
use rustworthy_stats::{self as stats, Block, Process, Resampling, early_confidence};

/// Calls below which a 99th percentile would only repeat the slowest call.
const CALLS_FOR_P99: u64 = 100;

/// Classes of a distribution of samples.
const CLASSES: usize = 32;

/// How many times as far from the median as the upper quartile a sample may lie to have a class.
const FAR: f64 = 8.0;

/// Distance of the upper quartile from the median, as a share of that, below which it counts as this much.
const LEAST_SPREAD: f64 = 0.005;

/// The result of one workload.
pub fn summarise(planned: &Planned<'_>, record: &Record, effort: &Effort, resampling: &Resampling) -> Workload {
    let stopped = record.stopped.unwrap_or(Stopped::Interrupted);
    let summary = Summary { planned, record, effort, resampling: *resampling, stopped };
    let contenders: Vec<Contender> = planned.contenders.iter().map(|contender| summary.contender(contender)).collect();
    Workload {
        name: planned.workload.name.clone(),
        description: planned.workload.description.clone(),
        size: planned.size,
        size_name: planned.size_name.clone(),
        input: Input {
            sha256: record.input.as_ref().map(|input| input.sha256.clone()),
            bytes: record.input.as_ref().and_then(|input| input.bytes),
        },
        baseline: planned.workload.baseline().name.clone(),
        stopped,
        error: warnings::error(planned, record),
        warnings: warnings::of_workload(planned, record),
        claims: planned.workload.claims.iter().flat_map(|claim| summary.claim(claim, &contenders)).collect(),
        contenders,
        sweep: None,
        tried: None,
    }
}

/// What was timed of each contender of a workload, by process.
pub fn series(workload: &Workload, record: &Record) -> Vec<Series> {
    let of = |contender: &Contender| Series {
        workload: workload.name.clone(),
        contender: contender.name.clone(),
        seconds: contender.seconds,
        processes: processes_of(record, &contender.name)
            .iter()
            .map(|process| process.blocks.iter().map(Block::seconds_per_call).collect())
            .collect(),
    };
    workload.contenders.iter().map(of).collect()
}

struct Summary<'a> {
    planned: &'a Planned<'a>,
    record: &'a Record,
    effort: &'a Effort,
    resampling: Resampling,
    stopped: Stopped,
}

impl Summary<'_> {
    /// How the intervals of a contender are drawn: with more confidence where it was they that ended its rounds.
    fn resampling(&self, contender: &str) -> Resampling {
        let has_stopped_early = self.stopped == Stopped::Precision || self.record.settled.contains_key(contender);
        let confidence = self.resampling.confidence;
        let confidence = if has_stopped_early { early_confidence(confidence) } else { confidence };
        Resampling { confidence, ..self.resampling }
    }

    fn contender(&self, contender: &manifest::Contender) -> Contender {
        let name = &contender.name;
        let (status, error) = self.status(contender);
        let equivalence = self.equivalence(contender);
        let measured = status == Status::Measured;
        let samples: Vec<&Sample> =
            self.record.samples.iter().filter(|sample| measured && sample.contender == *name).collect();
        let processes = processes(&samples);
        let resampling = self.resampling(name);
        let seconds = stats::seconds(&processes, &resampling);
        let checked = self.record.flaw.is_none();
        let speedup =
            may_have_speedup(status, &equivalence, checked).then(|| self.speedup(&processes, &resampling)).flatten();
        let check = self.record.checks.get(name);
        Contender {
            name: name.clone(),
            kind: contender.kind,
            route: contender.route,
            status,
            error,
            scheme: self.record.scheme(name).filter(|_| measured),
            system_seconds: per_call(&samples, |sample| sample.system_ns).map(|nanoseconds| nanoseconds * 1e-9),
            page_faults: per_call(&samples, |sample| sample.page_faults),
            cpu_over_wall: cpu_over_wall(&samples),
            latency: latency(&samples),
            peak_memory_bytes: check.and_then(|check| check.called.peak_memory),
            samples: samples.iter().filter(|sample| !sample.latencies_only).count() as u64,
            processes: processes.len() as u64,
            converged: converged(speedup.as_ref().or(seconds.as_ref()), self.effort.precision),
            settled: self.record.settled.get(name).copied(),
            throughput: self.throughput(seconds.as_ref()),
            remembers: warnings::remembers(contender, self.planned, self.record).filter(|_| measured),
            warnings: warnings::of_contender(contender, self.planned, self.record, &samples, &equivalence),
            distribution: distribution(&processes),
            sources: Vec::new(),
            equivalence,
            seconds,
            speedup,
            interpreter: None,
            speedup_withheld: None,
        }
    }

    fn status(&self, contender: &manifest::Contender) -> (Status, Option<String>) {
        match self.record.failures.get(&contender.name) {
            Some(failure @ Failure::TimedOut { .. }) => (Status::TimedOut, Some(failure.to_string())),
            Some(failure) => (Status::Failed, Some(failure.to_string())),
            None => match &self.record.input_failure {
                Some(failure) => (Status::Failed, Some(format!("making its input failed: {failure}"))),
                None if self.has_time(&contender.name) => (Status::Measured, None),
                None if self.stopped == Stopped::Failed => {
                    (Status::Skipped, Some("not timed, since outputs differ".to_owned()))
                }
                None => (Status::Skipped, Some("interrupted before it was timed".to_owned())),
            },
        }
    }

    fn has_time(&self, name: &str) -> bool {
        self.record.samples.iter().any(|sample| sample.contender == name && !sample.latencies_only)
    }

    fn equivalence(&self, contender: &manifest::Contender) -> Equivalence {
        let expected = contender.differs.clone();
        let unchecked = |why: Option<String>| (EquivalenceStatus::Unchecked, why);
        let mut hint = None;
        let (status, detail) = match (self.record.checks.get(&contender.name), &self.record.flaw) {
            (None, _) => unchecked(None),
            (Some(_), Some(flaw)) => unchecked(Some(warnings::words(flaw))),
            (Some(_), None) if self.record.failures.contains_key(&self.planned.workload.baseline().name) => {
                unchecked(Some("there is no output of the baseline, which failed".to_owned()))
            }
            (Some(_), None) if contender.baseline => (EquivalenceStatus::Baseline, None),
            (Some(check), None) => match self.record.second_thoughts.get(&contender.name) {
                Some(second) if check.verdict.is_good() => {
                    let (status, detail) = finding(second);
                    (status, detail.map(|detail| format!("in a later call: {detail}")))
                }
                _ => {
                    hint = check.hint.clone();
                    finding(&check.verdict)
                }
            },
        };
        Equivalence { status, detail, expected, hint, test: None }
    }

    fn speedup(&self, processes: &[Process], resampling: &Resampling) -> Option<Estimate> {
        let baseline = processes_of(self.record, &self.planned.workload.baseline().name);
        stats::speedup(&baseline, processes, resampling)
    }

    fn throughput(&self, seconds: Option<&Estimate>) -> Option<Throughput> {
        let bytes = self.record.input.as_ref()?.bytes?;
        Some(Throughput { unit: "bytes".to_owned(), per_second: bytes as f64 / seconds?.estimate })
    }

    /// The findings on a claim; none where the contenders that it is about weren't chosen.
    fn claim(&self, claim: &manifest::Claim, contenders: &[Contender]) -> Vec<Claim> {
        let named = |name: &str| contenders.iter().find(|contender| contender.name == name);
        let baseline = &self.planned.workload.baseline().name;
        let against = claim.against.as_ref().unwrap_or(baseline);
        let (Some(against), Some(contender)) = (named(against), named(&claim.contender)) else { return Vec::new() };
        let times = [against, contender].map(|contender| processes_of(self.record, &contender.name));
        let peaks = [against, contender].map(|contender| self.peaks(&contender.name));
        let resampling = self.resampling(&contender.name);
        let pair = ClaimedPair {
            against,
            contender,
            checked: self.record.flaw.is_none(),
            size: self.planned.size,
            speedup: stats::speedup(&times[0], &times[1], &resampling),
            memory: stats::ratio(&peaks[0], &peaks[1], &resampling),
        };
        pair.findings(claim)
    }

    fn peaks(&self, contender: &str) -> Vec<f64> {
        self.record.peaks(contender).into_iter().map(|bytes| bytes as f64).collect()
    }
}

fn finding(verdict: &Judgement) -> (EquivalenceStatus, Option<String>) {
    match verdict {
        Judgement::Equal => (EquivalenceStatus::Equal, None),
        Judgement::WithinTolerance => (EquivalenceStatus::WithinTolerance, None),
        Judgement::Different(detail) => (EquivalenceStatus::Different, Some(detail.clone())),
        Judgement::Unchecked(why) => (EquivalenceStatus::Unchecked, Some(why.clone())),
        // The traceback stands in the error of the workload.
        Judgement::CheckerFailed(how) => (EquivalenceStatus::Unchecked, how.lines().next().map(str::to_owned)),
    }
}

/// The processes of one contender.
pub(super) fn processes_of(record: &Record, contender: &str) -> Vec<Process> {
    processes(&record.samples.iter().filter(|sample| sample.contender == contender).collect::<Vec<_>>())
}

/// Samples by the process that they come from.
fn processes(samples: &[&Sample]) -> Vec<Process> {
    let mut processes: Vec<Process> = Vec::new();
    for sample in samples.iter().filter(|sample| !sample.latencies_only) {
        let block = Block { window: sample.window, calls: sample.calls, seconds: sample.own_ns as f64 * 1e-9 };
        match processes.last_mut() {
            Some(process) if process.round == sample.round => process.blocks.push(block),
            _ => processes.push(Process { round: sample.round, blocks: vec![block] }),
        }
    }
    processes
}

fn cpu_over_wall(samples: &[&Sample]) -> Option<f64> {
    let cpu: u64 = samples.iter().map(|sample| sample.cpu_ns).sum();
    let own: u64 = samples.iter().map(|sample| sample.own_ns).sum();
    (own > 0).then(|| cpu as f64 / own as f64)
}

/// The mean of something over all calls that were timed.
fn per_call(samples: &[&Sample], of: impl Fn(&Sample) -> u64) -> Option<f64> {
    let calls: u64 = samples.iter().map(|sample| sample.calls).sum();
    (calls > 0).then(|| samples.iter().map(|sample| of(sample)).sum::<u64>() as f64 / calls as f64)
}

fn latency(samples: &[&Sample]) -> Option<Latency> {
    let mut histogram = latency_histogram();
    for &(ns, count) in samples.iter().flat_map(|sample| &sample.latencies) {
        histogram.saturating_record_n(ns, count);
    }
    let seconds = |ns: u64| ns as f64 * 1e-9;
    let quantile = |quantile| seconds(histogram.value_at_quantile(quantile));
    (!histogram.is_empty()).then(|| Latency {
        count: histogram.len(),
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: (histogram.len() >= CALLS_FOR_P99).then(|| quantile(0.99)),
        max: seconds(histogram.max()),
    })
}

/// How the blocks of all processes spread.
fn distribution(processes: &[Process]) -> Option<Distribution> {
    let blocks = processes.iter().flat_map(|process| &process.blocks);
    let mut times: Vec<f64> = blocks.map(Block::seconds_per_call).collect();
    times.sort_unstable_by(f64::total_cmp);
    let (&low, &slowest) = (times.first()?, times.last()?);
    let [median, quarter] = [0.5, 0.75].map(|quantile| stats::quantile(&times, quantile).unwrap_or(slowest));
    // What lies many times as far out as the slow half of the rest would leave no room for that.
    let high = slowest.min(median + FAR * (quarter - median).max(median * LEAST_SPREAD));
    let width = (high - low) / CLASSES as f64;
    let mut counts = vec![0; CLASSES];
    let within = times.iter().take_while(|time| **time <= high);
    for time in within {
        let class = if width > 0.0 { ((time - low) / width) as usize } else { 0 };
        counts[class.min(CLASSES - 1)] += 1;
    }
    let beyond = times.len() as u64 - counts.iter().sum::<u64>();
    Some(Distribution { low, high, counts, beyond, slowest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes(times: &[f64]) -> Vec<Process> {
        let blocks = times.iter().map(|&seconds| Block { window: 0, calls: 1, seconds });
        vec![Process { round: 0, blocks: blocks.collect() }]
    }

    #[test]
    fn every_sample_is_in_a_class_or_beyond_them() {
        let found = distribution(&processes(&[1.0, 1.02, 1.01, 1.01, 9.0])).unwrap();
        assert_eq!((found.low, found.slowest, found.beyond), (1.0, 9.0, 1));
        assert!(found.high < 1.2 && found.counts.len() == CLASSES, "{found:?}");
        assert_eq!(found.counts.iter().sum::<u64>(), 4);
    }

    #[test]
    fn samples_that_are_all_the_same_are_one_class() {
        let found = distribution(&processes(&[2.0; 3])).unwrap();
        assert_eq!((found.low, found.high, found.counts[0], found.beyond), (2.0, 2.0, 3, 0));
        assert_eq!(distribution(&processes(&[])), None);
    }
}
