//! First calls: every contender makes them in a process of its own, free to use all processors, before
//! anything is timed. They show whether it works, whether its output is the baseline's, what memory it
//! needs, and how long a call takes. The process of one that can take turns serves the first round then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustworthy_model::comparison::Scheme;
use rustworthy_protocol::variables::SCRATCH;
use rustworthy_protocol::{Comparison, InputAfter, Judged, Judgement, Judging, LoadRequest, Made, MakeRequest};

use super::event::{Check, EventKind};
use super::files::WorkloadFiles;
use super::fresh::{FIRST_CHECK, Fresh};
use super::measurement::Measurement;
use super::schedule;
use crate::manifest::Contender;
use crate::workers::{Failure, Laboratory, Worker};

/// What Pythons that contenders name have made of the main input, by those names, or why they couldn't.
type MadeElsewhere = BTreeMap<PathBuf, Result<(MakeRequest, Made), Failure>>;

/// The inputs of a workload, ready to be loaded.
pub(super) struct Inputs {
    /// The one that is measured.
    pub(super) main: (MakeRequest, Made),
    /// One of another size and seed, if there could be one.
    other: Option<(MakeRequest, Made)>,
    /// The main one as other Pythons have made it.
    elsewhere: MadeElsewhere,
}

impl Inputs {
    /// A request to load the main input into the Python of a contender.
    ///
    /// # Errors
    /// When that Python can't make the same.
    pub(super) fn load(&self, contender: &Contender, copies: usize, fresh: bool) -> Result<LoadRequest, Failure> {
        let made = contender.interpreter.as_ref().and_then(|other| self.elsewhere.get(&other.path));
        let (make, made) = made.unwrap_or(&Ok(self.main.clone())).clone()?;
        Ok(LoadRequest { make, made, copies, fresh })
    }
}

/// How long the calls take together that show how long one takes.
const CALIBRATION: Duration = Duration::from_millis(20);

const SECOND_CHECK: u32 = FIRST_CHECK + 1;

impl<'a, L: Laboratory> Measurement<'a, L> {
    /// Makes the inputs and tries every contender that hasn't been tried.
    ///
    /// # Errors
    /// When nothing can be timed: without an input, or after an interruption.
    pub(super) fn check_all(&mut self) -> Result<Inputs, Failure> {
        let inputs = self.make_inputs()?;
        let against = self.check_baseline(&inputs)?;
        let planned = self.planned;
        for contender in planned.contenders.iter().filter(|contender| !contender.baseline) {
            let record = self.record();
            if record.checks.contains_key(&contender.name) || record.failures.contains_key(&contender.name) {
                continue;
            }
            let against = against.clone().map(|against| of_contender(against, contender));
            let judging = Judging { keep: None, against, input: self.input_after() };
            let checked = self.check(contender, &inputs, FIRST_CHECK, judging);
            self.emit_check(contender, checked)?;
            if !self.record().can_be_timed(&contender.name) {
                // It may have left files of the input in any state.
                self.make(&self.files())?;
            }
        }
        Ok(inputs)
    }

    fn make_inputs(&mut self) -> Result<Inputs, Failure> {
        let files = self.files();
        let made = self.make(&files);
        match made {
            Ok(inputs) => {
                if let Some(before) = self.record().input
                    && before.sha256 != inputs.main.1.sha256
                {
                    return self.no_input(Failure::Harness(
                        "the input is not the one that the run began with; begin a new run".to_owned(),
                    ));
                }
                self.emit(EventKind::InputMade(inputs.main.1.clone()));
                Ok(inputs)
            }
            Err(failure) => self.no_input(failure),
        }
    }

    fn no_input(&mut self, failure: Failure) -> Result<Inputs, Failure> {
        if failure != Failure::Interrupted {
            self.emit(EventKind::InputFailed { failure: failure.clone() });
        }
        Err(failure)
    }

