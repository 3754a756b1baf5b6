//! The table of a workload that stands for a function, to be pasted into the manifest.

use crate::manifest::{Location, Project, Target};

/// What stands where a callable has yet to be named.
const INPUT: &str = "MODULE:INPUT";
const CONTENDER: &str = "MODULE:CONTENDER";

/// A workload for a function that none stands for: valid TOML, in which the input and a contender are left to name. `None` for
/// what can't be called by its name.
pub(super) fn block(function: &str, project: &Project) -> Option<String> {
    let target = Target::parse(function, Location::default()).ok()?;
    let name = free_name(&target.callable, project);
    let own = target.callable.rsplit('.').next().unwrap_or_default();
    Some(format!(
        "# A contender is called with one argument, the input. For a method, or a function of several arguments, write\n\
         #     def {own}_one(arguments): return {callable}(*arguments)\n\
         # and name that in place of it as the contender `now`; `replaces` stays.\n\
         [workload.{name}]\n\
         input = \"{INPUT}\"     # (size, seed) -> its only argument\n\
         sizes = {{ default = 100 }}\n\
         replaces = \"{function}\"\n\
         \n\
         [workload.{name}.contender.now]\n\
         python = \"{function}\"\n\
         baseline = true\n\
         \n\
         [workload.{name}.contender.faster]\n\
         python = \"{CONTENDER}\"\n",
        callable = target.callable
    ))
}

/// A name for the workload that no other has.
fn free_name(callable: &str, project: &Project) -> String {
    let letters = callable.chars().map(|letter| letter.to_ascii_lowercase());
    let dashed: String = letters.map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    // On the command line `all` stands for every workload.
    let name = Some(words.join("-")).filter(|name| !name.is_empty() && name != "all").unwrap_or("function".to_owned());
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let is_free = |name: &String| project.workloads.iter().all(|workload| workload.name != *name);
    [name.clone()].into_iter().chain(numbered).find(is_free).unwrap_or_default()
}
