//! How often the intervals of quantiles hold the truth where requests are a sample, and how far off they are without weights.
//!
//! `cargo bench -p rustworthy-benches --bench sampling -- [SAMPLES]` prints a Markdown table. A million requests of three kinds are
//! sampled by chance, each kind at a rate of its own: what is rare and slow is kept more often. The truth is the quantile
//! of all of them; of 200 samples, 95 % ± 3 % is chance.
//!
//! The same million is then sampled by latency, as a collector does that keeps what is slow and some of the rest, and says by which of its
//! policies but not what for: how often is that refused, how far off would its quantiles be, and how far off are they once requests are
//! weighed by a histogram of all?

use std::fs;
use std::sync::atomic::AtomicBool;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_attribution::trace::{Calibration, Imported, Options, TracedRequests, read};
use rustworthy_attribution::{Ranked, Request, Requests, Resamples, Summary, observed};
use rustworthy_model::Estimate;
use rustworthy_stats::{Confidence, normal_quantile};

const ALL: usize = 1_000_000;

/// Requests of a kind.
struct Kind {
    /// Their share of all.
    share: f64,
    /// Median seconds, and the standard deviation of the logarithm.
    median: f64,
    deviation: f64,
    /// One of so many is kept.
    rate: f64,
}

const KINDS: [Kind; 3] = [
    Kind { share: 0.9, median: 0.010, deviation: 0.5, rate: 200.0 },
    Kind { share: 0.09, median: 0.040, deviation: 0.5, rate: 20.0 },
    Kind { share: 0.01, median: 0.100, deviation: 0.8, rate: 2.0 },
];

const NAMES: [&str; 4] = ["p50", "p90", "p99", "p999"];
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let usual = if std::env::args().any(|argument| argument == "--bench") { 200 } else { 2 };
    let samples: u64 = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    let all = all();
    let mut sorted: Vec<f64> = all.iter().map(|(latency, _)| *latency).collect();
    sorted.sort_by(f64::total_cmp);
    let truths = QUANTILES.map(|quantile| sorted[(quantile * ALL as f64).ceil() as usize - 1]);
    let mut held = [[0_u64; 4]; 2];
    let mut sums = [[0.0; 4]; 2];
    let mut widths = [0.0; 4];
    // Too few requests tell nothing of a quantile.
    let mut told = [0_u64; 4];
    let (mut kept, mut effective) = (0, 0.0);
    for seed in 1..=samples {
        let weighted = sample(&all, seed);
        let unweighted = Requests {
            requests: weighted.requests.iter().map(|request| Request { weight: 1.0, ..request.clone() }).collect(),
            ..Requests::default()
        };
        kept += weighted.requests.len();
        let Ok(summary) = Summary::of(&weighted);
        effective += summary.effective;
        for (way, requests) in [&weighted, &unweighted].into_iter().enumerate() {
            let Ok(resamples) = Resamples::new(requests, seed, Confidence::USUAL);
            let Ok(found) = Ranked::new(requests, &resamples).and_then(|ranked| observed(&ranked));
            for (quantile, found) in found.into_iter().enumerate() {
                let Some(Estimate { estimate, low, high }) = found else { continue };
                held[way][quantile] += u64::from((low..=high).contains(&truths[quantile]));
                sums[way][quantile] += estimate / truths[quantile] - 1.0;
                if way == 0 {
                    told[quantile] += 1;
                    widths[quantile] += (high - low) / 2.0 / truths[quantile];
                }
            }
        }
    }
    let mean = |sum: f64| 100.0 * sum / samples as f64;
    let tail = tail(&all, samples, &truths);
    println!(
        "{samples} samples of {ALL} requests: {:.0} kept, effective {:.0}\n",
        kept as f64 / samples as f64,
        effective / samples as f64
    );
    println!("| quantile | truth, ms | intervals that hold it | off by | half width | held without weights | off by |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for quantile in (0..QUANTILES.len()).filter(|quantile| told[*quantile] == samples) {
        println!(
            "| {} | {:.2} | {:.1} % | {:+.2} % | {:.1} % | {:.1} % | {:+.0} % |",
            NAMES[quantile],
            1e3 * truths[quantile],
            mean(held[0][quantile] as f64),
            mean(sums[0][quantile]),
            mean(widths[quantile]),
            mean(held[1][quantile] as f64),
            mean(sums[1][quantile]),
        );
    }
    print(&tail, samples);
}

/// Classes of latency as OpenTelemetry's conventions have them for requests to a server, in seconds.
const CLASSES: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Slower ones are all kept by a sampler that goes by latency: from the bound of a class on, and from within that of p99.
const SLOW: [f64; 2] = [0.1, 0.09];
/// One of so many of the others is kept.
const OTHERS: f64 = 100.0;

/// What comes of samples that were chosen by latency.
#[derive(Default)]
struct Tail {
    slow: f64,
    kept: usize,
    refused: u64,
    /// How far off p50 and p99 of what was kept are, in per cent on average.
    off: [f64; 2],
    /// How many intervals hold them once requests are weighed by a histogram, and how far off these are.
    held: [u64; 2],
    calibrated_off: [f64; 2],
}