    fn make(&self, files: &WorkloadFiles<'_>) -> Result<Inputs, Failure> {
        self.settings.workers.create_folder(files.folder())?;
        let limits = self.planned.workload.baseline().limits;
        let name = &self.planned.workload.name;
        let hash_seed = schedule::hash_seed(self.settings.seed, name, "", 0);
        let mut worker = self.settings.workers.start(&Default::default(), limits, hash_seed)?;
        let main = files.input();
        let made = worker.make(main.clone())?;
        // Not every input function can make another size; without one, how time grows and whether results are
        // remembered stays unknown. Its files must not stand in the place of the main input's.
        let other = files.other_input();
        let scratch = files.other_scratch();
        self.settings.workers.create_folder(&scratch)?;
        let env = [(SCRATCH.to_owned(), scratch.display().to_string())].into();
        let mut worker = self.settings.workers.start(&env, limits, hash_seed)?;
        let other = worker.make(other.clone()).ok().map(|made| (other, made));
        let other = other.filter(|(_, other)| other.sha256 != made.sha256);
        let elsewhere = self.make_elsewhere(&made)?;
        Ok(Inputs { main: (main, made), other, elsewhere })
    }

    /// Has each Python that a contender names make the input for itself: what one pickles another may read otherwise.
    ///
    /// # Errors
    /// Only [`Failure::Interrupted`]; any other is that of the contenders of a Python.
    fn make_elsewhere(&self, made: &Made) -> Result<MadeElsewhere, Failure> {
        let named = self.planned.contenders.iter().filter_map(|contender| contender.interpreter.as_ref());
        let names: BTreeSet<&Path> = named.map(|name| name.path.as_path()).collect();
        let mut elsewhere = BTreeMap::new();
        for (place, name) in names.into_iter().enumerate() {
            let found = self.make_in(name, place).and_then(|(make, found)| match found.sha256 == made.sha256 {
                true => Ok((make, found)),
                false => Err(Failure::Harness(format!(
                    "its Python makes another input: sha256 {}, not {}; `input` has to give the same in both",
                    found.sha256, made.sha256
                ))),
            });
            if let Err(Failure::Interrupted) = found {
                return Err(Failure::Interrupted);
            }
            elsewhere.insert(name.to_owned(), found);
        }
        Ok(elsewhere)
    }

    /// The main input as another Python makes it, with files of its own.
    fn make_in(&self, name: &Path, place: usize) -> Result<(MakeRequest, Made), Failure> {
        let (files, workload) = (self.files(), self.planned.workload);
        let scratch = files.scratch_of_other(place);
        self.settings.workers.create_folder(&scratch)?;
        let env = [(SCRATCH.to_owned(), scratch.display().to_string())].into();
        let hash_seed = schedule::hash_seed(self.settings.seed, &workload.name, "", 0);
        let mut worker = self.settings.workers.start_in(name, &env, workload.baseline().limits, hash_seed)?;
        let make = files.input_of_other(place);
        let made = worker.make(make.clone())?;
        Ok((make, made))
    }

    /// Keeps the baseline's output, and finds out whether another process with another hash seed gives the same.
    /// Returns what the outputs of the others are compared with, unless the baseline failed.
    fn check_baseline(&mut self, inputs: &Inputs) -> Result<Option<Comparison>, Failure> {
        let baseline = self.planned.workload.baseline();
        let files = self.files();
        let keep = Judging { keep: Some(files.expected()), against: None, input: self.input_after() };
        let first = self.check(baseline, inputs, FIRST_CHECK, keep);
        if let Ok((Check { verdict: Judgement::Different(detail), .. }, _)) = &first {
            self.emit(EventKind::BaselineChangesInput { detail: detail.clone() });
        }
        self.emit_check(baseline, first)?;
        if self.record().failures.contains_key(&baseline.name) {
            return Ok(None);
        }
        let against = files.comparison();
        let input = if self.planned.workload.fresh_input { InputAfter::AsBaseline } else { InputAfter::Unseen };
        let again = Judging { keep: None, against: Some(against.clone()), input };
        match self.first_call(baseline, inputs, SECOND_CHECK, again) {
            Ok((_, judged)) => {
                self.emit_flaw(&judged.verdict);
                Ok(Some(against))
            }
            Err(failure) => self.drop_out(&baseline.name, failure).map(|()| None),
        }
    }

