//! How often the intervals of shares hold the truth, for simulated services of known composition.
//!
//! `cargo bench --profile dev -p rustworthy-benches --bench attribution` prints a Markdown table; it takes some minutes. A
//! request calls `a`, then `b`; requests come in at random and wait for one server. The truth is that of very many requests.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::attribution::{Analysis, Measured, Mode, ModeRun, Recordings, attribution_of_scenario};
use rustworthy_engine::manifest::{Arrivals, EntryPoint, Equality, Gaps, Load, Location, Scenario, Target};
use rustworthy_model::Estimate;
use rustworthy_model::Run as Header;
use rustworthy_protocol::{Answered, Opened, Served, Spent, WatchedFunction};

/// Requests of a run, and the rounds that they're divided among.
const REQUESTS: usize = 3_000;
const ROUNDS: u32 = 6;

/// Rounds of which the truth is made.
const MANY: u32 = 1_200;

/// Quantiles of latency between which shares are reported, and their names.
const BANDS: [(&str, f64, f64); 3] = [("p50", 0.45, 0.55), ("p99", 0.985, 0.995), ("top 1 %", 0.99, 1.0)];

/// A service.
struct Service {
    name: &'static str,
    utilization: f64,
    /// Milliseconds of `a` and `b` of a request.
    times: fn(&mut Pcg64Mcg) -> [f64; 2],
}

const SERVICES: [Service; 4] = [
    Service { name: "body a, tail b", utilization: 0.05, times: body_and_tail },
    Service { name: "queue at 0.3", utilization: 0.3, times: mild },
    Service { name: "queue at 0.5", utilization: 0.5, times: mild },
    Service { name: "queue at 0.8", utilization: 0.8, times: mild },
];

fn body_and_tail(random: &mut Pcg64Mcg) -> [f64; 2] {
    let b = if random.random::<f64>() < 0.03 { 10.0 * log_normal(random, 0.3) } else { 0.05 };
    [log_normal(random, 0.2), b]
}

fn mild(random: &mut Pcg64Mcg) -> [f64; 2] {
    [0.9 * log_normal(random, 0.5), 0.3 * log_normal(random, 0.3)]
}

/// With a median of 1.
fn log_normal(random: &mut Pcg64Mcg, deviation: f64) -> f64 {
    // Box and Muller.
    let (radius, angle) =
        ((-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt(), std::f64::consts::TAU * random.random::<f64>());
    (deviation * radius * angle.cos()).exp()
}

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let repetitions = if std::env::args().any(|argument| argument == "--bench") { 200 } else { 2 };
    println!("| service | share | truth | median error in points | intervals of 95 % that hold it |");
    println!("|---|---|--:|--:|--:|");
    let (mut held, mut all) = (0, 0);
    for service in &SERVICES {
        let truth = truth(service);
        let mut found: BTreeMap<(&str, &str), Vec<Estimate>> = BTreeMap::new();
        for repetition in 0..repetitions {
            for (key, estimate) in shares(service, repetition) {
                found.entry(key).or_default().push(estimate);
            }
        }
        for (band, name, true_share) in truth {
            let estimates = &found[&(band, name)];
            let mut errors: Vec<f64> = estimates.iter().map(|found| 100.0 * (found.estimate - true_share)).collect();
            errors.sort_by(f64::total_cmp);
            let holds = estimates.iter().filter(|found| found.low <= true_share && true_share <= found.high).count();
            (held, all) = (held + holds, all + estimates.len());
            println!(
                "| {} | {name}, {band} | {:.1} % | {:+.2} | {:.1} % |",
                service.name,
                100.0 * true_share,
                errors[errors.len() / 2],
                100.0 * holds as f64 / estimates.len() as f64
            );
        }
    }
    println!("\nAll: {:.1} % of {all}.", 100.0 * f64::from(held as u32) / f64::from(all as u32));
}

/// Requests of some rounds, each of which begins with an empty queue.
fn rounds(service: &Service, rounds: u32, random: &mut Pcg64Mcg) -> Vec<Vec<Answered>> {
    let mean = (0..20_000).map(|_| (service.times)(random).iter().sum::<f64>()).sum::<f64>() / 20_000.0;
    let round = |_| {
        let (mut at, mut free) = (0.0_f64, 0.0_f64);
        let request = |_| {
            at += -(1.0 - random.random::<f64>()).ln() * mean / service.utilization;
            let [a, b] = (service.times)(random);
            let start = at.max(free);
            free = start + a + b;
            answered(at, start, [a, b])
        };
        (0..REQUESTS / ROUNDS as usize).map(request).collect()
    };
    (0..rounds).map(round).collect()
}

