//! A processor that is fast or slow by turns.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::machine::SLOWDOWN;

/// Seconds after which it may change its speed, on average.
const SPEED_LASTS: f64 = 0.05;

/// Seconds after which the share of its time changes for which it is slow, on average.
const SHARE_LASTS: f64 = 1.0;

/// One processor of a machine of two speeds. Times are seconds since the machine was started.
#[derive(Debug)]
pub(super) struct Processor {
    slow: bool,
    speed_until: f64,
    share_of_slow: f64,
    share_until: f64,
}

impl Processor {
    pub(super) fn new() -> Self {
        Self { slow: false, speed_until: 0.0, share_of_slow: 0.0, share_until: 0.0 }
    }

    /// Seconds for work that begins at that time, and takes `work` seconds while the processor is fast.
    pub(super) fn take(&mut self, begin: f64, work: f64, random: &mut Pcg64Mcg) -> f64 {
        let (mut now, mut left) = (begin, work);
        loop {
            self.go_on_to(now, random);
            let slowdown = if self.slow { SLOWDOWN } else { 1.0 };
            let stretch = self.speed_until - now;
            if left * slowdown <= stretch {
                return now + left * slowdown - begin;
            }
            left -= stretch / slowdown;
            now = self.speed_until;
        }
    }

    /// The seconds in which it does what it can of some work within a turn, and how much of the work that is.
    pub(super) fn take_turn(&mut self, begin: f64, work: f64, turn: f64, random: &mut Pcg64Mcg) -> (f64, f64) {
        let (mut now, mut done) = (begin, 0.0);
        while done < work && now < begin + turn {
            self.go_on_to(now, random);
            let slowdown = if self.slow { SLOWDOWN } else { 1.0 };
            let stretch = (self.speed_until.min(begin + turn) - now).min((work - done) * slowdown);
            done += stretch / slowdown;
            now += stretch;
            if (work - done) * slowdown < 1e-9 {
                return (now - begin, work);
            }
        }
        (now - begin, done)
    }

    fn go_on_to(&mut self, now: f64, random: &mut Pcg64Mcg) {
        while self.share_until <= now {
            self.share_of_slow = random.random();
            self.share_until += exponential(SHARE_LASTS, random);
        }
        while self.speed_until <= now {
            self.slow = random.random_bool(self.share_of_slow);
            self.speed_until += exponential(SPEED_LASTS, random);
        }
    }
}

fn exponential(mean: f64, random: &mut Pcg64Mcg) -> f64 {
    // Never zero, or time would stand still.
    -mean * (1.0 - random.random::<f64>()).ln() + 1e-6
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn work_takes_between_its_own_time_and_that_of_a_slow_processor() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let (mut processor, mut now) = (Processor::new(), 0.0);
        let times: Vec<f64> = (0..200)
            .map(|_| {
                let took = processor.take(now, 0.01, &mut random);
                now += took;
                took
            })
            .collect();
        assert!(times.iter().all(|took| (0.01 - 1e-9..=0.016 + 1e-9).contains(took)), "{times:?}");
        assert!(times.iter().any(|took| *took < 0.0101) && times.iter().any(|took| *took > 0.0159));
    }
}
