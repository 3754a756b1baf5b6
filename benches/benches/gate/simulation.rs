//! The gate's verdicts on simulated machines whose truth is known.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::gate::{EventKind, Next, Plan, Record, Round};
use rustworthy_engine::simulation::{MACHINES, Machine, SECONDS};
use rustworthy_engine::verdict::gate::{Rule, judge, next};
use rustworthy_model::gate::{Benchmark, BenchmarkVerdict, Metric};
use rustworthy_stats::{Confidence, Resampling};

/// Signs that are flipped for a test or an interval, fewer than in earnest to save time.
const RESAMPLES: usize = 1_000;

/// Prints how often intervals hold the truth and how often unchanged code raises an alarm.
pub(crate) fn print(repetitions: u32) {
    println!("Verdicts of one benchmark on simulated machines, {repetitions} repetitions each, with early stopping.\n");
    println!(
        "`no tolerance`: the tolerated change is 0, so that nothing but the test stands against a false alarm. \
         `tolerance`: it is such that many runs end early as unchanged.\n"
    );
    println!(
        "| machine | 95 % intervals hold: no tolerance | tolerance | a real change | rounds | \
         false alarms: no tolerance | tolerance |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for machine in MACHINES {
        let tolerance = tolerance_of(&machine);
        let [strict, lenient, changed] = [(0.0, 0.0), (tolerance, 0.0), (tolerance, 2.0 * tolerance)]
            .map(|(fail_over, change)| outcomes(&machine, fail_over, change, repetitions));
        println!(
            "| {} | {:.1} % | {:.1} % | {:.1} % | {:.1} | {:.2} % | {:.2} % |",
            machine.name,
            strict.coverage(),
            lenient.coverage(),
            changed.coverage(),
            lenient.rounds(),
            strict.alarms(),
            lenient.alarms(),
        );
    }
}

/// A tolerated change that about 13 rounds are needed to stay within.
fn tolerance_of(machine: &Machine) -> f64 {
    let found = one(machine, 0.0, 0.0, 7);
    let change = found.change.expect("enough rounds");
    (change.high - change.low) / 2.0 * 1.7
}

/// The results of many runs.
#[derive(Default)]
struct Outcomes {
    runs: f64,
    held: f64,
    alarms: f64,
    rounds: f64,
}

impl Outcomes {
    fn coverage(&self) -> f64 {
        100.0 * self.held / self.runs
    }

    fn alarms(&self) -> f64 {
        100.0 * self.alarms / self.runs
    }

    fn rounds(&self) -> f64 {
        self.rounds / self.runs
    }
}

fn outcomes(machine: &Machine, fail_over: f64, change: f64, repetitions: u32) -> Outcomes {
    let halves = [0..repetitions / 2, repetitions / 2..repetitions];
    let results = std::thread::scope(|scope| {
        halves
            .map(|seeds| {
                scope.spawn(move || seeds.map(|seed| one(machine, fail_over, change, seed.into())).collect::<Vec<_>>())
            })
            .map(|thread| thread.join().expect("a simulation"))
    });
    let mut outcomes = Outcomes::default();
    for benchmark in results.iter().flatten() {
        outcomes.runs += 1.0;
        outcomes.rounds += benchmark.rounds as f64;
        outcomes.held += f64::from(benchmark.change.is_some_and(|found| found.low <= change && change <= found.high));
        let alarm = matches!(benchmark.verdict, BenchmarkVerdict::Regressed | BenchmarkVerdict::Improved);
        outcomes.alarms += f64::from(alarm);
    }
    outcomes
}

/// One run of one benchmark, judged as the gate judges it.
fn one(machine: &Machine, fail_over: f64, change: f64, seed: u64) -> Benchmark {
    let mut random = Pcg64Mcg::seed_from_u64(seed + 1);
    let resampling = Resampling { confidence: Confidence::USUAL, resamples: RESAMPLES, seed };
    let rule = Rule { resampling, false_alarms: 0.05, changes: 1 };
    let plan = Plan { calls: 1, each: true, in_turns: false, pairs: 10, rounds: 24, more_rounds: 14 };
    let looks: Vec<usize> = plan.looks().collect();
    let mut record = Record::default();
    record.apply(&EventKind::Planned(plan.clone()));
    for number in 0.. {
        if record.in_second && record.second.len() == plan.more_rounds {
            break;
        }
        if !record.in_second && looks.contains(&record.first.len()) {
            if record.first.len() == plan.rounds {
                record.apply(&EventKind::FirstPartOver);
            }
            match next(&record, &[(Metric::Time, fail_over)], &rule) {
                Next::End => break,
                Next::SecondPart => record.apply(&EventKind::SecondPart),
                Next::GoOn => {}
            }
        }
        record.apply(&EventKind::Round(round(machine, change, number, &mut random)));
    }
    judge("simulated", "machine", &record, Metric::Time, fail_over, &rule)
}

/// A round of the machine as the gate would have measured it: the old side is its baseline, and so is the new one but for
/// the change.
fn round(machine: &Machine, change: f64, number: u32, random: &mut Pcg64Mcg) -> Round {
    let [old, new] = machine.round(number, random);
    let ns = |seconds: f64| (seconds * 1e9) as u64;
    let slower = SECONDS[0] / SECONDS[1] * (1.0 + change);
    let pairs = old.blocks.iter().zip(&new.blocks).take(10);
    Round {
        cpu: None,
        calls: 1,
        pairs: pairs.map(|(old, new)| [ns(old.seconds), ns(new.seconds * slower)]).collect(),
        cpu_ns: [0; 2],
        delay_ns: [0; 2],
        peak_memory: [None; 2],
        latencies: [Vec::new(), Vec::new()],
    }
}
