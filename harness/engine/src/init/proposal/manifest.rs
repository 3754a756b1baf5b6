//! The manifest.

use super::inputs::inputs;
use super::scenarios::{ScenarioProposal, scenarios};
use super::text::{Text, percent, quoted};
use crate::init::facts::{Facts, Package, Problem};
use crate::init::hot::Hot;
use crate::init::observe::{Observed, counted};
use crate::init::recorded::{LeftOut, Recorded};

/// Functions that are listed, at most.
const MOST_LISTED: usize = 15;

/// Entries of any other list.
const MOST_ENTRIES: usize = 20;

/// All that is known of a project.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What its files say.
    pub facts: &'a Facts,
    /// What running it has shown.
    pub observed: &'a Observed,
    /// Recorded calls that become workloads.
    pub recorded: &'a [Recorded],
    /// Functions that don't, and why.
    pub left_out: &'a [LeftOut],
    /// Its file of requirements, and whether measuring needs an environment that has them.
    pub requirements: Option<(&'a str, bool)>,
    /// The name of the module that makes requests, without its ending.
    pub inputs: &'a str,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The manifest.
    pub manifest: String,
    /// The module that makes requests; `None` where no scenario needs one.
    pub inputs: Option<String>,
    /// Names of its workloads.
    pub workloads: Vec<String>,
    /// Its scenarios, those that can't run yet included.
    pub scenarios: Vec<ScenarioProposal>,
    /// Functions that calls may be recorded of next, the most promising first.
    pub candidates: Vec<String>,
}

/// Proposes a manifest.
pub fn propose(known: &Known<'_>) -> Proposal {
    let scenarios = scenarios(known.facts, &known.observed.routes);
    let inputs = inputs(&scenarios);
    let candidates = candidates(known);
    let mut text = Text::default();
    text.comment("What rustworthy can measure of this project. `rustworthy init` has written it; it's yours to edit.");
    text.comment("`rustworthy list` shows it, `rustworthy compare all --quick` measures it.");
    text.gap();
    project(&mut text, known, inputs.is_some());
    found(&mut text, known);
    workloads(&mut text, known);
    hot(&mut text, known);
    left_out(&mut text, known.left_out);
    candidates_text(&mut text, known, &candidates);
    applications(&mut text, &scenarios, known.inputs);
    let workloads = known.recorded.iter().map(|one| one.capture.name.clone()).collect();
    Proposal { manifest: text.into_string(), inputs, workloads, scenarios, candidates }
}

fn project(text: &mut Text, known: &Known<'_>, has_inputs: bool) {
    let mut roots = known.facts.roots();
    for function in known.recorded.iter().filter_map(|one| known.facts.function(&one.capture.function)) {
        if !roots.contains(&function.root.as_str()) {
            roots.push(&function.root);
        }
    }
    // The module that makes requests stands beside the manifest.
    if has_inputs && !roots.contains(&"") {
        roots.insert(0, "");
    }
    if roots.is_empty() {
        roots.push("");
    }
    let roots: Vec<String> = roots.iter().map(|root| quoted(if root.is_empty() { "." } else { root })).collect();
    text.line("[project]");
    text.line(&format!("python-path = [{}]    # where its modules are found from", roots.join(", ")));
    match known.requirements {
        Some((file, true)) => {
            text.line(&format!("requirements = {}    # installed into a cached environment of its own", quoted(file)));
        }
        Some((file, false)) => {
            text.comment(&format!(
                "requirements = {}    # to have them installed into a cached environment",
                quoted(file)
            ));
        }
        None => {}
    }
    if let Some(build) = known.facts.builds.first() {
        text.comment(&format!(
            "Some of its modules are native ({build}). They have to be built where they are found from: \
             build = [\"python\", \"-m\", \"pip\", \"install\", \"-e\", \".\"]"
        ));
    }
    text.gap();
}

