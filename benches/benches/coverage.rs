//! How often the intervals hold the truth, on simulated machines whose truth is known.
//!
//! `cargo bench -p rustworthy-benches --features simulation --bench coverage` prints two Markdown tables; it takes some minutes.
//! Of 3,000 repetitions, 95 % ± 0.8 % is chance. All columns and plans see the same runs.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::simulation::{MACHINES, MACHINES_WITH_STATES, Machine, NORMAL, SECONDS, Shape};
use rustworthy_model::Estimate;
use rustworthy_stats::{Confidence, Process, Resampling, early_confidence, planned_looks, seconds, speedup};

/// Resamples of each interval, fewer than in earnest to save time. Widths vary by some percent from it.
const RESAMPLES: usize = 4_000;

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let repetitions = if std::env::args().any(|argument| argument == "--bench") { 3_000 } else { 10 };
    print_noises(repetitions);
    print_plans(repetitions);
}

/// What is estimated.
#[derive(Clone, Copy)]
enum Quantity {
    Seconds,
    Speedup,
}

impl Quantity {
    fn estimate(self, [baseline, contender]: [&[Process]; 2], resampling: &Resampling) -> Estimate {
        match self {
            Self::Seconds => seconds(baseline, resampling),
            Self::Speedup => speedup(baseline, contender, resampling),
        }
        .expect("every simulated run has two rounds at least")
    }
}

/// The true value of a quantity on a machine, and how it varies from round to round.
struct Truth {
    machine: Machine,
    quantity: Quantity,
    value: f64,
    deviation: f64,
}

impl Truth {
    /// The true speedup is that of the noiseless times, but where noise hits the sides differently; that, like the true time
    /// of a call, is what ever more processes come to.
    fn of(machine: Machine, quantity: Quantity) -> Self {
        const ROUNDS: usize = 20_000;
        let still = Machine { drift: 0.0, ..machine };
        let [baseline, contender] = still.run(ROUNDS, &mut Pcg64Mcg::seed_from_u64(0));
        let found = quantity.estimate([&baseline, &contender], &resampling(Confidence::default(), 0));
        let hits_all_alike = !matches!(machine.shape, Shape::StatesByKind | Shape::TwoModes);
        let value = match quantity {
            Quantity::Speedup if hits_all_alike => SECONDS[0] / SECONDS[1],
            _ => found.estimate,
        };
        Self { machine, quantity, value, deviation: found.relative_half_width() / 1.96 * (ROUNDS as f64).sqrt() }
    }

    /// The true mean over the first `rounds` rounds.
    fn after(&self, rounds: usize) -> f64 {
        match self.quantity {
            Quantity::Seconds => self.value * (self.machine.drift * (rounds as f64 - 1.0) / 2.0).exp(),
            Quantity::Speedup => self.value,
        }
    }

    /// The precision that so many rounds reach, more or less.
    fn precision_of(&self, rounds: f64) -> f64 {
        2.2 * self.deviation / rounds.sqrt()
    }
}

/// When a run ends.
#[derive(Clone, Copy)]
struct Plan {
    min: usize,
    max: usize,
    /// The precision to stop at before `max`; `None` never does.
    precision: Option<f64>,
    /// The confidence of intervals that stop a run.
    early: Confidence,
}

/// The results of many runs.
struct Coverage {
    /// Share of intervals that held the truth.
    share: f64,
    /// Mean number of rounds.
    rounds: f64,
}

impl Plan {
    fn fixed(rounds: usize) -> Self {
        Self { min: rounds, max: rounds, precision: None, early: Confidence::default() }
    }

    fn stopping(min: usize, max: usize, precision: f64) -> Self {
        Self { min, max, precision: Some(precision), early: early_confidence(Confidence::default()) }
    }

    fn coverage(&self, truth: &Truth, repetitions: u32) -> Coverage {
        let (mut held, mut rounds) = (0, 0);
        for repetition in 0..repetitions {
            let mut random = Pcg64Mcg::seed_from_u64(u64::from(repetition) + 1);
            let sides = truth.machine.run(self.max, &mut random);
            let (stop, found) = self.carry_out(&sides, truth.quantity, u64::from(repetition));
            let value = truth.after(stop);
            held += u32::from(found.low <= value && value <= found.high);
            rounds += stop;
        }
        let repetitions = f64::from(repetitions);
        Coverage { share: f64::from(held) / repetitions, rounds: rounds as f64 / repetitions }
    }

    /// The number of rounds after which the run ended, and the interval reported then.
    fn carry_out(&self, sides: &[Vec<Process>; 2], quantity: Quantity, seed: u64) -> (usize, Estimate) {
        let estimate = |rounds: usize, confidence| {
            quantity.estimate([&sides[0][..rounds], &sides[1][..rounds]], &resampling(confidence, seed))
        };
        let early = self.precision.and_then(|precision| {
            planned_looks(self.min, self.max)
                .filter(|&look| look < self.max)
                .map(|look| (look, estimate(look, self.early)))
                .find(|(_, found)| found.relative_half_width() <= precision)
        });
        early.unwrap_or_else(|| (self.max, estimate(self.max, Confidence::default())))
    }
}

fn print_noises(repetitions: u32) {
    println!(
        "Share of 95 % intervals that hold the truth, {repetitions} repetitions; `stopping` looks from 5 rounds on and"
    );
    println!("asks for the precision that 8 rounds reach.\n");
    println!(
        "| machine | rounds | seconds | speedup | seconds, stopping | after rounds | speedup, stopping | after rounds |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for machine in MACHINES.into_iter().chain(MACHINES_WITH_STATES) {
        let truths = [Quantity::Seconds, Quantity::Speedup].map(|quantity| Truth::of(machine, quantity));
        for max in [3, 5, 10, 20] {
            let [time, ratio] = truths.each_ref().map(|truth| Plan::fixed(max).coverage(truth, repetitions));
            let [stopped_time, stopped_ratio] = truths
                .each_ref()
                .map(|truth| Plan::stopping(5, max, truth.precision_of(8.0)).coverage(truth, repetitions));
            println!(
                "| {} | {max} | {:.1} % | {:.1} % | {:.1} % | {:.1} | {:.1} % | {:.1} |",
                machine.name,
                100.0 * time.share,
                100.0 * ratio.share,
                100.0 * stopped_time.share,
                stopped_time.rounds,
                100.0 * stopped_ratio.share,
                stopped_ratio.rounds,
            );
        }
    }
}

fn print_plans(repetitions: u32) {
    println!(
        "\nThe same for runs that stop at a width, normal noise, at the precision for which it comes out worst.\n"
    );
    println!("| looks | intervals that stop a run | worst share | after rounds |");
    println!("|---|---|--:|--:|");
    let truth = Truth::of(NORMAL, Quantity::Seconds);
    for (min, max) in [(3, 20), (5, 20), (8, 20)] {
        for early in [Confidence::default(), early_confidence(Confidence::default())] {
            let worst = [3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0]
                .map(|rounds| Plan { early, ..Plan::stopping(min, max, truth.precision_of(rounds)) })
                .map(|plan| plan.coverage(&truth, repetitions))
                .into_iter()
                .min_by(|left, right| left.share.total_cmp(&right.share));
            if let Some(Coverage { share, rounds }) = worst {
                let level = 100.0 * early.level();
                println!("| {min} to {max} rounds | {level:.1} % | {:.1} % | {rounds:.1} |", 100.0 * share);
            }
        }
    }
}

fn resampling(confidence: Confidence, seed: u64) -> Resampling {
    Resampling { confidence, resamples: RESAMPLES, seed }
}
