//! `rustworthy init`: what a project could measure, and a manifest for it.

use std::fmt::Write;

use anyhow::{Result, anyhow, bail};
use rustworthy_engine::init::{Hot, Init, InitRequest, Look, NothingFound, Permission, ScenarioProposal, init, look};
use rustworthy_engine::request::PythonRequest;
use rustworthy_reports::visible::{line, wrapped};

use crate::arguments::InitArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::surroundings::Surroundings;

/// Functions that are shown.
const SHOWN: usize = 8;

pub(crate) fn run(arguments: &InitArguments, printer: &Printer) -> Result<Exit> {
    let command = command(arguments)?;
    let surroundings = Surroundings::new(printer)?;
    let request = InitRequest {
        folder: arguments.folder.clone(),
        python: PythonRequest { named: arguments.python.clone(), offline: false },
        is_dry: arguments.dry_run,
    };
    let look = match surroundings.ask(|context| look(context, &request)) {
        Ok(look) => look,
        Err(error) if error.is::<NothingFound>() => {
            printer.error(&error);
            return Ok(Exit::NothingRun);
        }
        Err(error) => return Err(error),
    };
    let permission = permission(arguments, command, &look, printer);
    let made = surroundings.ask(|context| init(context, &look, &permission))?;
    if surroundings.is_cancelled() {
        bail!("interrupted");
    }
    if arguments.dry_run {
        printer.result(&made.proposal.manifest)?;
        if let Some(inputs) = &made.inputs {
            printer.note(&format!("{} would make its requests", inputs.display()));
        }
        return Ok(Exit::Fine);
    }
    made.write()?;
    let summary = Summary { arguments, look: &look, made: &made, columns: printer.table().width };
    printer.result(&summary.text())?;
    Ok(Exit::Fine)
}

/// The words of the command to run.
fn command(arguments: &InitArguments) -> Result<Option<Vec<String>>> {
    let Some(text) = &arguments.run else { return Ok(None) };
    match shlex::split(text) {
        Some(words) if !words.is_empty() => Ok(Some(words)),
        Some(_) => bail!("--run: there is no command"),
        None => Err(anyhow!("--run: {text}: a quotation mark is missing")),
    }
}

/// What the user allows to be run.
fn permission(arguments: &InitArguments, command: Option<Vec<String>>, look: &Look, printer: &Printer) -> Permission {
    let project = if arguments.yes {
        true
    } else if arguments.dry_run || command.is_some() {
        false
    } else if let Some(what) = look.would_run() {
        let answer = printer.ask(&format!("To find out which functions matter, it would {what}. May it?"));
        if answer.is_none() {
            printer.note(&format!("nothing of the project is run; with --yes it would {what}"));
        }
        answer.unwrap_or_default()
    } else {
        false
    };
    let duration = arguments.duration.unwrap_or(Permission::NONE.duration);
    Permission { project, command, duration }
}

/// What standard output has.
struct Summary<'a> {
    arguments: &'a InitArguments,
    look: &'a Look,
    made: &'a Init,
    columns: usize,
}

