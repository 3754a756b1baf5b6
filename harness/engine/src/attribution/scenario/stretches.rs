//! Stretches of requests that the service names itself, whichever process of it has named them.

use std::collections::BTreeSet;

use super::mode::ModeRun;

/// Their names, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stretches {
    names: Vec<String>,
}

impl Stretches {
    /// Those in which any request of these runs was.
    pub(super) fn of(runs: &[&ModeRun]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for run in runs {
            // After the functions come the garbage collector and the request itself.
            let first = run.opened.watched.len() as u32 + 2;
            let spent = run.served.answered.iter().flat_map(|answered| &answered.spent);
            let used: BTreeSet<u32> = spent.filter_map(|spent| spent.function.checked_sub(first)).collect();
            for name in used.into_iter().filter_map(|number| run.served.stretches.get(number as usize)) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        Self { names }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The place of the one of that name.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// What their rows are called. Those that aren't told apart share one.
    pub(super) fn rows(&self) -> impl Iterator<Item = String> {
        let row = |name: &String| match name.as_str() {
            "" => "(other spans)".to_owned(),
            name => format!("(span {name})"),
        };
        self.names.iter().map(row)
    }
}