fn answered(arrival: f64, start: f64, times: [f64; 2]) -> Answered {
    let ns = |milliseconds: f64| (milliseconds * 1e6) as i64;
    let spent = |(function, time): (usize, f64)| Spent {
        function: function as u32,
        calls: 1,
        exclusive_ns: ns(time) as u64,
        inclusive_ns: ns(time) as u64,
        ..Spent::default()
    };
    let all = ns(times[0]) + ns(times[1]);
    Answered {
        arrival_ns: ns(arrival),
        start_ns: ns(start),
        end_ns: ns(start) + all,
        cpu_ns: all as u64,
        gil_ns: 0,
        loop_ns: 0,
        executor_ns: 0,
        awaited_ns: 0,
        failed: false,
        spent: times.into_iter().enumerate().map(spent).collect(),
    }
}

/// Shares of very many requests.
fn truth(service: &Service) -> Vec<(&'static str, &'static str, f64)> {
    let mut requests = rounds(service, MANY, &mut Pcg64Mcg::seed_from_u64(0)).concat();
    requests.sort_by_key(|request| request.end_ns - request.arrival_ns);
    let mut shares = Vec::new();
    for (band, from, to) in BANDS {
        let place = |share: f64| (share * requests.len() as f64).round() as usize;
        let own = &requests[place(from)..place(to)];
        let sum = |of: &dyn Fn(&Answered) -> f64| own.iter().map(of).sum::<f64>();
        let latency = sum(&|request| (request.end_ns - request.arrival_ns) as f64);
        for (place, name) in ["a", "b"].into_iter().enumerate() {
            shares.push((band, name, sum(&|request| request.spent[place].exclusive_ns as f64) / latency));
        }
        shares.push((band, "waiting", sum(&|request| (request.start_ns - request.arrival_ns) as f64) / latency));
    }
    shares
}

/// The result of one run of 3,000 requests.
fn shares(service: &Service, repetition: u64) -> Vec<((&'static str, &'static str), Estimate)> {
    let rounds = rounds(service, ROUNDS, &mut Pcg64Mcg::seed_from_u64(repetition + 1));
    let function = |name: &str| Some(WatchedFunction { name: name.to_owned(), file: None, line: None });
    let opened = Opened { watched: vec![function("m:a"), function("m:b")], remarks: Vec::new(), cost_ns: 0 };
    let run = |(round, answered): (usize, Vec<Answered>), mode| ModeRun {
        round: round as u32,
        first: (round * REQUESTS / ROUNDS as usize) as u64,
        mode,
        served: Served { answered, ..Served::default() },
        opened: opened.clone(),
    };
    let plain = rounds.clone().into_iter().enumerate().map(|round| run(round, Mode::Plain));
    let runs: Vec<ModeRun> =
        plain.chain(rounds.into_iter().enumerate().map(|round| run(round, Mode::Watched))).collect();
    let scenario = scenario(service);
    let measured = Measured {
        others: None,
        scenario: &scenario,
        recordings: Recordings::of(&runs),
        kinds: BTreeMap::new(),
        left_out: Vec::new(),
        equivalence: None,
        speedups: BTreeMap::new(),
        delayed: None,
        notes: Vec::new(),
    };
    let header = Header {
        id: String::new(),
        started: Timestamp::UNIX_EPOCH,
        finished: None,
        command: Vec::new(),
        seed: repetition,
        confidence: 0.95,
        complete: true,
    };
    let found =
        attribution_of_scenario(&measured, header, None, &Analysis::default()).expect("there are rounds of both modes");
    let mut shares = Vec::new();
    for (name, full) in [("a", "m:a"), ("b", "m:b")] {
        let row = found.functions.iter().find(|row| row.name == full).expect("it is watched");
        shares.extend(
            [("p50", row.share_of_p50), ("p99", row.share_of_p99), ("top 1 %", row.share_of_top)]
                .map(|(band, share)| ((band, name), share.expect("there are enough requests"))),
        );
    }
    let waiting = &found.waiting;
    shares.extend(
        [("p50", waiting.share_of_p50), ("p99", waiting.share_of_p99), ("top 1 %", waiting.share_of_top)]
            .map(|(band, share)| ((band, "waiting"), share.expect("there are enough requests"))),
    );
    shares
}

fn scenario(service: &Service) -> Scenario {
    let target =
        |callable: &str| Target { module: "m".to_owned(), callable: callable.to_owned(), place: Location::default() };
    Scenario {
        name: service.name.to_owned(),
        requirements: None,
        entry: EntryPoint::Handler(target("handle")),
        requests: target("requests"),
        count: REQUESTS as u64,
        arrivals: Arrivals::Open { gaps: Gaps::Poisson, load: Load::Utilization(service.utilization) },
        servers: 1,
        concurrency: 1,
        candidates: Vec::new(),
        equal: Equality::Exact,
        migrated: Vec::new(),
    }
}