/// What was found, as far as it's no table.
fn found(text: &mut Text, known: &Known<'_>) {
    let Facts { packages, modules, tests, scripts, problems, limits, .. } = known.facts;
    text.comment("What is here:");
    let package = |one: &Package| {
        format!("package {} ({}{})", one.name, one.folder, if one.namespace { ", a part of a namespace" } else { "" })
    };
    entries(text, packages.iter().map(package));
    entries(text, modules.iter().map(|one| format!("module {} ({})", one.module, one.file)));
    if tests.count > 0 {
        let benchmarks = match tests.benchmarks.len() {
            0 => String::new(),
            number => format!(", {number} of them timed by pytest-benchmark"),
        };
        let files = counted(tests.files as usize, "file", "files");
        text.entry(&format!("{} in {files}{benchmarks}", counted(tests.count as usize, "test", "tests")));
    }
    entries(text, scripts.iter().map(|one| format!("console script {}, which is {}", one.name, one.target)));
    let problem = |one: &Problem| {
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("left out: {}{line} {}", one.file, one.what)
    };
    entries(text, problems.iter().map(problem));
    entries(text, limits.iter().map(|limit| format!("left out: {limit}")));
    text.gap();
}

fn entries(text: &mut Text, entries: impl ExactSizeIterator<Item = String>) {
    let more = entries.len().saturating_sub(MOST_ENTRIES);
    entries.take(MOST_ENTRIES).for_each(|entry| text.entry(&entry));
    if more > 0 {
        text.entry(&format!("and {more} more"));
    }
}

/// Recorded calls.
fn workloads(text: &mut Text, known: &Known<'_>) {
    for (place, Recorded { capture }) in known.recorded.iter().enumerate() {
        text.gap();
        let function = known.facts.function(&capture.function);
        let at = function.map(|one| format!(", {}:{}", one.file, one.line)).unwrap_or_default();
        let share = known.observed.hot.iter().find(|hot| hot.function.target() == capture.function);
        let share = share.map(|hot| format!(": {} of the time in functions of this project", percent(&hot.share)));
        text.comment(&format!("{}{at}{}", capture.function, share.unwrap_or_default()));
        let purity = capture.purity.as_ref();
        if purity.is_some_and(|purity| purity.mutates) {
            text.comment("It changes its arguments, which is compared too.");
        }
        if let Some(reads) = purity.map(|purity| purity.reads.join(", ")).filter(|reads| !reads.is_empty()) {
            text.comment(&format!("It reads {reads}; the same came of the same calls all the same."));
        }
        capture.workload.lines().for_each(|line| text.line(line));
        if place == 0 {
            text.gap();
            text.comment("What it's compared with is called in the same way, and has to give the same:");
            text.commented(&format!(
                "[workload.{}.contender.faster]\npython = \"your_module:your_function\"\nkind = \"rust\"    # python | library | algorithm | compiler | interpreter | rust",
                capture.name
            ));
        }
    }
}

/// Where the time went.
fn hot(text: &mut Text, known: &Known<'_>) {
    let Some(ran) = &known.observed.ran else { return };
    text.gap();
    if known.observed.hot.is_empty() {
        text.comment(&format!(
            "`{}` ran for {:.1} s, and no function of this project was seen at work meanwhile.",
            ran.command, ran.seconds
        ));
        return;
    }
    text.comment(&format!(
        "Where the time of `{}` goes ({:.1} s, {}): time in a function and in what it calls of others, as a share of all time in functions of this project.",
        ran.command,
        ran.seconds,
        counted(ran.samples as usize, "sample", "samples")
    ));
    let workload = |hot: &Hot| {
        let target = hot.function.target();
        let recorded = known.recorded.iter().find(|one| one.capture.function == target);
        match (recorded, &hot.native) {
            (Some(recorded), None) => format!("[workload.{}]", recorded.capture.name),
            (Some(recorded), Some(library)) => {
                format!("[workload.{}], native: most of it is in code of {library}", recorded.capture.name)
            }
            (None, Some(library)) => {
                format!("native: most of it is in {library}, which a rewrite wouldn't make faster")
            }
            (None, None) => hot.function.unfit().map(str::to_owned).unwrap_or_default(),
        }
    };
    let row = |hot: &Hot| format!("{}  {}  {}", percent(&hot.share), hot.function.target(), workload(hot));
    known.observed.hot.iter().take(MOST_LISTED).for_each(|hot| text.entry(row(hot).trim_end()));
    if known.observed.hot.len() > MOST_LISTED {
        text.entry(&format!("and {} more, which have less", known.observed.hot.len() - MOST_LISTED));
    }
}