impl Summary<'_> {
    fn text(&self) -> String {
        let Init { manifest, inputs, observed, left_out, .. } = self.made;
        let mut text = String::new();
        let also = inputs.as_ref().map(|inputs| format!(" and {}", inputs.display())).unwrap_or_default();
        self.line(&mut text, &format!("wrote {}{also}", manifest.display()), 2);
        self.line(&mut text, &format!("found {}", self.found()), 2);
        if let Some(ran) = observed.ran.as_ref().filter(|_| !observed.hot.is_empty()) {
            text.push('\n');
            self.line(
                &mut text,
                &format!(
                    "where the time of `{}` goes, as a share of that in functions of the project ({} samples)",
                    ran.command, ran.samples
                ),
                2,
            );
            let hot = &observed.hot[..observed.hot.len().min(SHOWN)];
            let width = hot.iter().map(|hot| share(hot).chars().count()).max().unwrap_or_default();
            for hot in hot {
                let row = format!("  {:>width$}  {}  {}", share(hot), hot.function.target(), self.becomes(hot));
                self.line(&mut text, row.trim_end(), width + 4);
            }
        }
        if !left_out.is_empty() {
            text.push_str("\nrecorded, and no workload\n");
            for one in left_out {
                self.line(&mut text, &format!("  {}: {}", one.function, one.why), 4);
            }
        }
        text.push_str("\nnext\n");
        for (command, does) in self.next() {
            self.line(&mut text, &format!("  {command}   {does}"), 6);
        }
        text
    }

    fn line(&self, text: &mut String, words: &str, indent: usize) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}", wrapped(&line(words), self.columns, indent));
    }

    fn found(&self) -> String {
        let facts = &self.look.facts;
        let counted = |number: usize, one: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {one}s")),
        };
        let timed = match facts.tests.benchmarks.len() {
            0 => String::new(),
            number => format!(" ({number} of pytest-benchmark)"),
        };
        let found = [
            counted(facts.packages.len(), "package"),
            counted(facts.modules.len(), "module"),
            counted(facts.tests.count as usize, "test").map(|tests| tests + &timed),
            counted(facts.applications.len(), "application"),
            counted(facts.scripts.len(), "console script"),
        ];
        let found: Vec<String> =
            found.into_iter().flatten().chain(counted(facts.files as usize, "Python file")).collect();
        found.join(", ")
    }

    /// What became of a hot function.
    fn becomes(&self, hot: &Hot) -> String {
        let target = hot.function.target();
        let recorded = self.made.observed.captures.iter().find(|capture| capture.function == target);
        match (&hot.native, recorded.filter(|one| self.made.proposal.workloads.contains(&one.name))) {
            (None, Some(capture)) => format!("→ workload {}", capture.name),
            (Some(library), Some(capture)) => format!("→ workload {}; native, most of it in {library}", capture.name),
            (Some(library), None) => format!("native: most of it is in {library}"),
            (None, None) => String::new(),
        }
    }

    /// Commands to go on with, and what they do.
    fn next(&self) -> Vec<(String, String)> {
        let proposal = &self.made.proposal;
        let command = |command: &str| format!("rustworthy {command}{}", self.options());
        let mut next = Vec::new();
        if let Some(workload) = proposal.workloads.first() {
            next.push((command("compare all --quick"), "times what there is".to_owned()));
            next.push((command(&format!("try {workload}")), "what other Pythons and compilers make of it".to_owned()));
        }
        let ready = |one: &&ScenarioProposal| one.paths.is_ok();
        if let Some(scenario) = proposal.scenarios.iter().find(ready) {
            let does = "tells which functions make up its p99".to_owned();
            next.push((command(&format!("attribute {} --quick", scenario.name)), does));
        }
        if proposal.workloads.is_empty() {
            if let Some(first) = proposal.candidates.first() {
                let how = self.look.facts.pytest_option().unwrap_or_else(|| "-- python app.py".to_owned());
                let does = "records real calls and prints the workload for them".to_owned();
                next.push((format!("rustworthy capture {first}{} {how}", self.options()), does));
            }
            let (options, does) = if self.look.would_run().is_some() && !self.arguments.yes {
                ("--yes", "does that of itself for what is hot, once rustworthy.toml is moved away")
            } else {
                ("--run 'python app.py'", "sees what a program of yours does, once rustworthy.toml is moved away")
            };
            let folder = folder(self.arguments).map(|folder| format!(" {folder}")).unwrap_or_default();
            next.push((format!("rustworthy init{folder}{} {options}", self.python()), does.to_owned()));
        }
        next
    }

    /// What every further command has to be told.
    fn options(&self) -> String {
        let folder = folder(self.arguments).map(|folder| format!(" --project {folder}")).unwrap_or_default();
        format!("{folder}{}", self.python())
    }

    fn python(&self) -> String {
        let python = self.arguments.python.as_ref();
        python.map(|python| format!(" --python {}", quoted(&python.display().to_string()))).unwrap_or_default()
    }
}

/// The folder as a shell takes it, where it isn't the one that the user is in.
fn folder(arguments: &InitArguments) -> Option<String> {
    let folder = arguments.folder.display().to_string();
    (folder != ".").then(|| quoted(&folder))
}

fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), |quoted| quoted.into_owned())
}

/// `41 % (35–47)`
fn share(hot: &Hot) -> String {
    let percent = |share: f64| format!("{:.0}", 100.0 * share);
    let share = hot.share;
    format!("{} % ({}–{})", percent(share.estimate), percent(share.low), percent(share.high))
}
