//! Machines whose noise is known.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use rustworthy_stats::{Block, Process};

use super::moods::Mood;

/// Blocks that each process times.
const SWEEPS: u32 = 20;

/// Seconds per call of the baseline and of the contender, noise apart.
pub const SECONDS: [f64; 2] = [0.02, 0.01];

/// How often an undisturbed stretch of a machine of two speeds takes as long where the machine is slow.
pub(super) const SLOWDOWN: f64 = 1.6;

/// A simulated machine; deviations are on the log scale.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// What distinguishes it.
    pub name: &'static str,
    /// Deviation between processes.
    pub between: f64,
    /// Deviation between blocks of a process.
    pub within: f64,
    /// Growth of all times from round to round; where there is a clock, in a second.
    pub drift: f64,
    /// The distribution of its noise.
    pub shape: Shape,
}

/// The distribution of noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Normally distributed.
    Normal,
    /// Blocks are lognormally late, and two in a hundred take up to ten times as long.
    Spikes,
    /// Spikes, and processes that are lognormally late themselves.
    SkewedProcesses,
    /// For some blocks on end everything takes 1.6 times as long, in each round for another share of them.
    TwoSpeeds,
    /// Student's t with two degrees of freedom, for blocks and processes alike: it has no variance.
    HeavyTails,
    /// Every process draws one of two layouts, the worse of which takes 3 % longer.
    TwoLayouts,
    /// All times go up and down by 15 %, over some seconds.
    Drifts,
    /// The machine stays in one of two states for 20 ms to 2 s; in the slower one everything takes 1.6 times as long.
    States,
    /// The same, but the slower one costs the baseline, which needs memory, 60 %, and the contender, which computes, 15 %.
    StatesByKind,
    /// The contender takes 30 % longer in every other process or so.
    TwoModes,
}

/// No noise at all.
pub const SILENT: Machine = Machine { name: "no noise", between: 0.0, within: 0.0, drift: 0.0, shape: Shape::Normal };

/// As much noise between as within processes.
pub const NORMAL: Machine =
    Machine { name: "between:within 1:1", between: 0.02, within: 0.02, drift: 0.0, shape: Shape::Normal };

/// All kinds.
pub const MACHINES: [Machine; 9] = [
    Machine { name: "between:within 0:1", between: 0.0, ..NORMAL },
    NORMAL,
    Machine { name: "between:within 2:1", between: 0.04, ..NORMAL },
    Machine { name: "drift, 0.5 % a round", drift: 0.005, ..NORMAL },
    Machine { name: "lognormal blocks, 2 % spikes", shape: Shape::Spikes, ..NORMAL },
    Machine { name: "the same, lognormal processes", shape: Shape::SkewedProcesses, ..NORMAL },
    Machine { name: "two speeds, 1:1.6", between: 0.01, within: 0.01, shape: Shape::TwoSpeeds, ..NORMAL },
    Machine { name: "heavy tails, t with 2 df", between: 0.01, within: 0.01, shape: Shape::HeavyTails, ..NORMAL },
    Machine { name: "two layouts, 1:1.03", between: 0.005, shape: Shape::TwoLayouts, ..NORMAL },
];

/// Those whose state lasts for some time, and one whose contender is itself of two kinds.
pub const MACHINES_WITH_STATES: [Machine; 4] = [
    Machine { name: "drift over seconds", between: 0.01, within: 0.01, shape: Shape::Drifts, ..NORMAL },
    Machine { name: "states of 20 ms to 2 s, 1:1.6", between: 0.01, within: 0.01, shape: Shape::States, ..NORMAL },
    Machine { name: "the same, 1:1.6 and 1:1.15", between: 0.01, within: 0.01, shape: Shape::StatesByKind, ..NORMAL },
    Machine { name: "contender of two modes, 1:1.3", between: 0.01, within: 0.01, shape: Shape::TwoModes, ..NORMAL },
];

/// For how long each side has the processor at a time, in seconds.
const TURN: f64 = 0.05;

impl Machine {
    /// One process of either side, timed in alternating blocks.
    pub fn round(&self, round: u32, random: &mut Pcg64Mcg) -> [Process; 2] {
        let mut process_noise = [0, 1].map(|_| self.process_noise(random));
        if self.shape == Shape::TwoModes && random.random() {
            process_noise[1] += 1.3f64.ln();
        }
        let mut mood = Mood::new(self.shape, random);
        let share_of_slow = random.random::<f64>();
        let mut slow = random.random_bool(share_of_slow);
        let mut sides = [0, 1].map(|_| Process { round, blocks: Vec::with_capacity(SWEEPS as usize) });
        for sweep in 0..SWEEPS {
            for side in 0..2 {
                if random.random_bool(0.3) {
                    slow = random.random_bool(share_of_slow);
                }
                let slowdown = if slow && self.shape == Shape::TwoSpeeds { SLOWDOWN.ln() } else { 0.0 };
                let block_noise = self.block_noise(random) + slowdown + mood.slowdown(side, TURN, random);
                let noise = self.drift * f64::from(round) + process_noise[side] + block_noise;
                sides[side].blocks.push(Block { window: sweep, calls: 1, seconds: SECONDS[side] * noise.exp() });
            }
        }
        sides
    }

    /// What all times of one process have in common.
    pub(super) fn process_noise(&self, random: &mut Pcg64Mcg) -> f64 {
        match self.shape {
            Shape::SkewedProcesses => lateness(self.between, random),
            Shape::HeavyTails => self.between * heavy(random),
            Shape::TwoLayouts => {
                let layout = if random.random::<bool>() { 1.03f64.ln() } else { 0.0 };
                layout + self.between * normal(random)
            }
            _ => self.between * normal(random),
        }
    }

    /// What one block has beside that, the machine's present speed apart.
    pub(super) fn block_noise(&self, random: &mut Pcg64Mcg) -> f64 {
        match self.shape {
            Shape::HeavyTails => self.within * heavy(random),
            Shape::Spikes | Shape::SkewedProcesses => {
                let spike = if random.random_bool(0.02) { random.random_range(1.0f64..10.0).ln() } else { 0.0 };
                lateness(self.within, random) + spike
            }
            _ => self.within * normal(random),
        }
    }

    /// Both sides of `rounds` rounds.
    pub fn run(&self, rounds: usize, random: &mut Pcg64Mcg) -> [Vec<Process>; 2] {
        (0..rounds as u32).map(|round| self.round(round, random)).fold([vec![], vec![]], |mut sides, [left, right]| {
            sides[0].push(left);
            sides[1].push(right);
            sides
        })
    }
}

/// A standard normal number, by Box and Muller.
pub(super) fn normal(random: &mut Pcg64Mcg) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (TAU * random.random::<f64>()).cos()
}

/// Student's t with two degrees of freedom: a normal number over the root of an exponential one.
fn heavy(random: &mut Pcg64Mcg) -> f64 {
    normal(random) / (-(1.0 - random.random::<f64>()).ln()).sqrt().max(1e-6)
}

/// A delay that is never negative and has a long tail.
fn lateness(scale: f64, random: &mut Pcg64Mcg) -> f64 {
    (scale * normal(random).exp()).ln_1p()
}
