//! Rounds on several processors at once: in a lane one round is made after the other, beside those of other lanes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::event::{Failed, Round};
use crate::workers::Laboratory;

/// Most lanes. More would get into each other's way: they share caches, memory and, often, turbo.
const MOST: usize = 2;

/// The processors of each lane. The one lane of what uses several processors itself has none of its own.
pub(super) fn split(cpus: &[usize], parallel: bool) -> Vec<Vec<usize>> {
    let lanes = cpus.len().clamp(1, MOST);
    match parallel {
        true => vec![Vec::new()],
        false => (0..lanes).map(|lane| cpus.iter().copied().skip(lane).step_by(lanes).collect()).collect(),
    }
}

/// Makes rounds in all lanes for as long as `take` takes them. They come in the order of their ends.
///
/// `make` is given the processors and the round's number, and a flag that is set when no more rounds are wanted, on which it
/// may give up.
pub(super) fn run<T>(
    laboratory: &impl Laboratory,
    lanes: &[Vec<usize>],
    make: impl Fn(&[usize], u32, &AtomicBool) -> Result<Option<Round>, Failed> + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = Result<Round, Failed>>) -> T,
) -> T {
    let next = AtomicU32::new(0);
    let make =
        |lane: usize, over: &AtomicBool| make(&lanes[lane], next.fetch_add(1, Ordering::Relaxed), over).transpose();
    laboratory.produce(lanes.len(), make, take)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::gate::Side;
    use crate::manifest::Limits;
    use crate::simulation::{SILENT, Simulation};

    fn round(number: u32, cpu: Option<usize>) -> Round {
        Round {
            cpu,
            calls: number.into(),
            pairs: Vec::new(),
            delay_ns: [0; 2],
            cpu_ns: [0; 2],
            peak_memory: [None; 2],
            latencies: [Vec::new(), Vec::new()],
        }
    }

    #[test]
    fn lanes_share_the_processors() {
        assert_eq!(split(&[3, 5, 7], false), [vec![3, 7], vec![5]]);
        assert_eq!(split(&[3], false), [vec![3]]);
        assert_eq!(split(&[3, 5], true), [Vec::<usize>::new()]);
    }

    #[test]
    fn every_round_has_a_number_of_its_own_and_the_processors_of_its_lane() {
        let laboratory = Simulation::new(SILENT, 1).workers([]);
        let make = |cpus: &[usize], number, _: &AtomicBool| {
            // Stands for work that takes time.
            laboratory.start(&Default::default(), Limits::default(), 1).map_err(|failure| (Side::New, failure))?;
            Ok(Some(round(number, cpus.first().copied())))
        };
        let taken = run(&laboratory, &split(&[3, 5], false), make, |rounds| {
            rounds.take(50).map(|made| made.unwrap()).collect::<Vec<_>>()
        });
        let numbers: BTreeSet<u64> = taken.iter().map(|round| round.calls).collect();
        assert_eq!(numbers.len(), 50);
        assert!([3, 5].iter().all(|&cpu| taken.iter().any(|round| round.cpu == Some(cpu))));
    }
}