fn left_out(text: &mut Text, left_out: &[LeftOut]) {
    if left_out.is_empty() {
        return;
    }
    text.gap();
    text.comment("Looked at, and no workload, since it wouldn't run or compare as it is:");
    left_out.iter().for_each(|one| text.entry(&format!("{}: {}", one.function, one.why)));
}

/// Functions that are worth a look, and aren't workloads.
fn candidates(known: &Known<'_>) -> Vec<String> {
    let Facts { tests, .. } = known.facts;
    let hot = known.observed.hot.iter().map(|hot| hot.function.target());
    let names = hot.chain(tests.timed.iter().cloned()).chain(tests.called.iter().cloned());
    let mut chosen: Vec<String> = Vec::new();
    for name in names {
        let is_known = known.recorded.iter().any(|one| one.capture.function == name)
            || known.observed.captures.iter().any(|capture| capture.function == name);
        if chosen.len() < MOST_LISTED && known.facts.is_fit(&name) && !is_known && !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    chosen
}

fn candidates_text(text: &mut Text, known: &Known<'_>, candidates: &[String]) {
    let Some(first) = candidates.first() else { return };
    // Where something has run, these are the ones that matter less.
    if known.observed.ran.is_some() && !known.recorded.is_empty() {
        return;
    }
    text.gap();
    text.comment("Functions that tests name, or that were seen at work. A workload needs an input, for which real calls are recorded:");
    let how = known.facts.pytest_option().unwrap_or_else(|| "-- python app.py".to_owned());
    text.entry(&format!("rustworthy capture {first} {how}"));
    text.comment("It prints the workload to put here, such as:");
    let name = dashed(first);
    text.commented(&format!(
        "[workload.{name}]\ninput = \"capture:{name}\"\nsizes = {{ default = 200, quick = 50 }}    # calls\n\n\
         [workload.{name}.contender.python]\npython = {}\nbaseline = true",
        quoted(first)
    ));
    if candidates.len() > 1 {
        text.comment(&format!("Others: {}", candidates[1..].join(", ")));
    }
}

/// The name that a capture of a function has, near enough for an example.
fn dashed(function: &str) -> String {
    let callable = function.rsplit(':').next().unwrap_or(function);
    let words = callable.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    if name.is_empty() { "name".to_owned() } else { name }
}

fn applications(text: &mut Text, scenarios: &[ScenarioProposal], inputs: &str) {
    for scenario in scenarios {
        text.gap();
        let ScenarioProposal { application, place, framework, .. } = scenario;
        let by = framework.as_ref().map(|framework| format!(", made by {framework}")).unwrap_or_default();
        text.comment(&format!("{application} ({place}){by}"));
        match &scenario.paths {
            Ok(paths) => {
                let paths = counted(paths.len(), "path", "paths");
                text.comment(&format!(
                    "`rustworthy attribute {}` tells which functions make up its p99. {inputs}.py asks for {paths} by GET.",
                    scenario.name
                ));
                scenario.table(inputs).lines().for_each(|line| text.line(line));
            }
            Err(why) => {
                text.comment(&format!("Not ready: {why}."));
                text.comment("Write a function(count, seed) that returns requests, such as {\"path\": \"/\"}, name it, and remove the #:");
                text.commented(&scenario.table("your_module"));
            }
        }
    }
}
