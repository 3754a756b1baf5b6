//! `watch`: whether migrations that were shipped are still worth their upkeep. It's a decision from new measurements, for which
//! what the migration has cost is spent.

use anyhow::{Result, bail};
use rustworthy_model::comparison::Kind;
use rustworthy_model::decision::{Candidate, Verdict};

use crate::context::Context;
use crate::decide::{DecideRequest, Deciding, decide};
use crate::manifest::{Contender, Workload};
use crate::project::Loaded;

/// What has become of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing else brings enough of what Rust does.
    WorthIt,
    /// A newer Python, a library or the like would do, or Rust brings no benefit any more.
    NotWorthIt,
    /// It can't be told.
    Unknown,
}

/// What a verdict that was made anew says of the migration that it is about.
pub fn standing(candidate: &Candidate) -> Standing {
    match candidate.verdict {
        Verdict::Migrate => Standing::WorthIt,
        Verdict::UseLibrary | Verdict::FixAlgorithm | Verdict::UpgradePython | Verdict::Compile | Verdict::Leave => {
            Standing::NotWorthIt
        }
        Verdict::Inconclusive => Standing::Unknown,
    }
}

/// Measures workloads with Rust of one's own anew, and decides; those that are named, or all.
///
/// # Errors
/// When no workload has Rust of one's own, a name is none of theirs, or the request can't be met.
pub fn watch(context: &Context<'_>, request: &DecideRequest) -> Result<Deciding> {
    let loaded = Loaded::load(context.host, &request.common.project)?;
    let migrated: Vec<&Workload> =
        loaded.project.workloads.iter().filter(|workload| workload.contenders.iter().any(is_own_rust)).collect();
    let manifest = loaded.project.manifest.display();
    if migrated.is_empty() {
        bail!(
            "{manifest}: no workload has a contender of kind \"rust\" that isn't `packaged`, so there is no migration to watch"
        );
    }
    if let Some(unknown) = request.names.iter().find(|name| !migrated.iter().any(|workload| workload.name == **name)) {
        let names = migrated.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>().join(", ");
        bail!("{manifest}: no workload '{unknown}' with Rust of your own; those are: {names}");
    }
    let all = migrated.iter().map(|workload| workload.name.clone());
    let names = if request.names.is_empty() { all.collect() } else { request.names.clone() };
    decide(context, &DecideRequest { names, fresh: true, is_shipped: true, ..request.clone() })
}

fn is_own_rust(contender: &Contender) -> bool {
    contender.kind == Kind::Rust && !contender.packaged
}
