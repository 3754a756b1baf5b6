//! Where the files of one workload stand, and how its outputs are compared.

use std::path::{Path, PathBuf};

use rustworthy_protocol::{Comparison, Equality, Exceptions, Input, Lookup, MakeRequest, Mode};

use super::settings::{Planned, Settings};
use crate::manifest;

/// The files of one workload.
pub(super) struct WorkloadFiles<'a> {
    planned: &'a Planned<'a>,
    seed: u64,
    folder: PathBuf,
}

impl<'a> WorkloadFiles<'a> {
    pub(super) fn new<L>(planned: &'a Planned<'a>, settings: &Settings<L>) -> Self {
        Self { planned, seed: settings.seed, folder: settings.scratch.join(&planned.workload.name) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The input that is measured.
    pub(super) fn input(&self) -> MakeRequest {
        self.make("input", self.planned.size, self.seed)
    }

    /// An input of a quarter of the size from another seed: calls on it show whether time grows with the
    /// input, and whether results are remembered.
    pub(super) fn other_input(&self) -> MakeRequest {
        self.make("other", (self.planned.size / 4).max(1), self.seed.wrapping_add(1))
    }

    /// Where the files of the other input stand.
    pub(super) fn other_scratch(&self) -> PathBuf {
        self.folder.join("other-files")
    }

    /// The main input as a Python makes it that contenders name, by its place among those.
    pub(super) fn input_of_other(&self, place: usize) -> MakeRequest {
        self.make(&format!("input-{place}"), self.planned.size, self.seed)
    }

    /// Where the files of that input stand.
    pub(super) fn scratch_of_other(&self, place: usize) -> PathBuf {
        self.folder.join(format!("input-{place}-files"))
    }

    fn make(&self, name: &str, size: u64, seed: u64) -> MakeRequest {
        let workload = self.planned.workload;
        MakeRequest {
            input: Input::from(&workload.input),
            bytes: workload.bytes.as_ref().map(Lookup::from),
            size,
            seed,
            file: self.folder.join(name),
        }
    }

    /// Where the baseline's output is kept.
    pub(super) fn expected(&self) -> PathBuf {
        self.folder.join("expected")
    }

    /// How an output is compared with the baseline's.
    pub(super) fn comparison(&self) -> Comparison {
        comparison(&self.planned.workload.equal, self.expected())
    }
}

/// How outputs are compared with the one that was kept in a file.
pub(crate) fn comparison(equal: &manifest::Equality, expected: PathBuf) -> Comparison {
    let equality = match equal {
        manifest::Equality::Exact => Equality::Structural(Mode::Exact),
        manifest::Equality::Value => Equality::Structural(Mode::Value),
        &manifest::Equality::Tolerance { relative, absolute } => {
            Equality::Structural(Mode::Tolerance { relative, absolute })
        }
        manifest::Equality::Callable(target) => Equality::Callable(target.into()),
        manifest::Equality::Except { of, parts } => {
            return Comparison { except: parts.clone(), ..comparison(of, expected) };
        }
    };
    Comparison { expected, equality, except: Exceptions::default(), of_other_python: false }
}
