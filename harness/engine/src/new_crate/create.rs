//! Making a crate: facts and recorded calls are read, files are written, and then it's built and looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustworthy_model::new_crate::{Argument, LedgerRow, NewCrate, SCHEMA};

use super::build::{Building, NotBuilt};
use super::calls::{Recorded, recorded};
use super::check::{CheckRequest, Checked, Measured, Measuring, load, provide};
use super::existing::{self, Crate};
use super::facts::{Facts, facts};
use super::ledger::ledger;
use super::names::{CRATES, Names, check as check_name, default_name, shown};
use super::place::put;
use super::seen::{Seen, seen};
use super::text::{LIB, PRICE, Price, README, Sheet, price, project, workload};
use super::types::{Proposal, propose};
use crate::context::Context;
use crate::environments::Environments;
use crate::manifest::Target;
use crate::project::Loaded;
use crate::request::Common;
use crate::store::write_whole;

/// What to make a crate for.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The function, by the name that users import it by.
    pub target: Target,
    /// Name of the crate; without one, after the function.
    pub name: Option<String>,
    /// Its folder; without one, `rust/NAME` in the project's.
    pub out: Option<PathBuf>,
    /// Name of the recorded calls to go by; without one the newest of the function.
    pub capture: Option<String>,
    /// Whether it's built and looked at.
    pub builds: bool,
    /// Time for measuring.
    pub budget: Option<Duration>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// A crate that was made.
#[derive(Debug)]
pub struct Created {
    /// The result.
    pub made: NewCrate,
    /// Its folder.
    pub folder: PathBuf,
    /// Why it isn't built, where it was to be.
    pub not_built: Option<NotBuilt>,
    /// How it does, where it was built.
    pub checked: Option<Checked>,
}

/// Makes a crate.
///
/// # Errors
/// When there can be none: nothing is written then.
pub fn create(context: &Context<'_>, request: &NewRequest) -> Result<Created> {
    let loaded = load(context, &request.common)?;
    let package = request.name.clone().unwrap_or_else(|| default_name(&request.target));
    check_name(&package)?;
    let folder = match &request.out {
        Some(out) => std::path::absolute(out).with_context(|| out.display().to_string())?,
        None => loaded.home.join(CRATES).join(&package),
    };
    if folder.exists() {
        bail!("{} is there already; give another --name or --out, or remove it", folder.display());
    }
    if let Some(other) = existing::all(&loaded.home)?.iter().find(|other| other.package == package) {
        bail!("there is a crate {package} already, in {}; give another --name", other.folder.display());
    }
    let names = Names::new(&package, folder, &loaded.project, &loaded.home);
    let environments = provide(context, &loaded.project, None, &request.common)?;
    let places = (loaded.project.root.as_path(), loaded.project.python_path.as_slice());
    let (facts, is_taken) = facts(context, environments.first(), places, &request.target, &names.module)?;
    if is_taken {
        bail!(
            "--name {package}: Python has a module {} already; give another --name, such as {package}-2",
            names.module
        );
    }
    let recorded = recorded(&loaded.home, request.capture.as_deref(), &facts)?;
    let making = Making { context, request, loaded, names, facts, recorded };
    making.make(environments)
}

/// What is known before anything is written.
struct Making<'a> {
    context: &'a Context<'a>,
    request: &'a NewRequest,
    loaded: Loaded,
    names: Names,
    facts: Facts,
    recorded: Option<Recorded>,
}

