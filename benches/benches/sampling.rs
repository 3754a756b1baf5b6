//! How often the intervals of quantiles hold the truth where requests are a sample, and how far off they are without weights.
//!
//! `cargo bench -p rustworthy-benches --bench sampling -- [SAMPLES]` prints a Markdown table. A million requests of three kinds are
//! sampled by chance, each kind at a rate of its own: what is rare and slow is kept more often. The truth is the quantile
//! of all of them; of 200 samples, 95 % ± 3 % is chance.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_attribution::{Request, Requests, Resamples, observed};
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
        effective += weighted.effective();
        for (way, requests) in [&weighted, &unweighted].into_iter().enumerate() {
            let found = observed(requests, &Resamples::new(requests, seed, Confidence::USUAL));
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
