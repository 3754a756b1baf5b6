//! First calls: every contender makes them in a process of its own, free to use all processors, before
//! anything is timed. They tell whether it works, whether its output is the baseline's, what memory it
//! needs, and how long a call takes.

use std::collections::BTreeSet;
use std::fs;

use rustworthy_protocol::{Called, Comparison, Judging, LoadRequest, Made, MakeRequest, Verdict};

use super::event::{Check, What};
use super::schedule::{self, Effort};
use super::session::{Files, Planned, Session, load};
use crate::manifest::Contender;
use crate::workers::{Failure, Worker};

/// The inputs of a workload, ready to be loaded.
pub(super) struct Inputs {
    /// The one that is measured.
    pub(super) main: (MakeRequest, Made),
    /// One of another size and seed, if there could be one.
    other: Option<(MakeRequest, Made)>,
}

impl Inputs {
    /// A request to load the main input.
    pub(super) fn load(&self, copies: usize, fresh: bool) -> LoadRequest {
        let (make, made) = self.main.clone();
        LoadRequest { make, made, copies, fresh }
    }
}

/// Processes of a contender are numbered: those of rounds by their round, those of checks from here on.
const FIRST_CHECK: u32 = 1 << 20;
const SECOND_CHECK: u32 = FIRST_CHECK + 1;
const FIRST_WEIGHING: u32 = SECOND_CHECK + 1;

