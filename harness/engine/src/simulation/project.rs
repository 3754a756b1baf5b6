//! Workloads for simulations.

use std::collections::BTreeMap;

use rustworthy_model::comparison::{Kind, Route};

use crate::manifest::{Code, Contender, Equality, Input, Limits, Target, Workload};

/// A workload of contenders, each of which calls the function of its own name. The first is the baseline.
pub fn workload(name: &str, contenders: &[&str]) -> Workload {
    let contender = |(place, name): (usize, &&str)| Contender {
        name: (*name).to_owned(),
        code: Code::Python(target(name)),
        baseline: place == 0,
        kind: Kind::Python,
        route: Route::InProcess,
        packaged: false,
        migration_days: None,
        differs: None,
        env: BTreeMap::new(),
        interpreter: None,
        limits: Limits::default(),
        sources: Vec::new(),
    };
    Workload {
        name: name.to_owned(),
        description: None,
        requirements: None,
        input: Input::Callable(target("input")),
        sizes: [("default".to_owned(), 1000)].into(),
        bytes: None,
        equal: Equality::Exact,
        replaces: None,
        calls_per_month: None,
        fresh_input: false,
        unstable: false,
        contenders: contenders.iter().enumerate().map(contender).collect(),
        claims: Vec::new(),
    }
}

fn target(callable: &str) -> Target {
    Target { module: "simulated".to_owned(), callable: callable.to_owned(), place: Default::default() }
}
