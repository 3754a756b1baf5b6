//! Which of the calls that were taken down are kept, and how many calls each stands for.

use std::collections::{BTreeMap, BTreeSet};

/// A call that was taken down, as far as the choice needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// The kind of call that it is a sample of; `None` where it was taken down for something that it is alone.
    pub(super) stratum: Option<String>,
    /// Where it stands in the sample of its stratum: those with the lowest keys are a sample by weight. `None` where it isn't in one.
    pub(super) key: Option<f64>,
    /// How long it took.
    pub(super) seconds: f64,
    /// Size of its arguments and of what it returned.
    pub(super) size: u64,
    /// Bytes that it takes to keep.
    pub(super) bytes: u64,
    /// Class of the exception that it raised.
    pub(super) raised: Option<String>,
}

/// What may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Calls, at least 1.
    pub(super) calls: usize,
    /// Bytes of all together.
    pub(super) bytes: u64,
}

/// A call that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kept {
    /// Which of the candidates.
    pub(super) candidate: usize,
    /// How many calls it stands for.
    pub(super) weight: f64,
    /// Whether it is kept for what it is, and stands for itself alone.
    pub(super) is_chosen: bool,
}

/// Chooses from what all processes have taken down: the slowest call, the largest and one with each type of exception, and of every
/// stratum those with the lowest keys.
///
/// `strata` says how many calls each stands for. The weights of those kept add up to `recordable`. The order is that of the candidates.
pub(super) fn choose(
    candidates: &[Candidate],
    strata: &BTreeMap<String, f64>,
    recordable: u64,
    room: Room,
) -> Vec<Kept> {
    let mut left = Left { calls: room.calls, bytes: room.bytes };
    let chosen: BTreeSet<usize> = extremes(candidates).into_iter().filter(|&one| left.take(&candidates[one])).collect();
    let mut samples: BTreeMap<&str, Sample> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if let (Some(stratum), Some(key)) = (&candidate.stratum, candidate.key)
            && !chosen.contains(&index)
        {
            let weight = strata.get(stratum).copied().unwrap_or_default();
            samples.entry(stratum).or_insert_with(|| Sample::new(weight)).waiting.push((key, index));
        }
    }
    for sample in samples.values_mut() {
        sample.waiting.sort_by(|one, other| other.0.total_cmp(&one.0));
    }
    let mut samples: Vec<Sample> = samples.into_values().collect();
    deal(&mut samples, candidates, &mut left);
    weigh(&samples, &chosen, recordable)
}

/// What is still free.
struct Left {
    calls: usize,
    bytes: u64,
}

impl Left {
    /// Takes the room for a call, if there is enough.
    fn take(&mut self, candidate: &Candidate) -> bool {
        let fits = self.calls > 0 && candidate.bytes <= self.bytes;
        if fits {
            self.calls -= 1;
            self.bytes -= candidate.bytes;
        }
        fits
    }
}

/// The calls of one stratum.
struct Sample {
    /// How many calls they stand for.
    weight: f64,
    /// Keys and candidates, the lowest key last.
    waiting: Vec<(f64, usize)>,
    kept: Vec<usize>,
}

impl Sample {
    fn new(weight: f64) -> Self {
        Self { weight, waiting: Vec::new(), kept: Vec::new() }
    }
}

/// The slowest, the largest, and one with each type of exception, drawn by chance where several were.
fn extremes(candidates: &[Candidate]) -> Vec<usize> {
    let most = |of: &dyn Fn(&Candidate) -> f64| {
        let indices = 0..candidates.len();
        indices.reduce(|best, one| if of(&candidates[one]) > of(&candidates[best]) { one } else { best })
    };
    let mut raised: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let Some(kind) = &candidate.raised else { continue };
        let key = |index: usize| candidates[index].key.unwrap_or(f64::INFINITY);
        let best = raised.entry(kind).or_insert(index);
        if key(index) < key(*best) {
            *best = index;
        }
    }
    let mut all: Vec<usize> = Vec::new();
    for one in most(&|one| one.seconds).into_iter().chain(most(&|one| one.size as f64)).chain(raised.into_values()) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// Deals the room out, one call after the other, to the stratum whose calls stand for the most; but each has one first.
fn deal(samples: &mut [Sample], candidates: &[Candidate], left: &mut Left) {
    // Rare kinds get more than their share: the square root evens out.
    let claim = |sample: &Sample| match sample.kept.len() {
        0 => f64::INFINITY,
        kept => sample.weight.sqrt() / kept as f64,
    };
    while let Some(sample) = samples
        .iter_mut()
        .filter(|sample| !sample.waiting.is_empty())
        .max_by(|one, other| claim(one).total_cmp(&claim(other)).then(one.weight.total_cmp(&other.weight)))
    {
        if left.calls == 0 {
            return;
        }
        if let Some((_, candidate)) = sample.waiting.pop() {
            if left.take(&candidates[candidate]) {
                sample.kept.push(candidate);
            } else {
                // A sample stays one only if it ends where the room does.
                sample.waiting.clear();
            }
        }
    }
}

