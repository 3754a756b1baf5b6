//! How often the intervals of quantiles hold the truth, of requests that are alike and of such that depend on their neighbours, beside
//! those of the block bootstrap.
//!
//! `cargo bench --profile dev --workspace --bench resamples -- [REPETITIONS]` prints a Markdown table. The truth is the quantile of very
//! many requests; of 1,000 repetitions, 95 % ± 1.4 % is chance.
//!
//! The block bootstrap draws as many blocks as there are with replacement, and its intervals are percentiles of what it finds. Its blocks are
//! those of the program, which counts each as often as a Poisson variable says: how wide the same percentiles of that are is beside it.
//! The program's intervals are stretched besides, where few blocks tell of a quantile.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_attribution::{Ranked, Request, Requests, Resamples, observed};
use rustworthy_model::Estimate;
use rustworthy_stats::{Confidence, normal_quantile, quantile};

/// Requests of which the truth is made, in as many runs as it takes.
const MANY: usize = 4_000_000;

const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

struct Case {
    name: &'static str,
    requests: usize,
    make: fn(usize, &mut Pcg64Mcg) -> Vec<Request>,
}

const CASES: [Case; 9] = [
    Case { name: "independent", requests: 1_000, make: independent },
    Case { name: "independent", requests: 3_000, make: independent },
    Case { name: "independent", requests: 20_000, make: independent },
    Case { name: "independent, at the same time", requests: 20_000, make: crowded },
    Case { name: "a sample with weights", requests: 10_000, make: weighted },
    Case { name: "spells of a slow machine", requests: 20_000, make: spells },
    Case { name: "queue at 0.5", requests: 3_000, make: |number, random| queue(0.5, number, random) },
    Case { name: "queue at 0.8", requests: 3_000, make: |number, random| queue(0.8, number, random) },
    Case { name: "queue at 0.8", requests: 20_000, make: |number, random| queue(0.8, number, random) },
];

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let usual = if is_bench { 1_000 } else { 2 };
    let repetitions: u64 = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    println!("{repetitions} repetitions\n");
    println!(
        "| requests | | blocks | quantile | intervals that hold it | half width | of the block bootstrap that hold it | half width | Poisson over block bootstrap |"
    );
    println!("|---|--:|--:|---|--:|--:|--:|--:|--:|");
    for case in &CASES {
        let truths = truths(case, if is_bench { MANY } else { case.requests });
        let mut held = [[0_u64; 3]; 3];
        let mut widths = [[0.0; 3]; 3];
        let mut blocks = 0;
        for repetition in 1..=repetitions {
            let mut random = Pcg64Mcg::seed_from_u64(repetition);
            let requests = Requests { functions: Vec::new(), requests: (case.make)(case.requests, &mut random) };
            let Ok(resamples) = Resamples::new(&requests, repetition, Confidence::USUAL);
            blocks += resamples.blocks().len();
            let Ok(found) = Ranked::new(&requests, &resamples).and_then(|ranked| observed(&ranked));
            let of_blocks = percentiles(&requests, block_bootstrap(&requests, &resamples, &mut random));
            let of_poisson = percentiles(&requests, resamples.all());
            for (place, truth) in truths.into_iter().enumerate() {
                let ways = [found[place], Some(of_blocks[place]), Some(of_poisson[place])];
                for (way, found) in ways.into_iter().enumerate() {
                    let Some(Estimate { low, high, .. }) = found else { continue };
                    held[way][place] += u64::from((low..=high).contains(&truth));
                    widths[way][place] += (high - low) / 2.0 / truth / repetitions as f64;
                }
            }
        }
        for (place, name) in ["p50", "p90", "p99"].into_iter().enumerate() {
            let share = |way: usize| 100.0 * held[way][place] as f64 / repetitions as f64;
            println!(
                "| {} | {} | {} | {name} | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:+.1} % |",
                case.name,
                case.requests,
                blocks / repetitions as usize,
                share(0),
                100.0 * widths[0][place],
                share(1),
                100.0 * widths[1][place],
                100.0 * (widths[2][place] / widths[1][place] - 1.0),
            );
        }
    }
}

/// The quantiles of very many requests.
fn truths(case: &Case, many: usize) -> [f64; 3] {
    let mut random = Pcg64Mcg::seed_from_u64(28);
    let mut all: Vec<(f64, f64)> = Vec::new();
    while all.len() < many {
        let made = (case.make)(200_000.min(many), &mut random);
        all.extend(made.iter().map(|request| (request.latency(), request.weight)));
    }
    weighted_quantiles(all)
}

/// The quantiles of latencies, each with how many it stands for.
fn weighted_quantiles(mut latencies: Vec<(f64, f64)>) -> [f64; 3] {
    latencies.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    quantiles_of_sorted(&latencies)
}