impl Session<'_> {
    /// Makes the inputs and tries every contender that hasn't been tried.
    ///
    /// # Errors
    /// When nothing can be timed: without an input, or after an interruption.
    pub(super) fn check_all(&mut self, planned: &Planned<'_>) -> Result<Inputs, Failure> {
        let inputs = self.make_inputs(planned)?;
        let against = self.check_baseline(planned, &inputs)?;
        for contender in planned.contenders.iter().filter(|contender| !contender.baseline) {
            let record = self.record(planned);
            if record.checks.contains_key(&contender.name) || record.failures.contains_key(&contender.name) {
                continue;
            }
            let judging = Judging { keep: None, against: against.clone(), input: !planned.workload.fresh_input };
            let checked = self.check(planned, contender, &inputs, FIRST_CHECK, judging);
            self.tell_check(planned, contender, checked)?;
            if !self.can_be_timed(planned, &contender.name) {
                // It may have left files of the input in any state.
                self.make(planned, &Files::new(planned, self.settings))?;
            }
        }
        self.weigh(planned, &inputs)?;
        Ok(inputs)
    }

    /// Makes first calls in further processes where a claim is about peak memory, which one process tells without an
    /// interval.
    fn weigh(&mut self, planned: &Planned<'_>, inputs: &Inputs) -> Result<(), Failure> {
        let claims = planned.workload.claims.iter().filter(|claim| claim.bytes.is_some());
        let baseline = planned.workload.baseline().name.as_str();
        let named: BTreeSet<&str> =
            claims.flat_map(|claim| [claim.against.as_deref().unwrap_or(baseline), claim.contender.as_str()]).collect();
        for contender in planned.contenders.iter().filter(|contender| named.contains(contender.name.as_str())) {
            for process in FIRST_WEIGHING..FIRST_WEIGHING + Effort::FEWEST_ROUNDS - 1 {
                let record = self.record(planned);
                let weighed = record.peaks.get(&contender.name).map_or(0, Vec::len) as u32;
                if process < FIRST_WEIGHING + weighed || !record.can_be_timed(&contender.name) {
                    continue;
                }
                let name = contender.name.clone();
                match self.called(planned, contender, inputs, process) {
                    Ok((called, _)) => self.tell(planned, What::Peak { contender: name, bytes: called.peak_memory }),
                    Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                    Err(failure) => self.tell(planned, What::Failed { contender: name, failure }),
                }
            }
        }
        Ok(())
    }

    fn make_inputs(&mut self, planned: &Planned<'_>) -> Result<Inputs, Failure> {
        let files = Files::new(planned, self.settings);
        let made = self.make(planned, &files);
        match made {
            Ok(inputs) => {
                if let Some(before) = self.record(planned).input
                    && before.sha256 != inputs.main.1.sha256
                {
                    return self.no_input(
                        planned,
                        Failure::Harness(
                            "the input is not the one that the run began with; begin a new run".to_owned(),
                        ),
                    );
                }
                self.tell(planned, What::InputMade(inputs.main.1.clone()));
                Ok(inputs)
            }
            Err(failure) => self.no_input(planned, failure),
        }
    }

    fn no_input(&mut self, planned: &Planned<'_>, failure: Failure) -> Result<Inputs, Failure> {
        if failure != Failure::Interrupted {
            self.tell(planned, What::InputFailed { failure: failure.clone() });
        }
        Err(failure)
    }

    fn make(&self, planned: &Planned<'_>, files: &Files<'_>) -> Result<Inputs, Failure> {
        fs::create_dir_all(files.folder())
            .map_err(|error| Failure::Harness(format!("{}: {error}", files.folder().display())))?;
        let limits = planned.workload.baseline().limits;
        let name = &planned.workload.name;
        let hash_seed = schedule::hash_seed(self.settings.seed, name, "", 0);
        let mut worker = self.settings.workers.start(&Default::default(), limits, hash_seed)?;
        let main = files.input();
        let made = worker.make(main.clone())?;
        // Not every input function can make another size; it's only missed by checks on time and memory of results.
        let other = files.other_input();
        let other = worker.make(other.clone()).ok().map(|made| (other, made));
        let other = other.filter(|(_, other)| other.sha256 != made.sha256);
        Ok(Inputs { main: (main, made), other })
    }

    /// Keeps the baseline's output, and sees whether another process with another hash seed gives the same.
    /// Returns what to hold the others against, unless the baseline failed.
    fn check_baseline(&mut self, planned: &Planned<'_>, inputs: &Inputs) -> Result<Option<Comparison>, Failure> {
        let baseline = planned.workload.baseline();
        let files = Files::new(planned, self.settings);
        let keep = Judging { keep: Some(files.expected()), against: None, input: !planned.workload.fresh_input };
        let first = self.check(planned, baseline, inputs, FIRST_CHECK, keep);
        if let Ok(Check { verdict: Verdict::Different(detail), .. }) = &first {
            self.tell(planned, What::BaselineUnstable { detail: detail.clone() });
        }
        self.tell_check(planned, baseline, first)?;
        if self.record(planned).failures.contains_key(&baseline.name) {
            return Ok(None);
        }
        let against = files.comparison();
        let again = Judging { keep: None, against: Some(against.clone()), input: false };
        match self.first_call(planned, baseline, inputs, SECOND_CHECK, again) {
            Ok((_, Verdict::Equal | Verdict::WithinTolerance, _)) => Ok(Some(against)),
            Ok((_, Verdict::Different(detail) | Verdict::Unchecked(detail), _)) => {
                self.tell(planned, What::BaselineUnstable { detail });
                Ok(Some(against))
            }
            Err(Failure::Interrupted) => Err(Failure::Interrupted),
            Err(failure) => {
                self.tell(planned, What::Failed { contender: baseline.name.clone(), failure });
                Ok(None)
            }
        }
    }

    fn check(
        &self,
        planned: &Planned<'_>,
        contender: &Contender,
        inputs: &Inputs,
        process: u32,
        judging: Judging,
    ) -> Result<Check, Failure> {
        let (called, verdict, mut worker) = self.first_call(planned, contender, inputs, process, judging)?;
        let calibrated = worker.calibrate(self.settings.effort.block)?;
        let other = match &inputs.other {
            // What can't be called on another input can be measured on this one all the same.
            Some((make, made)) => {
                match worker.call_other(LoadRequest { make: make.clone(), made: made.clone(), copies: 1, fresh: false })
                {
                    Ok(calls) => Some(calls),
                    Err(Failure::Raised(_)) => None,
                    Err(failure) => return Err(failure),
                }
            }
            None => None,
        };
        Ok(Check { verdict, called, calibrated, other, output_bytes: worker.output_bytes() })
    }

    fn first_call(
        &self,
        planned: &Planned<'_>,
        contender: &Contender,
        inputs: &Inputs,
        process: u32,
        judging: Judging,
    ) -> Result<(Called, Verdict, Worker), Failure> {
        let (called, mut worker) = self.called(planned, contender, inputs, process)?;
        let verdict = worker.judge(judging)?;
        Ok((called, verdict, worker))
    }

    /// A fresh process that holds one input and has made one call.
    fn called(
        &self,
        planned: &Planned<'_>,
        contender: &Contender,
        inputs: &Inputs,
        process: u32,
    ) -> Result<(Called, Worker), Failure> {
        let input = inputs.load(1, planned.workload.fresh_input);
        let mut worker = load(self.settings, planned, contender, process, input)?;
        let called = worker.call()?;
        Ok((called, worker))
    }

    fn tell_check(
        &mut self,
        planned: &Planned<'_>,
        contender: &Contender,
        checked: Result<Check, Failure>,
    ) -> Result<(), Failure> {
        let contender = contender.name.clone();
        match checked {
            Ok(check) => self.tell(planned, What::Checked { contender, check }),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => self.tell(planned, What::Failed { contender, failure }),
        }
        Ok(())
    }
}
