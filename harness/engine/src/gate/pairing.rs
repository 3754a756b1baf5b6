//! Which benchmarks two revisions of a project share.

use crate::manifest::{Contender, Workload};
use crate::measure::Planned;

/// What two sides have to compare, in the order of the new side's manifest; what only the old one has comes last.
#[derive(Debug, Clone)]
pub struct Pairing<'a> {
    /// Contenders of both sides, old and new.
    pub paired: Vec<Paired<'a>>,
    /// Contenders of one side.
    pub unpaired: Vec<OneSided>,
}

/// A contender that both sides have.
#[derive(Debug, Clone, Copy)]
pub struct Paired<'a> {
    /// The workload by either side's manifest.
    pub workloads: [&'a Workload; 2],
    /// The contender by either side's manifest.
    pub contenders: [&'a Contender; 2],
    /// The size of the input, which is the new side's for both.
    pub size: u64,
}

/// A contender that one side doesn't have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneSided {
    /// Name of its workload.
    pub workload: String,
    /// Its name.
    pub contender: String,
    /// Whether the new side has it.
    pub is_new: bool,
}

/// Pairs what was planned of the old side with what was planned of the new one, by name.
pub fn pair<'a>(old: &[Planned<'a>], new: &[Planned<'a>]) -> Pairing<'a> {
    let (mut paired, mut unpaired) = (Vec::new(), Vec::new());
    for planned in new {
        for &contender in &planned.contenders {
            match find(old, &planned.workload.name, &contender.name) {
                Some((workload, counterpart)) => paired.push(Paired {
                    workloads: [workload, planned.workload],
                    contenders: [counterpart, contender],
                    size: planned.size,
                }),
                None => unpaired.push(unpaired_of(planned, contender, true)),
            }
        }
    }
    for planned in old {
        let gone = planned.contenders.iter().filter(|gone| find(new, &planned.workload.name, &gone.name).is_none());
        unpaired.extend(gone.map(|contender| unpaired_of(planned, contender, false)));
    }
    Pairing { paired, unpaired }
}

fn find<'a>(side: &[Planned<'a>], workload: &str, contender: &str) -> Option<(&'a Workload, &'a Contender)> {
    let planned = side.iter().find(|planned| planned.workload.name == workload)?;
    let contender = planned.contenders.iter().find(|candidate| candidate.name == contender)?;
    Some((planned.workload, contender))
}

fn unpaired_of(planned: &Planned<'_>, contender: &Contender, is_new: bool) -> OneSided {
    OneSided { workload: planned.workload.name.clone(), contender: contender.name.clone(), is_new }
}