impl Making<'_> {
    fn make(self, environments: Environments) -> Result<Created> {
        let (capture, calls) = match &self.recorded {
            Some(Recorded { capture, calls }) => (Some(capture), calls.as_slice()),
            None => (None, &[][..]),
        };
        let seen = self.seen(calls)?;
        let proposals = propose(self.facts.given(), &seen);
        let rows = ledger(calls, &self.facts);
        let python = environments.first();
        let sheet = Sheet {
            names: &self.names,
            facts: &self.facts,
            proposals: &proposals,
            ledger: &rows,
            capture,
            price: None,
            python: (python.version.minor, python.gil_disabled),
        };
        put(&sheet.files(), &self.names.folder)?;
        let toml = self.toml();
        let manifest = self.write_manifest(&toml)?;
        let mut made = self.result(&proposals, &sheet, seen.calls);
        made.workload = toml;
        made.manifest = manifest.map(|path| path.display().to_string());
        let (mut not_built, mut checked) = (None, None);
        if self.request.builds {
            match self.look(environments)? {
                Ok(Measured { checked: found, price }) => {
                    if let Some(price) = price {
                        self.tell_price(&sheet, price)?;
                        made.crossing_seconds = Some(price.crossing);
                        made.python_seconds = Some(price.python);
                    }
                    made.check = Some(found.check.clone());
                    checked = Some(found);
                }
                Err(why) => not_built = Some(why),
            }
        }
        let folder = self.names.folder.clone();
        Ok(Created { made, folder, not_built, checked })
    }

    /// What recorded calls gave.
    fn seen(&self, calls: &[serde_json::Value]) -> Result<Seen> {
        let seen = seen(calls, self.facts.given());
        if let Some(Recorded { capture, .. }) = self.recorded.as_ref().filter(|_| seen.unfit > 0) {
            bail!(
                "{} of {} calls of capture '{}' don't fit the parameters of {}: they were recorded of something else, as of what wraps it; \
                 record anew: rustworthy capture {} --name NAME -- python app.py, and name that by --capture",
                seen.unfit,
                seen.calls,
                capture.name,
                self.facts.function,
                self.facts.function,
            );
        }
        Ok(seen)
    }

    /// The crate as it is there now.
    fn one(&self) -> Crate {
        Crate {
            folder: self.names.folder.clone(),
            package: self.names.package.clone(),
            module: self.names.module.clone(),
            function: self.facts.function.clone(),
            name: self.facts.name.clone(),
            capture: self.recorded.as_ref().map(|recorded| recorded.capture.name.clone()),
            is_async: self.facts.is_async,
        }
    }

    /// What the manifest needs, in TOML.
    fn toml(&self) -> String {
        let folders: Vec<String> =
            self.loaded.project.python_path.iter().map(|folder| shown(folder, &self.loaded.home)).collect();
        let capture = self.recorded.as_ref().map(|recorded| &recorded.capture);
        let head = project(&self.names.shown, &folders);
        // What stands there already is the user's: it's to be completed, not replaced.
        let head = if self.loaded.project.manifest.is_file() {
            "# Complete your [project] by these, or replace them.\n".to_owned() + &head
        } else {
            head
        };
        format!("{head}\n{}", workload(&self.one(), capture))
    }

    /// Writes a manifest where there is none, and where it would have an input.
    fn write_manifest(&self, toml: &str) -> Result<Option<PathBuf>> {
        let path = &self.loaded.project.manifest;
        let has_calls = self.recorded.as_ref().is_some_and(|recorded| !recorded.calls.is_empty());
        if !has_calls || path.exists() {
            return Ok(None);
        }
        write_whole(path, toml.as_bytes()).with_context(|| path.display().to_string())?;
        Ok(Some(path.clone()))
    }

    fn result(&self, proposals: &[Proposal], sheet: &Sheet<'_>, calls: u64) -> NewCrate {
        let Names { package, module, shown: folder, .. } = &self.names;
        NewCrate {
            schema: SCHEMA.to_owned(),
            function: self.facts.function.clone(),
            package: package.clone(),
            module: module.clone(),
            folder: folder.clone(),
            capture: sheet.capture.map(|capture| capture.name.clone()),
            recorded_calls: calls,
            arguments: proposals
                .iter()
                .map(|one| Argument {
                    name: one.name.clone(),
                    rust: one.rust.clone(),
                    recorded: one.seen.clone(),
                    given: one.given,
                    left_to_python: one.left,
                })
                .collect(),
            ledger: sheet
                .ledger
                .iter()
                .map(|row| LedgerRow {
                    topic: row.topic.to_owned(),
                    differs: row.differs.to_owned(),
                    calls: row.calls,
                    in_source: row.in_source,
                })
                .collect(),
            crossing_seconds: None,
            python_seconds: None,
            workload: String::new(),
            manifest: None,
            test: format!("python -m pytest {folder}/tests"),
            check: None,
        }
    }

    /// Builds it and compares it with the function in Python.
    fn look(&self, environments: Environments) -> Result<Result<Measured, NotBuilt>> {
        let one = self.one();
        let common = &self.request.common;
        let building =
            Building { python: environments.first(), home: &self.loaded.home, offline: common.python.offline };
        match building.build(self.context, &one) {
            Ok(()) => {}
            Err(NotBuilt::Interrupted) => return Err(NotBuilt::Interrupted.into()),
            Err(why) => return Ok(Err(why)),
        }
        let request = CheckRequest { named: None, budget: self.request.budget, common: common.clone() };
        let measuring = Measuring { one: &one, environments, prices: true, request: &request };
        // The manifest may be another one by now.
        let loaded = load(self.context, common)?;
        measuring.measure(self.context, loaded).map(Ok)
    }

    /// Writes what crossing the boundary costs into the source and what explains it.
    fn tell_price(&self, sheet: &Sheet<'_>, found: Price) -> Result<()> {
        let sheet = Sheet { price: Some(found), ..sheet.clone() };
        let source = self.names.folder.join(LIB);
        let replaced = |text: String| -> String {
            let is_price = |line: &str| line.starts_with(&format!("//! {PRICE}"));
            let lines: Vec<String> =
                text.lines().map(|line| if is_price(line) { price(Some(found)) } else { line.to_owned() }).collect();
            lines.join("\n") + "\n"
        };
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        write(&source, &replaced(text))?;
        let files = sheet.files();
        files.get(README).map_or(Ok(()), |text| write(&self.names.folder.join(README), text))
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    write_whole(path, text.as_bytes()).with_context(|| path.display().to_string())
}