fn tail(all: &[(f64, f64)], samples: u64, truths: &[f64; 4]) -> Vec<Tail> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [file, metrics] = ["traces.json", "metrics.txt"].map(|name| folder.path().join(name));
    fs::write(&metrics, histogram(all)).expect("a file");
    let calibration = Some(Calibration { file: metrics, metric: None });
    let by_histogram = Options { calibration, ..Options::default() };
    let places = [0, 2];
    let of = |slow: f64| {
        let mut tail = Tail { slow, ..Tail::default() };
        for seed in 1..=samples {
            let mut random = Pcg64Mcg::seed_from_u64(seed);
            let is_kept = |latency: f64, chance: f64| latency > slow || chance * OTHERS < 1.0;
            let kept = all.iter().enumerate().filter(|(_, (latency, _))| is_kept(*latency, random.random::<f64>()));
            let spans: Vec<String> = kept.map(|(number, (latency, _))| span(number, *latency, slow)).collect();
            let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
            fs::write(&file, text).expect("a file");
            let read = |options: &Options| match read(std::slice::from_ref(&file), options, &AtomicBool::new(false)) {
                Ok(Imported::Requests { requests: TracedRequests::Memory(requests), sampling, .. }) => {
                    (requests, sampling)
                }
                other => panic!("no requests: {other:?}"),
            };
            let (requests, sampling) = read(&Options::default());
            tail.kept += requests.requests.len();
            tail.refused += u64::from(sampling.refusal().is_some());
            let mut sorted: Vec<f64> = requests.requests.iter().map(Request::latency).collect();
            sorted.sort_by(f64::total_cmp);
            let (requests, _) = read(&by_histogram);
            let Ok(resamples) = Resamples::new(&requests, seed, Confidence::USUAL);
            let Ok(found) = Ranked::new(&requests, &resamples).and_then(|ranked| observed(&ranked));
            for (index, place) in places.into_iter().enumerate() {
                let rank = (QUANTILES[place] * sorted.len() as f64).ceil() as usize - 1;
                let percent = |estimate: f64| 100.0 * (estimate / truths[place] - 1.0) / samples as f64;
                tail.off[index] += percent(sorted[rank]);
                let Some(Estimate { estimate, low, high }) = found[place] else { continue };
                tail.held[index] += u64::from((low..=high).contains(&truths[place]));
                tail.calibrated_off[index] += percent(estimate);
            }
        }
        tail
    };
    SLOW.into_iter().map(of).collect()
}

fn print(tail: &[Tail], samples: u64) {
    println!(
        "\n| kept: all above, 1 % of the rest | requests | refused | p50, p99 without weights off by | intervals by a histogram that hold \
         p50, p99 | off by |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    for Tail { slow, kept, refused, off, held, calibrated_off } in tail {
        let share = |held: u64| 100.0 * held as f64 / samples as f64;
        println!(
            "| {:.0} ms | {} | {refused} of {samples} | {:+.0} %, {:+.0} % | {:.1} %, {:.1} % | {:+.2} %, {:+.2} % |",
            1e3 * slow,
            kept / samples as usize,
            off[0],
            off[1],
            share(held[0]),
            share(held[1]),
            calibrated_off[0],
            calibrated_off[1],
        );
    }
}

/// What Prometheus would read of all requests.
fn histogram(all: &[(f64, f64)]) -> String {
    let below = |bound: f64| all.iter().filter(|(latency, _)| *latency <= bound).count();
    let line = |bound: &str, count| format!("http_server_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}\n");
    let lines: String = CLASSES.iter().map(|bound| line(&bound.to_string(), below(*bound))).collect();
    lines + &line("+Inf", all.len())
}

/// A request that is a span of its own, with what the processor for tail sampling of the OpenTelemetry Collector writes.
fn span(number: usize, latency: f64, slow: f64) -> String {
    let start = 1_780_000_000_000_000_000 + 1_000_000 * number as u64;
    let end = start + (latency * 1e9) as u64;
    let policy = if latency > slow { "slow" } else { "some" };
    format!(
        r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"GET /","startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","attributes":[{{"key":"tailsampling.policy","value":{{"stringValue":"{policy}"}}}}]}}"#,
        number + 1,
        number + 1,
    )
}

/// Latency and rate of every request, the same every time.
fn all() -> Vec<(f64, f64)> {
    let mut random = Pcg64Mcg::seed_from_u64(28);
    let one = |_| {
        let mut at = random.random::<f64>();
        let kind = KINDS.iter().find(|kind| {
            at -= kind.share;
            at < 0.0
        });
        let kind = kind.unwrap_or(&KINDS[0]);
        let normal = normal_quantile(random.random_range(1e-12..1.0 - 1e-12));
        (kind.median * (kind.deviation * normal).exp(), kind.rate)
    };
    (0..ALL).map(one).collect()
}

/// What chance keeps of them, with its weight; a request comes every millisecond.
fn sample(all: &[(f64, f64)], seed: u64) -> Requests {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let kept = all.iter().enumerate().filter(|(_, (_, rate))| random.random::<f64>() * rate < 1.0);
    let request = |(index, (latency, rate)): (usize, &(f64, f64))| {
        let arrival = index as f64 / 1e3;
        Request { arrival, start: arrival, end: arrival + latency, weight: *rate, ..Request::default() }
    };
    Requests { functions: Vec::new(), requests: kept.map(request).collect() }
}