/// The same of latencies that ascend. Some of them may stand for none.
fn quantiles_of_sorted(latencies: &[(f64, f64)]) -> [f64; 3] {
    let all: f64 = latencies.iter().map(|(_, weight)| weight).sum();
    let (mut last, mut reached) = (0, latencies[0].1);
    QUANTILES.map(|quantile| {
        while reached < quantile * all * (1.0 - 1e-12) && last + 1 < latencies.len() {
            last += 1;
            reached += latencies[last].1;
        }
        latencies[last].0
    })
}

/// Places of as many blocks as there are, drawn with replacement, as often as the program resamples.
fn block_bootstrap(
    requests: &Requests,
    resamples: &Resamples,
    random: &mut Pcg64Mcg,
) -> impl Iterator<Item = Vec<usize>> {
    let (blocks, number) = (resamples.blocks(), requests.requests.len());
    (0..resamples.all().count()).map(move |_| {
        let mut places = Vec::with_capacity(number);
        while places.len() < number {
            places.extend(blocks[random.random_range(0..blocks.len())].clone());
        }
        places.truncate(number);
        places
    })
}

/// The percentiles of the quantiles of requests at these places, moved to have what is found of all in their middle.
fn percentiles(requests: &Requests, resampled: impl Iterator<Item = Vec<usize>>) -> [Estimate; 3] {
    let all = &requests.requests;
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_unstable_by(|one, other| all[*one].latency().total_cmp(&all[*other].latency()));
    let mut sorted: Vec<(f64, f64)> = order.iter().map(|place| (all[*place].latency(), all[*place].weight)).collect();
    let found = quantiles_of_sorted(&sorted);
    let mut drawn: [Vec<f64>; 3] = Default::default();
    let mut times = vec![0_u32; all.len()];
    for places in resampled {
        times.fill(0);
        places.into_iter().for_each(|place| times[place] += 1);
        for (place, (_, weight)) in order.iter().zip(&mut sorted) {
            *weight = all[*place].weight * f64::from(times[*place]);
        }
        for (drawn, value) in drawn.iter_mut().zip(quantiles_of_sorted(&sorted)) {
            drawn.push(value);
        }
    }
    std::array::from_fn(|place| {
        let drawn = &mut drawn[place];
        drawn.sort_unstable_by(f64::total_cmp);
        let at = |probability| quantile(drawn, probability).unwrap_or(found[place]);
        let (low, middle, high) = (at(0.025), at(0.5), at(0.975));
        Estimate { estimate: found[place], low: found[place] - (middle - low), high: found[place] + (high - middle) }
    })
}

/// With a median of 1.
fn log_normal(random: &mut Pcg64Mcg, deviation: f64) -> f64 {
    (deviation * normal_quantile(random.random_range(1e-12..1.0 - 1e-12))).exp()
}

fn request(arrival: f64, latency: f64) -> Request {
    Request { arrival, start: arrival, end: arrival + latency, ..Request::default() }
}

/// One after the other.
fn independent(number: usize, random: &mut Pcg64Mcg) -> Vec<Request> {
    (0..number).map(|place| request(100.0 * place as f64, log_normal(random, 0.6))).collect()
}

/// Many at a time, so that it's never empty.
fn crowded(number: usize, random: &mut Pcg64Mcg) -> Vec<Request> {
    (0..number).map(|place| request(0.01 * place as f64, log_normal(random, 0.6))).collect()
}

/// Nine of ten stand for 200, and the others, which are four times as slow, for 20.
fn weighted(number: usize, random: &mut Pcg64Mcg) -> Vec<Request> {
    let one = |place: usize| {
        let is_slow = random.random::<f64>() < 0.1 * 10.0 / (0.1 * 10.0 + 0.9);
        let (times, weight) = if is_slow { (4.0, 20.0) } else { (1.0, 200.0) };
        Request { weight, ..request(100.0 * place as f64, times * log_normal(random, 0.5)) }
    };
    (0..number).map(one).collect()
}

/// For a hundred requests at a time, give or take, all take 1.7 times as long.
fn spells(number: usize, random: &mut Pcg64Mcg) -> Vec<Request> {
    let mut is_slow = random.random::<f64>() < 0.5;
    let one = |place: usize| {
        is_slow ^= random.random::<f64>() < 0.01;
        request(100.0 * place as f64, if is_slow { 1.7 } else { 1.0 } * log_normal(random, 0.3))
    };
    (0..number).map(one).collect()
}

/// First come, first served by one server that is busy for so much of the time.
fn queue(utilization: f64, number: usize, random: &mut Pcg64Mcg) -> Vec<Request> {
    // It begins as it goes on, not with an empty queue.
    const BEFORE: usize = 1_000;
    let mean = 0.125_f64.exp();
    let (mut arrival, mut free) = (0.0, 0.0_f64);
    let one = |_| {
        arrival -= mean / utilization * (1.0 - random.random::<f64>()).ln();
        let start = free.max(arrival);
        free = start + log_normal(random, 0.5);
        Request { arrival, start, end: free, ..Request::default() }
    };
    (0..BEFORE + number).map(one).skip(BEFORE).collect()
}
