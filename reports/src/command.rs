//! Commands that measure something again, as one would type them.

/// Options that decide what is measured, how and where.
const MEASURING: [&str; 14] = [
    "--budget",
    "--confidence",
    "--fail-over",
    "--fail-over-memory",
    "--fail-over-p99",
    "--manifest",
    "--memory",
    "--metric",
    "--precision",
    "--project",
    "--python",
    "--seed",
    "--size",
    "--timeout",
];

/// Those of them that have no value.
const FLAGS: [&str; 3] = ["--allow-environment-change", "--offline", "--quick"];

/// What a command says of the measuring beside the choice of what is measured.
pub(crate) fn kept(command: &[String]) -> impl Iterator<Item = &str> {
    command.iter().enumerate().flat_map(move |(place, word)| {
        let length = match word.split_once('=') {
            Some((option, _)) => usize::from(MEASURING.contains(&option)),
            None if FLAGS.contains(&word.as_str()) => 1,
            None => 2 * usize::from(MEASURING.contains(&word.as_str())),
        };
        command[place..].iter().take(length).map(String::as_str)
    })
}

/// The comparison of one contender with its baseline alone, measured as a whole run was.
pub(crate) fn alone(run: &[String], workload: &str, contender: &str) -> String {
    let filter = format!("{workload}:{contender}");
    typed(["rustworthy", "compare", workload, "--filter", &filter].into_iter().chain(kept(run)))
}

/// Words as one would type them into a shell.
pub(crate) fn typed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(shell_word).collect::<Vec<_>>().join(" ")
}

/// A word as a POSIX shell reads it back.
fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        command.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_was_measured_how_is_kept_and_nothing_else() {
        let command =
            words("rustworthy gate w --against main --size 30 --quick --budget=3s --filter a --format json -q");
        assert_eq!(kept(&command).collect::<Vec<_>>(), ["--size", "30", "--quick", "--budget=3s"]);
        assert_eq!(kept(&["--size".to_owned()]).collect::<Vec<_>>(), ["--size"]);
    }

    #[test]
    fn one_contender_is_measured_as_the_whole_run_was() {
        let command = words("rustworthy compare all --precision 1% --out here --quick");
        assert_eq!(
            alone(&command, "prices", "it's"),
            r"rustworthy compare prices --filter 'prices:it'\''s' --precision 1% --quick"
        );
    }
}
