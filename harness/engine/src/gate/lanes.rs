//! Rounds on several processors at once: a lane is a thread that makes one round after the other.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

use super::duel::Failed;
use super::event::Round;

/// Most lanes. More would get into each other's way: they share caches, memory and, often, turbo.
const MOST: usize = 2;

/// The processors of each lane. The one lane of what uses several processors itself has none of its own.
pub(super) fn of(cpus: &[usize], parallel: bool) -> Vec<Vec<usize>> {
    let lanes = cpus.len().clamp(1, MOST);
    match parallel {
        true => vec![Vec::new()],
        false => (0..lanes).map(|lane| cpus.iter().copied().skip(lane).step_by(lanes).collect()).collect(),
    }
}

/// Makes rounds for as long as `take` takes them. They come in the order of their ends.
///
/// `make` is told the processors and the round's number, and that no more rounds are wanted, on which it may give up.
pub(super) fn run<T>(
    lanes: &[Vec<usize>],
    make: impl Fn(&[usize], u32, &AtomicBool) -> Result<Option<Round>, Failed> + Sync,
    take: impl FnOnce(&Receiver<Result<Round, Failed>>) -> T,
) -> T {
    let (over, next, make) = (&AtomicBool::new(false), &AtomicU32::new(0), &make);
    std::thread::scope(|scope| {
        let (sender, receiver) = channel();
        for cpus in lanes {
            let sender = sender.clone();
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed)
                    && let Some(round) = make(cpus, next.fetch_add(1, Ordering::Relaxed), over).transpose()
                {
                    let failed = round.is_err();
                    if sender.send(round).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let taken = take(&receiver);
        over.store(true, Ordering::Relaxed);
        taken
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::SideOf;
    use crate::workers::Failure;

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
        assert_eq!(of(&[3, 5, 7], false), [vec![3, 7], vec![5]]);
        assert_eq!(of(&[3], false), [vec![3]]);
        assert_eq!(of(&[3, 5], true), [Vec::<usize>::new()]);
    }

    #[test]
    fn rounds_are_made_until_enough_are_taken() {
        let make = |cpus: &[usize], number, over: &AtomicBool| {
            Ok((!over.load(Ordering::Relaxed)).then(|| round(number, cpus.first().copied())))
        };
        let mut numbers = run(&of(&[0, 1], false), make, |rounds| {
            rounds.iter().take(50).map(|made| made.unwrap().calls).collect::<Vec<_>>()
        });
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
    }

    #[test]
    fn a_failure_ends_its_lane() {
        let make = |_: &[usize], number, _: &AtomicBool| match number {
            0..3 => Ok(Some(round(number, None))),
            _ => Err((SideOf::New, Failure::Disconnected)),
        };
        let made = run(&of(&[0, 1], false), make, |rounds| rounds.iter().collect::<Vec<_>>());
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3);
        assert_eq!(made.len(), 5);
    }
}
