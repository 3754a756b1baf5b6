use clap::CommandFactory;

use super::*;

#[test]
fn every_command_has_examples_that_can_be_given() {
    let mut commands = 0;
    for command in Arguments::command().get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let help = command.render_help().to_string();
        let (_, examples) = help.split_once("Examples:").unwrap_or_else(|| panic!("{help}"));
        let examples: Vec<&str> =
            examples.lines().map(str::trim).filter(|line| line.starts_with("rustworthy ")).collect();
        assert!(examples.len() > 1, "{help}");
        for example in examples {
            // What a shell does with the output is its own.
            let given = example.split(' ').take_while(|word| !["|", ">"].contains(word));
            let parsed = Arguments::try_parse_from(given);
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            assert_eq!(example.split(' ').nth(1), Some(command.get_name()));
        }
        commands += 1;
    }
    assert!(commands > 7, "{commands}");
}

#[test]
fn a_table_may_be_called_text_and_text_a_table() {
    for command in
        ["list", "compare all", "profile w", "attribute s", "decide", "report", "doctor", "gate --against HEAD"]
    {
        for format in ["table", "text"] {
            let words = format!("rustworthy {command} --format {format}");
            assert!(Arguments::try_parse_from(words.split(' ')).is_ok(), "{words}");
        }
    }
}

#[test]
fn the_version_names_commit_and_python() {
    let version = Arguments::command().render_version();
    assert!(version.starts_with(concat!("rustworthy ", env!("CARGO_PKG_VERSION"), " (")), "{version}");
    assert!(version.contains("embeds Python 3."), "{version}");
}
