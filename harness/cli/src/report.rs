//! `rustworthy report`: renders saved runs again, each on its page or several on one.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustworthy_engine::project::home;
use rustworthy_engine::store::{Saved, find_named, latest, past, read, write_whole};
use rustworthy_reports::Part;

use crate::arguments::{DecisionVersion, GateFormat, ReportArguments};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;
use crate::save::PAGE;

/// The page of several runs, in the folder of the first: each keeps its own.
const COMBINED: &str = "combined.html";

pub(crate) fn run(arguments: &ReportArguments, printer: &Printer) -> Result<Exit> {
    let files = find(arguments)?;
    let runs: Vec<SavedRun> = files.iter().map(|file| SavedRun::read(file)).collect::<Result<_>>()?;
    for run in &runs {
        printer.result(&run.render(arguments.format, arguments.json_version, printer)?)?;
        if let Saved::Gate(gate) = &run.saved {
            write(&run.file.with_file_name("report.md"), &rustworthy_reports::gate::markdown(gate))?;
        }
    }
    let parts: Vec<Part<'_>> = runs.iter().map(SavedRun::part).collect();
    let name = if runs.len() == 1 { PAGE } else { COMBINED };
    let page = runs[0].file.with_file_name(name);
    write(&page, &rustworthy_reports::report(&parts))?;
    printer.note(&format!("report: {}", page.display()));
    if arguments.open {
        open(&page)?;
    }
    Ok(Exit::Fine)
}

fn write(page: &Path, contents: &str) -> Result<()> {
    write_whole(page, contents.as_bytes()).with_context(|| page.display().to_string())
}

/// A saved run, its file, and the flame graphs beside that.
struct SavedRun {
    file: PathBuf,
    saved: Saved,
    graphs: Vec<Option<String>>,
    difference: Option<String>,
}

impl SavedRun {
    fn read(file: &Path) -> Result<Self> {
        let saved = read(file)?;
        if let Saved::Profile(profile) = &saved {
            profile.targets.iter().try_for_each(|target| refuse_foreign(file, &target.files))?;
        }
        let graph = |name: &str| graph(&file.with_file_name(name));
        let (graphs, difference) = match &saved {
            Saved::Comparison(_) | Saved::Decision(_) | Saved::Gate(_) => (Vec::new(), None),
            Saved::Attribution(_) => (Vec::new(), graph("tail.svg")),
            Saved::Profile(profile) => (
                profile.targets.iter().map(|target| graph(&format!("{}.svg", target.files))).collect(),
                graph("difference.svg").filter(|_| profile.targets.len() > 1),
            ),
        };
        Ok(Self { file: file.to_owned(), saved, graphs, difference })
    }

    /// Its part of the page.
    fn part(&self) -> Part<'_> {
        let difference = self.difference.as_deref();
        match &self.saved {
            Saved::Comparison(comparison) => Part::Comparison(comparison),
            Saved::Decision(decision) => Part::Decision(decision),
            Saved::Gate(gate) => Part::Gate(gate),
            Saved::Attribution(result) => Part::Attribution { result, difference },
            Saved::Profile(result) => Part::Profile { result, graphs: &self.graphs, difference },
        }
    }

    /// Renders it for standard output.
    fn render(&self, format: GateFormat, version: DecisionVersion, printer: &Printer) -> Result<String> {
        let common = || {
            let run = self.file.display();
            format.common().with_context(|| format!("{run}: junit and github are formats of gates, and this is none"))
        };
        Ok(match &self.saved {
            Saved::Gate(gate) => render::gate(gate, format, printer),
            Saved::Comparison(comparison) => render::comparison(comparison, common()?, printer),
            Saved::Attribution(attribution) => render::attribution(attribution, common()?, printer),
            Saved::Decision(decision) => render::decision(decision, common()?, version, printer),
            Saved::Profile(profile) => render::profile(profile, common()?, printer),
        })
    }
}

/// A run may come from anyone: refuses one that names files elsewhere than in its folder.
fn refuse_foreign(file: &Path, name: &str) -> Result<()> {
    let mut parts = Path::new(name).components();
    let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    if !is_plain {
        bail!("{}: targets.files: '{name}' isn't the name of a file in the folder of the run", file.display());
    }
    Ok(())
}

/// A flame graph of the folder. One that is gone, or never was, is left out, and so is a link, which may lead anywhere.
fn graph(file: &Path) -> Option<String> {
    let is_own = fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file());
    is_own.then(|| fs::read_to_string(file).ok()).flatten()
}

/// The `run.json` of each run that is meant; at least one.
fn find(arguments: &ReportArguments) -> Result<Vec<PathBuf>> {
    let home = home(&(&arguments.project).into())?;
    if arguments.runs.is_empty() {
        let newest = latest(&home).map(|folder| folder.join("run.json")).filter(|file| file.is_file());
        // A run that was killed has left its journal alone: the newest before it is meant then.
        let newest = newest.or_else(|| past(&home).into_iter().next());
        let none =
            "there is no run yet that is finished; `rustworthy compare all` makes one, and --resume finishes one";
        return Ok(vec![newest.context(none)?]);
    }
    let found = arguments.runs.iter().map(|named| {
        let found = find_named(&home, named);
        found.with_context(|| format!("{}: no such run; give its id, its folder or its run.json", named.display()))
    });
    found.collect()
}

fn open(page: &Path) -> Result<()> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(opener);
    command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().with_context(|| format!("can't run {opener}; open {} yourself", page.display()))?;
    if !status.success() {
        bail!("{opener} found no browser; open {} yourself", page.display());
    }
    Ok(())
}
