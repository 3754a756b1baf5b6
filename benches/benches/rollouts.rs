//! Simulated rollouts with a known rate of differences, looked at every day: how often the bound holds at all looks, how often a
//! candidate is promoted, and when.
//!
//! `cargo bench --profile dev --workspace --bench rollouts`

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::rollout::{Grounds, judge};
use rustworthy_model::Estimate;
use rustworthy_model::rollout::{TimesOf, Verdict};
use rustworthy_stats::{Confidence, rare_rate};

const DAYS: u64 = 60;
const BOUND: f64 = 1e-3;

/// What came of some rollouts.
#[derive(Default)]
struct Found {
    /// Those whose bound was below the truth at any look.
    missed: u64,
    promoted: u64,
    /// Sum of the days on which they were.
    days: u64,
    rolled_back: u64,
}

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let rollouts = if std::env::args().any(|argument| argument == "--bench") { 1_000 } else { 10 };
    println!("{rollouts} rollouts a row, {DAYS} days with a look a day, bound {BOUND}");
    println!("| true rate | compared a day | bound holds at all looks | promoted | on day (mean) | rolled back |");
    println!("|--:|--:|--:|--:|--:|--:|");
    for rate in [0.0, 1e-5, 1e-4, 9e-4, 1e-3, 2e-3, 1e-2] {
        for calls in [100, 1_000, 20_000] {
            let found = simulate(rollouts, rate, calls);
            let day = if found.promoted == 0 {
                "–".into()
            } else {
                format!("{:.1}", found.days as f64 / found.promoted as f64)
            };
            let share = |number: u64| 100.0 * number as f64 / rollouts as f64;
            println!(
                "| {rate} | {calls} | {:.1} % | {:.1} % | {day} | {:.1} % |",
                share(rollouts - found.missed),
                share(found.promoted),
                share(found.rolled_back)
            );
        }
    }
}

fn simulate(rollouts: u64, rate: f64, calls: u64) -> Found {
    let mut found = Found::default();
    for seed in 0..rollouts {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let (mut different, mut next) = (0, gap(&mut random, rate));
        let (mut missed, mut verdict) = (false, None);
        for day in 1..=DAYS {
            let compared = day * calls;
            while next <= compared as f64 {
                different += 1;
                next += gap(&mut random, rate);
            }
            let difference_rate = rare_rate(different, compared, Confidence::USUAL);
            missed |= rate > difference_rate.high;
            let now = judge(&grounds(compared, different, difference_rate)).0;
            if verdict.is_none() && now != Verdict::KeepShadowing {
                verdict = Some(now);
                found.promoted += u64::from(now == Verdict::Promote);
                found.days += if now == Verdict::Promote { day } else { 0 };
                found.rolled_back += u64::from(now == Verdict::RollBack);
            }
        }
        found.missed += u64::from(missed);
    }
    found
}

/// Calls up to the next difference, which is one of them.
fn gap(random: &mut Pcg64Mcg, rate: f64) -> f64 {
    if rate == 0.0 { f64::INFINITY } else { (random.random::<f64>().ln() / (-rate).ln_1p()).floor() + 1.0 }
}

/// A candidate that is faster for sure, of which only differences are open.
fn grounds(compared: u64, different: u64, difference_rate: Estimate) -> Grounds {
    Grounds {
        compared,
        different,
        failed: 0,
        has_died: false,
        hangs: false,
        unseen: 0.0,
        more: 0,
        days: None,
        bound: BOUND,
        difference_rate,
        speedup: Some(Estimate { estimate: 2.0, low: 1.9, high: 2.1 }),
        speedup_of: Some(TimesOf::Answers),
        p99_change: None,
    }
}
