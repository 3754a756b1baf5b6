//! The files of a crate as texts, made of what is known of its function. Nothing is read, run or written here.

mod cargo;
mod python;
mod readme;
mod rust;
#[cfg(test)]
mod tests;
mod workload;

use std::collections::BTreeMap;

use rustworthy_model::Estimate;
use rustworthy_model::capture::Capture;

use super::facts::{Binding, Facts};
use super::ledger::Row;
use super::names::Names;
use super::types::Proposal;

pub(super) use readme::README;
pub(super) use rust::LIB;
pub(super) use rust::{PRICE, price};
pub(super) use workload::{project, workload};

const CALL: &str = include_str!("../templates/call.rs");
const REPLACING: &str = include_str!("../templates/replacing.py");
const TEST: &str = include_str!("../templates/test.py");
const OUTCOMES: &str = include_str!("../templates/outcomes.py");

/// All that a crate is made of.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'a> {
    pub(super) names: &'a Names,
    pub(super) facts: &'a Facts,
    /// Of each parameter that calls give, in their order.
    pub(super) proposals: &'a [Proposal],
    pub(super) ledger: &'a [Row],
    /// The recorded calls, where there are any.
    pub(super) capture: Option<&'a Capture>,
    /// What crossing the boundary costs, where that was measured.
    pub(super) price: Option<Price>,
    /// The minor version of the Python that it's for, and whether that is free-threaded.
    pub(super) python: (u32, bool),
}

/// What crossing the boundary costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Price {
    /// Seconds for the arguments of a call and for its result, with nothing in between.
    pub(super) crossing: Estimate,
    /// Seconds of a call in Python.
    pub(super) python: Estimate,
}

impl Sheet<'_> {
    /// The files, by their paths within the folder of the crate.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let package = format!("python/{}", self.names.module);
        let mut files: BTreeMap<String, String> = [
            ("Cargo.toml".to_owned(), cargo::manifest(self)),
            ("pyproject.toml".to_owned(), cargo::pyproject(self)),
            (".gitignore".to_owned(), "/target\n__pycache__/\n.hypothesis/\n.pytest_cache/\n*.so\n*.pyd\n".to_owned()),
            (README.to_owned(), readme::text(self)),
            (LIB.to_owned(), rust::text(self)),
            ("src/call.rs".to_owned(), CALL.to_owned()),
            (format!("{package}/__init__.py"), python::package(self)),
            (format!("{package}/__init__.pyi"), python::stub(self)),
            (format!("{package}/py.typed"), String::new()),
            (format!("{package}/replacing.py"), REPLACING.to_owned()),
            (format!("tests/test_{}.py", self.names.module), python::test(self)),
            ("tests/outcomes.py".to_owned(), OUTCOMES.to_owned()),
            ("tests/encoding.py".to_owned(), rustworthy_protocol::capture::ENCODING.to_owned()),
        ]
        .into();
        if self.facts.is_async {
            files.insert(format!("{package}/awaited.py"), python::awaited(self));
        }
        files
    }

    /// Whether several threads may be in the body at once: what it borrows, others can't change meanwhile.
    fn is_free_of_the_gil(&self) -> bool {
        self.proposals.iter().all(|proposal| proposal.of_numpy.is_empty())
    }

    /// Whether calls give the object first.
    fn is_method(&self) -> bool {
        self.facts.kind == Binding::Method
    }
}
