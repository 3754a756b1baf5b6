//! Applications as scenarios.

use std::collections::BTreeMap;

use super::text::quoted;
use crate::init::facts::{Application, Facts};

/// What an application has said when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routed {
    /// Paths that it answers by GET.
    Answered(Vec<String>),
    /// Why there are none.
    Not(String),
}

/// An application, as a scenario of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioProposal {
    /// Its name.
    pub name: String,
    /// The application, `module:name`.
    pub application: String,
    /// Where it's made, `app.py:12`.
    pub place: String,
    /// The framework that makes it.
    pub framework: Option<String>,
    /// Paths that requests ask for; or why none can be made up.
    pub paths: Result<Vec<String>, String>,
    key: &'static str,
}

/// Applications as scenarios, with what they have answered where they were asked.
pub(super) fn scenarios(facts: &Facts, routes: &BTreeMap<String, Routed>) -> Vec<ScenarioProposal> {
    let mut proposed: Vec<ScenarioProposal> = Vec::new();
    for application in &facts.applications {
        let name = name(application, &proposed);
        proposed.push(ScenarioProposal {
            name,
            application: application.target(),
            place: format!("{}:{}", application.file, application.line),
            framework: application.framework.clone(),
            paths: paths(application, routes.get(&application.target())),
            key: application.kind.key(),
        });
    }
    proposed
}

fn paths(application: &Application, routed: Option<&Routed>) -> Result<Vec<String>, String> {
    let name = &application.name;
    match routed {
        _ if application.script => {
            Err("its module does its work whenever it's imported: put that under `if __name__ == \"__main__\":`"
                .to_owned())
        }
        _ if application.factory => {
            Err(format!("it's made by a function: give a module a line such as `app = {name}()`, and name that here"))
        }
        Some(Routed::Answered(paths)) => Ok(paths.clone()),
        Some(Routed::Not(why)) => Err(why.clone()),
        None if !application.routes.is_empty() => Ok(application.routes.clone()),
        None => Err("its routes can't be read without importing it, which `rustworthy init --yes` does".to_owned()),
    }
}

/// A name in `a-z`, `0-9` and `-` that no other has: the module's, or the application's where that says more.
fn name(application: &Application, others: &[ScenarioProposal]) -> String {
    let module = application.module.rsplit('.').next().unwrap_or_default();
    let plain = |text: &str| {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
    };
    let first =
        if matches!(&*application.name, "app" | "application") { plain(module) } else { plain(&application.name) };
    let first = if first.is_empty() { "application".to_owned() } else { first };
    let is_free = |name: &str| others.iter().all(|other| other.name != name);
    let longer = (2..).map(|number| format!("{first}-{number}"));
    std::iter::once(first.clone()).chain(longer).find(|name| is_free(name)).unwrap_or_default()
}

impl ScenarioProposal {
    /// The name of what makes its requests.
    pub(super) fn function(&self) -> String {
        format!("requests_of_{}", self.name.replace('-', "_"))
    }

    /// Its table.
    pub(super) fn table(&self, inputs: &str) -> String {
        format!(
            "[scenario.{}]\n{} = {}\nrequests = {}    # makes them up: see there\ncount = 1000\n\
             arrivals = {{ process = \"poisson\", utilization = 0.7 }}    # or rate = 120.0, requests a second\n",
            self.name,
            self.key,
            quoted(&self.application),
            quoted(&format!("{inputs}:{}", self.function())),
        )
    }
}
