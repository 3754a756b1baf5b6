//! What the facts come to: pure functions.

mod limits;
mod memory;
mod neighbours;
mod processors;
mod profiling;
mod programs;
mod topic;
mod watchers;

use rustworthy_model::doctor::Finding;

use super::facts::Facts;
use topic::Topic;

/// Everything that was checked, worst first; of the same level the known before the unknown.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let machine = &facts.machine;
    let mut findings = programs::findings(facts);
    findings.push(watchers::finding(&facts.watchers));
    findings.extend(neighbours::findings(machine));
    findings.extend(limits::findings(machine));
    findings.extend(processors::findings(machine));
    findings.extend(memory::findings(machine));
    findings.extend(profiling::findings(machine));
    findings.sort_by_key(|finding: &Finding| (finding.level, finding.found.is_none()));
    findings
}

#[cfg(test)]
mod tests {
    use rustworthy_model::doctor::Level;

    use super::*;
    use crate::machine::{Machine, PythonBuild};

    /// All that is known of a system that reports nothing.
    fn silent() -> Facts {
        Facts {
            machine: Machine::default(),
            debug_program: false,
            python: PythonBuild::default(),
            watchers: Vec::new(),
        }
    }

    #[test]
    fn the_worst_comes_first_and_the_unknown_before_the_fine() {
        let findings = findings(&Facts { debug_program: true, ..silent() });
        assert!(findings.is_sorted_by_key(|finding| (finding.level, finding.found.is_none())));
        assert_eq!(findings[0].level, Level::Spoils);
    }

    #[test]
    fn names_are_told_once() {
        let findings = findings(&silent());
        let mut names: Vec<&str> = findings.iter().map(|finding| finding.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), findings.len());
    }

    #[test]
    fn what_a_system_does_not_tell_is_unknown_and_not_fine() {
        let known: Vec<String> =
            findings(&silent()).into_iter().filter(|one| one.found.is_some()).map(|one| one.name).collect();
        assert_eq!(known, ["processor affinity", "build of rustworthy", "build of Python", "watched Python"]);
    }

    #[test]
    fn what_is_fine_needs_no_remedy_and_what_spoils_has_one() {
        for finding in findings(&Facts { debug_program: true, ..silent() }) {
            match finding.level {
                Level::Fine => assert_eq!(finding.remedy, None, "{finding:?}"),
                Level::Spoils => assert!(finding.remedy.is_some(), "{finding:?}"),
                Level::Note => {}
            }
            assert!(finding.why.ends_with('.') && !finding.why.contains(". "), "one sentence: {finding:?}");
        }
    }
}
