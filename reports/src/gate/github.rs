//! The gate as workflow commands, from which GitHub Actions makes annotations.

use rustworthy_model::gate::{Gate, Verdict};

use super::view::{GateView, Row, Standing};

/// The title of annotations that are about the whole run.
const TITLE: &str = "rustworthy gate";

/// The gate as workflow commands of GitHub Actions, each on a line of its own, and nothing else.
///
/// The verdict comes first, then what changed, worst first, then warnings: GitHub shows but the first ten errors, ten
/// warnings and ten notices of a step. Escaped as in GitHub's own [toolkit].
///
/// [toolkit]: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
pub fn github(gate: &Gate) -> String {
    let view = GateView::new(gate);
    let level = match view.verdict {
        Verdict::Pass => "notice",
        Verdict::Regressed => "error",
        Verdict::Inconclusive => "warning",
    };
    let (changed, _) = view.changed_and_unchanged();
    let verdict = [&view.finding, &view.tally, &view.levels].map(String::as_str).join("\n");
    let warnings = view.warnings.iter().map(|warning| command("warning", TITLE, warning));
    [command(level, TITLE, &verdict)].into_iter().chain(changed.iter().map(annotation)).chain(warnings).collect()
}

fn annotation(row: &Row) -> String {
    let level = match row.standing {
        Standing::Regressed | Standing::Failed | Standing::Different => "error",
        Standing::Inconclusive | Standing::Missing => "warning",
        Standing::New | Standing::Skipped | Standing::Improved | Standing::Fewer | Standing::Unchanged => "notice",
    };
    command(level, &format!("{}: {}", row.name(), row.standing.word()), &row.lines().join("\n"))
}

fn command(level: &str, title: &str, message: &str) -> String {
    format!("::{level} title={}::{}\n", property(title), data(message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property, which ends at a comma or colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the runner makes of an escaped property.
    fn read_back(escaped: &str) -> String {
        let rest = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
        rest.iter().fold(escaped.to_owned(), |text, (code, character)| text.replace(code, character))
    }

    #[test]
    fn what_is_escaped_already_is_escaped_again() {
        assert_eq!(property("a:b,c 5%\r\n%0A"), "a%3Ab%2Cc 5%25%0D%0A%250A");
        assert_eq!(data("a:b,c"), "a:b,c");
    }

    proptest! {
        #[test]
        fn any_title_and_message_stay_on_one_line_and_read_back(title in "(?s).*", message in "(?s).*") {
            let line = command("error", &title, &message);
            prop_assert_eq!(line.lines().count(), 1);
            let (escaped_title, escaped_message) =
                line.trim_end_matches('\n').strip_prefix("::error title=").unwrap().split_once("::").unwrap();
            prop_assert_eq!(read_back(escaped_title), title);
            prop_assert_eq!(read_back(escaped_message), message);
        }
    }
}
