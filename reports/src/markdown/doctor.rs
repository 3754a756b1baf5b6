//! What the doctor found, as GitHub-flavoured Markdown.

use rustworthy_model::doctor::{Doctor, Finding, Remedy};
use rustworthy_model::environment::Noise;

use super::{code, dash, escape, grid};
use crate::doctor::words;
use crate::visible::line;
use crate::words::heading;

/// What is measured with and on, and everything that was found, as Markdown with GitHub's tables.
///
/// Names from the machine, such as those of processes, are escaped.
pub fn doctor(doctor: &Doctor) -> String {
    let facts = words::facts(&doctor.environment);
    let facts = facts.iter().map(|(name, value)| [escape(name), escape(value)]);
    let mut blocks = vec![grid(&["what", "is"], &["---", "---"], facts), findings(&doctor.findings)];
    blocks.extend(doctor.noise.iter().flat_map(noise));
    blocks.join("\n\n") + "\n"
}

fn findings(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|finding| {
        [
            words::level(finding).to_owned(),
            escape(words::finding(finding)),
            escape(line(&finding.why)),
            finding.remedy.as_ref().map_or_else(dash, remedy),
        ]
    });
    grid(&[heading::LEVEL, heading::FOUND, heading::WHY, heading::REMEDY], &["---"; 4], rows)
}

fn remedy(remedy: &Remedy) -> String {
    let advice = escape(line(&remedy.advice));
    // GitHub takes a bar for the end of a cell even within a code span, unless it's escaped.
    let command = remedy.command.as_ref().map(|command| code(&line(command)).replace('|', "\\|"));
    command.map_or_else(|| advice.clone(), |command| format!("{advice}<br>{command}"))
}

fn noise(noise: &Noise) -> Vec<String> {
    let [python, rust] = words::detectable(noise);
    let rows = [python, rust, (heading::TEST, words::test(noise))];
    let rows = rows.iter().map(|(name, value)| [escape(name), escape(value)]);
    let sentence = format!("**{}**", escape(words::sentence(noise)));
    vec![format!("## {}", heading::NOISE), sentence, grid(&["what", "found"], &["---", "---"], rows)]
}
