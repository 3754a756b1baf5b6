//! Reading runs that were saved, whichever command made them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustworthy_model::attribution::{self, Attribution};
use rustworthy_model::comparison::{self, Comparison};
use rustworthy_model::decision::{self, Decision, version_1};
use rustworthy_model::gate::{self, Gate, GateMetric};
use rustworthy_model::profile::{self, Profile};
use serde::de::DeserializeOwned;

/// A saved run.
#[derive(Debug)]
pub enum Saved {
    /// Of `compare`.
    Comparison(Box<Comparison>),
    /// Of `attribute`.
    Attribution(Box<Attribution>),
    /// Of `decide`.
    Decision(Box<Decision>),
    /// Of `gate`.
    Gate(Box<Gate>),
    /// Of `profile`.
    Profile(Box<Profile>),
}

/// The `run.json` of a run that was named by its id, its folder or its file.
pub fn find_named(home: &Path, named: &Path) -> Option<PathBuf> {
    let candidates =
        [named.to_owned(), named.join("run.json"), home.join(".rustworthy/runs").join(named).join("run.json")];
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// Reads any saved run.
///
/// # Errors
/// When the file can't be read, or isn't one that this program knows.
pub fn read(file: &Path) -> Result<Saved> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{}: not JSON", file.display()))?;
    let schema = value.get("schema").and_then(|schema| schema.as_str()).map(str::to_owned);
    Ok(match schema.as_deref() {
        Some(comparison::SCHEMA) => Saved::Comparison(parse(file, comparison::SCHEMA, value)?),
        Some(attribution::SCHEMA) => Saved::Attribution(parse(file, attribution::SCHEMA, value)?),
        Some(decision::SCHEMA) => Saved::Decision(parse(file, decision::SCHEMA, value)?),
        Some(version_1::SCHEMA) => {
            let decision: Box<version_1::Decision> = parse(file, version_1::SCHEMA, value)?;
            Saved::Decision(Box::new((*decision).into()))
        }
        Some(gate::SCHEMA) => Saved::Gate(parse(file, gate::SCHEMA, value)?),
        Some(profile::SCHEMA) => Saved::Profile(parse(file, profile::SCHEMA, value)?),
        Some(other) => bail!(
            "{}: its schema is '{other}', and this program reads '{}', '{}', '{}', '{}', '{}' and '{}'",
            file.display(),
            comparison::SCHEMA,
            attribution::SCHEMA,
            decision::SCHEMA,
            version_1::SCHEMA,
            gate::SCHEMA,
            profile::SCHEMA
        ),
        None => bail!("{}: not a saved run: it has no \"schema\"", file.display()),
    })
}

fn parse<T: DeserializeOwned>(file: &Path, schema: &str, value: serde_json::Value) -> Result<Box<T>> {
    serde_json::from_value(value).with_context(|| format!("{}: not a valid {schema}", file.display()))
}

/// Reads a saved comparison.
///
/// # Errors
/// When the file can't be read, or is something else.
pub fn read_comparison(file: &Path) -> Result<Comparison> {
    match read(file)? {
        Saved::Comparison(comparison) => Ok(*comparison),
        Saved::Attribution(_) | Saved::Decision(_) => {
            bail!("{}: it has no times of contenders to gate against; give a run of compare", file.display())
        }
        Saved::Gate(gate) if gate.metric == GateMetric::Instructions => {
            bail!(
                "{}: the run of a gate that has counted instructions has no times; gate against a revision, or give a run of \
                 compare",
                file.display()
            )
        }
        Saved::Gate(_) => {
            bail!("{}: the run of a gate has no times to gate against; give one of compare", file.display())
        }
        Saved::Profile(_) => {
            bail!("{}: a profile has no times to gate against; give a run of compare", file.display())
        }
    }
}