/// Gives each its weight, so that all together stand for what could be recorded.
fn weigh(samples: &[Sample], chosen: &BTreeSet<usize>, recordable: u64) -> Vec<Kept> {
    let drawn = (recordable as f64 - chosen.len() as f64).max(0.0);
    let total: f64 = samples.iter().filter(|sample| !sample.kept.is_empty()).map(|sample| sample.weight).sum();
    let mut kept: Vec<Kept> = Vec::new();
    for sample in samples {
        let weight = sample.weight / total * drawn / sample.kept.len() as f64;
        kept.extend(sample.kept.iter().map(|&candidate| Kept { candidate, weight, is_chosen: false }));
    }
    // Where nothing was drawn, the others stand for all.
    let own = if kept.is_empty() { recordable as f64 / chosen.len() as f64 } else { 1.0 };
    kept.extend(chosen.iter().map(|&candidate| Kept { candidate, weight: own, is_chosen: true }));
    kept.sort_by_key(|kept| kept.candidate);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(stratum: &str, key: f64, seconds: f64, size: u64) -> Candidate {
        let stratum = Some(stratum.to_owned());
        Candidate { stratum, key: Some(key), seconds, size, bytes: 10, raised: None }
    }

    fn strata(weights: &[(&str, f64)]) -> BTreeMap<String, f64> {
        weights.iter().map(|&(name, weight)| (name.to_owned(), weight)).collect()
    }

    const ROOM: Room = Room { calls: 100, bytes: 10_000 };

    #[test]
    fn where_all_fit_each_stands_for_itself() {
        let all: Vec<Candidate> = (0..10).map(|n| candidate("a", f64::from(n), f64::from(n), 1)).collect();
        let kept = choose(&all, &strata(&[("a", 10.0)]), 10, ROOM);
        assert_eq!(kept.len(), 10);
        assert!(kept.iter().all(|kept| (kept.weight - 1.0).abs() < 1e-12), "{kept:?}");
    }

    #[test]
    fn the_slowest_the_largest_and_every_exception_are_kept() {
        let mut all: Vec<Candidate> = (0..500).map(|n| candidate("a", f64::from(n), 1.0, 1)).collect();
        all[300].seconds = 9.0;
        all[400].size = 99;
        all[450].raised = Some("ValueError".to_owned());
        all[460].raised = Some("ValueError".to_owned());
        let late = Candidate { stratum: None, key: None, raised: Some("KeyError".to_owned()), ..all[0].clone() };
        all.push(late);
        let kept = choose(&all, &strata(&[("a", 500.0)]), 501, Room { calls: 10, bytes: 10_000 });
        let chosen: Vec<usize> = kept.iter().filter(|kept| kept.is_chosen).map(|kept| kept.candidate).collect();
        assert_eq!(chosen, [300, 400, 450, 500]);
        assert_eq!(kept.len(), 10);
    }

    #[test]
    fn every_stratum_has_its_lowest_keys_and_rare_ones_are_not_lost() {
        let mut all: Vec<Candidate> = (0..200).map(|n| candidate("often", 200.0 - f64::from(n), 1.0, 1)).collect();
        all.extend((0..5).map(|n| candidate("rare", f64::from(n), 1.0, 1)));
        let kept =
            choose(&all, &strata(&[("often", 100_000.0), ("rare", 5.0)]), 100_005, Room { calls: 20, bytes: 10_000 });
        let rare: Vec<&Kept> = kept.iter().filter(|kept| kept.candidate >= 200 && !kept.is_chosen).collect();
        let often: Vec<usize> = kept.iter().map(|kept| kept.candidate).filter(|&one| (1..200).contains(&one)).collect();
        assert!(!rare.is_empty() && often.len() > 15, "{kept:?}");
        assert_eq!(often.last(), Some(&199));
        assert!(often.windows(2).all(|pair| pair[1] == pair[0] + 1), "{often:?}");
    }

    #[test]
    fn bytes_are_a_bound_too() {
        let all: Vec<Candidate> = (0..100).map(|n| candidate("a", f64::from(n), 1.0, 1)).collect();
        assert_eq!(choose(&all, &strata(&[("a", 100.0)]), 100, Room { calls: 100, bytes: 55 }).len(), 5);
    }

    proptest! {
        #[test]
        fn weights_add_up_to_what_could_be_recorded(
            calls in proptest::collection::vec((0..4_u8, 0.0..1.0_f64, 0.0..1.0_f64, any::<bool>()), 1..80),
            room in 1..60_usize,
            more in 0..10_000_u64,
        ) {
            let all: Vec<Candidate> = calls.iter().map(|&(stratum, key, seconds, raises)| Candidate {
                raised: raises.then(|| format!("E{stratum}")),
                ..candidate(&stratum.to_string(), key, seconds, 1)
            }).collect();
            let mut weights = BTreeMap::new();
            for one in &all {
                *weights.entry(one.stratum.clone().unwrap()).or_insert(0.0) += 3.5;
            }
            let recordable = all.len() as u64 + more;
            let kept = choose(&all, &weights, recordable, Room { calls: room, bytes: 1 << 20 });
            prop_assert!(kept.len() <= room && !kept.is_empty());
            let sum: f64 = kept.iter().map(|kept| kept.weight).sum();
            prop_assert!((sum - recordable as f64).abs() < 1e-6 * recordable as f64 || kept.len() as u64 > recordable);
        }
    }
}
