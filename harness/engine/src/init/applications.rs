//! Asking applications what they answer, each in a process of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustworthy_protocol::SCENARIO_ENTRY;
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use super::discover::PATHS;
use super::facts::Application;
use super::proposal::Routed;
use crate::context::Context;
use crate::process::{Ending, RunLimits, run};

const ASKING: &str = include_str!("asking.py");

/// Longest that an application may take to be imported and to answer its routes once.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long it's asked for its time to be seen.
const DRIVEN: Duration = Duration::from_secs(4);

/// What asks applications.
pub(super) struct Asking<'a> {
    folder: TempDir,
    python: &'a Path,
    /// Where they run.
    project: &'a Path,
    python_path: &'a [PathBuf],
}

/// What an application has answered.
#[derive(Debug, Deserialize)]
struct Answer {
    routes: Vec<String>,
    error: Option<String>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(python: &'a Path, project: &'a Path, python_path: &'a [PathBuf]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("rustworthy-init-").tempdir().context("no room for files")?;
        std::fs::write(folder.path().join("asking.py"), ASKING)?;
        std::fs::write(folder.path().join("rustworthy_entry.py"), SCENARIO_ENTRY)?;
        std::fs::write(folder.path().join("rustworthy_paths.py"), PATHS)?;
        Ok(Self { folder, python, project, python_path })
    }

    /// A folder that goes once this is dropped.
    pub(super) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Asks each of them for every route once: what answers with something else than an error, or why nothing does.
    ///
    /// # Errors
    /// When a process can't be run.
    pub(super) fn routes(
        &self,
        context: &Context<'_>,
        applications: &[&Application],
    ) -> Result<BTreeMap<String, Routed>> {
        let mut found = BTreeMap::new();
        for &application in applications {
            let out = self.folder.path().join("answers.json");
            let order = self.order("asked.json", &[(application, &application.routes)], Duration::ZERO, Some(&out))?;
            let mut command = Command::new(self.python);
            command.args(order).current_dir(self.project).env("PYTHONPATH", self.search_path()?);
            let limits = RunLimits { timeout: Some(TIMEOUT), cancel: Some(&context.cancel) };
            let finished = run(command, &limits, &mut |_| ())?;
            let answers = std::fs::read(&out).ok().and_then(|text| serde_json::from_slice(&text).ok());
            let answer = answers.and_then(|answers: Vec<Answer>| answers.into_iter().next());
            let routed = match (answer, finished.ending) {
                (Some(Answer { routes, error: None, .. }), _) if !routes.is_empty() => Routed::Answered(routes),
                (Some(Answer { error: None, .. }), _) => {
                    Routed::Not("none of its routes is known to answer a GET without anything else".to_owned())
                }
                (Some(Answer { error: Some(error), .. }), _) => Routed::Not(format!("it can't be imported: {error}")),
                (None, Ending::TimedOut) => {
                    Routed::Not(format!("importing it and asking it took longer than {} s", TIMEOUT.as_secs()))
                }
                (None, _) => Routed::Not("its process ended while it was imported".to_owned()),
            };
            let _ = std::fs::remove_file(&out);
            found.insert(application.target(), routed);
        }
        Ok(found)
    }

    /// The command of a program that goes on asking applications for what they answer.
    ///
    /// # Errors
    /// When its files can't be written.
    pub(super) fn drive(&self, asked: &[(&Application, &Vec<String>)]) -> Result<Vec<OsString>> {
        let order = self.order("driven.json", asked, DRIVEN, None)?;
        Ok(std::iter::once(self.python.into()).chain(order).collect())
    }

    /// Arguments of a Python that does so.
    fn order(
        &self,
        name: &str,
        asked: &[(&Application, &Vec<String>)],
        duration: Duration,
        out: Option<&Path>,
    ) -> Result<[OsString; 2]> {
        let applications: Vec<_> = asked
            .iter()
            .map(|(one, routes)| json!({"module": one.module, "name": one.name, "kind": one.kind.key(), "routes": routes}))
            .collect();
        let file = self.folder.path().join(name);
        let order = json!({"applications": applications, "seconds": duration.as_secs_f64(), "out": out});
        std::fs::write(&file, order.to_string())?;
        Ok([self.folder.path().join("asking.py").into(), file.into()])
    }

    fn search_path(&self) -> Result<OsString> {
        let inherited = std::env::var_os("PYTHONPATH").unwrap_or_default();
        let inherited = std::env::split_paths(&inherited).filter(|folder| !folder.as_os_str().is_empty());
        std::env::join_paths(self.python_path.iter().cloned().chain(inherited))
            .context("the project's folder can't be in PYTHONPATH")
    }
}

#[cfg(test)]
mod tests {
    use crate::python::testing::build_python;

    use super::*;
    use crate::init::facts::Interface;

    const APP: &str = "
class Route:
    def __init__(self, path, *methods): self.path, self.methods = path, set(methods)
    include_in_schema = True

class App:
    routes = [Route('/ok', 'GET'), Route('/gone', 'GET'), Route('/u/{id}', 'GET'), Route('/post', 'POST'), Route('/logout', 'GET')]
    async def __call__(self, scope, receive, send):
        assert scope['type'] == 'http' and scope['path'] != '/logout'
        await send({'type': 'http.response.start', 'status': 200 if scope['path'] == '/ok' else 404, 'headers': []})
        await send({'type': 'http.response.body', 'body': b'x'})

app = App()
";

    fn application(module: &str) -> Application {
        Application {
            module: module.to_owned(),
            name: "app".to_owned(),
            root: String::new(),
            file: format!("{module}.py"),
            line: 1,
            kind: Interface::Asgi,
            framework: None,
            factory: false,
            script: false,
            routes: Vec::new(),
        }
    }

    #[test]
    fn routes_that_answer_are_found_by_the_object() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("good.py"), APP).unwrap();
        std::fs::write(folder.path().join("bad.py"), "import no_such_module\n").unwrap();
        std::fs::write(folder.path().join("ends.py"), "import os\nos._exit(3)\n").unwrap();
        let (python, path) = (build_python(), [folder.path().to_owned()]);
        let asking = Asking::new(&python, folder.path(), &path).unwrap();
        let host = crate::host::Host::new(None).unwrap();
        let applications = ["good", "bad", "ends"].map(application);
        let routes = asking.routes(&Context::quiet(&host), &applications.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(routes["good:app"], Routed::Answered(vec!["/ok".to_owned()]));
        assert!(matches!(&routes["bad:app"], Routed::Not(why) if why.contains("no_such_module")), "{routes:?}");
        assert!(matches!(&routes["ends:app"], Routed::Not(why) if why.contains("ended")), "{routes:?}");
    }
}
