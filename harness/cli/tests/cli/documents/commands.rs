//! Commands that documents show exist, with the options that they are shown with.

use std::collections::BTreeMap;

use super::super::support::Project;
use super::{pages, text};

/// What follows `rustworthy` in a line of a document, if it shows a command.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("$ ");
    let start = ["rustworthy ", "cargo run -- ", "cargo run --locked -- "];
    let rest = start.iter().find_map(|start| line.strip_prefix(start))?;
    let command = rest.split(['#', '>', '|']).next().unwrap_or_default().trim();
    command.starts_with(|first: char| first.is_ascii_lowercase()).then_some(command)
}

#[test]
fn commands_in_documents_exist_with_their_options() {
    let project = Project::new(&[]);
    let mut helps = BTreeMap::new();
    let mut checked = 0;
    for page in pages() {
        let text = text(&page);
        let shown = text.split("```console").skip(1).filter_map(|block| block.split("```").next());
        for command in shown.flat_map(str::lines).filter_map(command) {
            let mut words = command.split_whitespace().take_while(|word| *word != "--");
            let name = words.next().expect("a command").to_owned();
            let help = helps.entry(name.clone()).or_insert_with(|| {
                let ran = project.run(&[&name, "--help"]);
                assert_eq!(ran.code, Some(0), "{}: {command}\n{ran}", page.display());
                ran.stdout
            });
            for option in words.filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap_or(option);
                assert!(help.contains(option), "{}: {command}: there is no {option}", page.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} commands");
}

#[test]
fn lines_that_show_no_command_are_left_alone() {
    assert_eq!(command("$ rustworthy gate --against origin/main   # exit code"), Some("gate --against origin/main"));
    assert_eq!(command("  rustworthy gate --format markdown > gate.md"), Some("gate --format markdown"));
    assert_eq!(command("$ cargo run -- compare all --quick"), Some("compare all --quick"));
    assert_eq!(command("rustworthy --version"), None);
    assert_eq!(command("regressed: 1 of 2 benchmarks"), None);
}
