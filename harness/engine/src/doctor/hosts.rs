//! What embedding is off by: the same Python, embedded by workers and as the executable that loads them.

use std::time::Duration;

use rustworthy_model::Estimate;
use rustworthy_model::gate::Metric;

use super::noise::{Sides, compare, rule};
use crate::context::{Context, Notice};
use crate::environments::hosting;
use crate::prepared::Prepared;
use crate::python::Supported;
use crate::verdict::gate::judge;
use crate::workers::{Hosting, Workers};

/// Code as it is found in services, of a few milliseconds a call: workload, contender, size. It needs no packages.
const SUBJECT: [&str; 3] = ["records", "python", "2000"];

/// Wall time of its comparison.
const BUDGET: Duration = Duration::from_secs(4);

/// Workers of a project in both hosts.
pub(super) struct Hosts {
    /// Workers that embed its Python.
    pub(super) embedded: Workers,
    /// Workers that its executable loads.
    pub(super) hosted: Workers,
}

impl Hosts {
    /// Those of the Python of a project; `None` where the program can't embed it, or no worker is built for it to load.
    pub(super) fn of(context: &Context<'_>, prepared: &Prepared) -> Option<Self> {
        let interpreter = prepared.interpreter();
        let with = |hosting: Hosting| Workers { hosting, ..prepared.workers.clone() };
        let embedded = context.host.embedded.as_ref().filter(|embedded| embedded.check(interpreter).is_ok())?;
        let embedded = hosting(Supported::Embedded(embedded), interpreter).ok()?;
        let worker = context.host.hosted.find_checked(interpreter).ok()?;
        Some(Self { embedded: with(embedded), hosted: with(Hosting::Python { worker }) })
    }

    /// A built-in workload by its name, and its time embedded over its time in the executable; `None` where the program ships none, or
    /// too little was measured.
    pub(super) fn workload(&self, context: &Context<'_>) -> Option<(&'static str, Estimate)> {
        let built_in = context.host.built_in.as_ref()?;
        let [workload, contender, _] = SUBJECT;
        context.tell(Notice::Detail(format!("timing {workload}:{contender} in both hosts")));
        let record = Sides::in_one_folder(built_in, [self.hosted.clone(), self.embedded.clone()])
            .and_then(|sides| compare(&sides, SUBJECT, 1, BUDGET));
        match record {
            Ok(record) => {
                let change = judge(workload, contender, &record, Metric::Time, 0.0, &rule()).change?;
                let Estimate { estimate, low, high } = change;
                Some((workload, Estimate { estimate: 1.0 + estimate, low: 1.0 + low, high: 1.0 + high }))
            }
            Err(error) => {
                context.warn(format!("{workload}:{contender} can't be timed in both hosts: {error:#}"));
                None
            }
        }
    }
}
