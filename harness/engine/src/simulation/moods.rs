//! What a machine does to all that it runs, as time passes.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::machine::{SLOWDOWN, Shape, normal};

/// Seconds after which a drifting machine has forgotten most of how fast it was.
const MEMORY: f64 = 5.0;

/// Deviation of a drifting machine's speed, on the log scale.
const DRIFT: f64 = 0.15;

/// The shortest and the longest stay in one state, in seconds; all lengths between are as likely on the log scale.
const STAYS: [f64; 2] = [0.02, 2.0];

/// How many times as long the two sides take where a machine is slow to what needs memory, and hardly to what computes.
const BY_KIND: [f64; 2] = [SLOWDOWN, 1.15];

/// The present state of a machine whose states last for some time, whichever side has the processor.
#[derive(Debug)]
pub(super) struct Mood {
    shape: Shape,
    is_slow: bool,
    /// Seconds left in this state.
    left: f64,
    /// How fast a drifting machine is, on the log scale.
    drift: f64,
}

impl Mood {
    /// A machine that has been at it for long.
    pub(super) fn new(shape: Shape, random: &mut Pcg64Mcg) -> Self {
        Self { shape, is_slow: random.random(), left: stay(random), drift: DRIFT * normal(random) }
    }

    /// How many times as long as in the better state a turn of a side takes that has the processor for so many seconds, on
    /// the log scale.
    pub(super) fn slowdown(&mut self, side: usize, seconds: f64, random: &mut Pcg64Mcg) -> f64 {
        match self.shape {
            Shape::Drifts => {
                let kept = (-seconds / MEMORY).exp();
                self.drift = kept * self.drift + DRIFT * (1.0 - kept * kept).sqrt() * normal(random);
                self.drift
            }
            Shape::States => self.mean(SLOWDOWN, seconds, random).ln(),
            Shape::StatesByKind => self.mean(BY_KIND[side], seconds, random).ln(),
            _ => 0.0,
        }
    }

    /// The mean slowdown over a turn: work done is what passes at either speed.
    fn mean(&mut self, slow: f64, seconds: f64, random: &mut Pcg64Mcg) -> f64 {
        let (mut to_come, mut work) = (seconds, 0.0);
        while to_come > 0.0 {
            let part = self.left.min(to_come);
            work += part / if self.is_slow { slow } else { 1.0 };
            to_come -= part;
            self.left -= part;
            if self.left <= 0.0 {
                self.is_slow = !self.is_slow;
                self.left = stay(random);
            }
        }
        seconds / work
    }
}

fn stay(random: &mut Pcg64Mcg) -> f64 {
    let [shortest, longest] = STAYS;
    shortest * (longest / shortest).powf(random.random())
}