    /// Notes what makes the baseline's output no measure for the others, if it is something.
    pub(super) fn emit_flaw(&mut self, of_baseline: &Judgement) {
        match of_baseline.clone() {
            Judgement::Equal | Judgement::WithinTolerance => {}
            Judgement::Different(detail) => self.emit(EventKind::BaselineUnstable { detail }),
            Judgement::Unchecked(detail) => self.emit(EventKind::BaselineUnchecked { detail }),
            Judgement::CheckerFailed(detail) => self.emit(EventKind::CheckerFailed { detail }),
        }
    }

    /// What is to be seen of the input of a call.
    pub(super) fn input_after(&self) -> InputAfter {
        InputAfter::of(self.planned.workload.fresh_input)
    }

    fn check(
        &self,
        contender: &Contender,
        inputs: &Inputs,
        process: u32,
        judging: Judging,
    ) -> Result<(Check, Fresh<L::Worker>), Failure> {
        let (mut fresh, judged) = self.first_call(contender, inputs, process, judging)?;
        let worker = &mut fresh.worker;
        let calibrated = worker.calibrate(CALIBRATION)?;
        let other = match &inputs.other {
            // It was pickled by the workload's Python.
            _ if contender.interpreter.is_some() => None,
            // What can't be called on another input can be measured on this one all the same.
            Some((make, made)) => {
                let (make, made, fresh) = (make.clone(), made.clone(), self.planned.workload.fresh_input);
                match worker.call_other(LoadRequest { make, made, copies: 1, fresh }) {
                    Ok(calls) => Some(calls),
                    Err(Failure::Raised(_)) => None,
                    Err(failure) => return Err(failure),
                }
            }
            None => None,
        };
        let Judged { verdict, hint, leaves_input } = judged;
        let output_bytes = worker.output_bytes();
        let called = fresh.called.clone();
        Ok((Check { verdict, hint, leaves_input, called, calibrated, other, output_bytes }, fresh))
    }

    fn first_call(
        &self,
        contender: &Contender,
        inputs: &Inputs,
        process: u32,
        judging: Judging,
    ) -> Result<(Fresh<L::Worker>, Judged), Failure> {
        let workload = self.planned.workload;
        let input = inputs.load(contender, 1, workload.fresh_input)?;
        let mut fresh = Fresh::start(self.settings, workload, contender, process, input)?;
        let judged = fresh.worker.judge(judging)?;
        Ok((fresh, judged))
    }

    fn emit_check(
        &mut self,
        contender: &'a Contender,
        checked: Result<(Check, Fresh<L::Worker>), Failure>,
    ) -> Result<(), Failure> {
        match checked {
            Ok((check, fresh)) => {
                if let Judgement::CheckerFailed(_) = check.verdict {
                    self.emit_flaw(&check.verdict);
                }
                self.emit(EventKind::Checked { contender: contender.name.clone(), check });
                self.keep(contender, fresh);
            }
            Err(failure) => self.drop_out(&contender.name, failure)?,
        }
        Ok(())
    }

    /// Keeps the process of a check for the first round. Those that need several processors may leave threads that go on, so
    /// that theirs start when nothing is timed; and half of the memory is for the round that starts meanwhile.
    fn keep(&mut self, contender: &'a Contender, fresh: Fresh<L::Worker>) {
        let record = self.record();
        let held: u64 =
            self.checked.values().chain([&fresh]).map(|fresh| fresh.called.peak_memory.unwrap_or_default()).sum();
        if record.scheme(&contender.name) == Some(Scheme::Turns) && 2 * held <= self.settings.memory {
            self.checked.insert(&contender.name, fresh);
        }
    }
}

/// What the output of a contender is held against, as its Python has to see it.
pub(super) fn of_contender(against: Comparison, contender: &Contender) -> Comparison {
    Comparison { of_other_python: contender.interpreter.is_some(), ..against }
}
