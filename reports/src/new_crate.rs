//! Renderings of a crate that was made, and of how it does.

use rustworthy_model::figures::{count, factor, interval, seconds};
use rustworthy_model::new_crate::{Argument, Check, LedgerRow, NewCrate};

use crate::markdown::{code_block, escape, grid};
use crate::table::{Page, TableOptions, TextStyle};
use crate::visible::line;

/// What was made, and how it does: for a terminal. Lines of the workload are never broken, so that they can be copied.
pub fn text(made: &NewCrate, options: &TableOptions) -> String {
    let mut page = Page::new(options);
    page.line(&TextStyle::Bold.paint(&line(&made.function), options.color));
    let facts: Vec<(&str, String)> = facts(made).into_iter().map(|(name, value)| (name, line(&value))).collect();
    page.pairs(&facts);
    page.blank();
    // Commands are never broken, so that they can be copied.
    for (when, command) in commands(made) {
        page.line(&line(&format!("{when:15}  {command}")));
    }
    page.blank();
    // Of many parameters few are ever given.
    let is_given = |one: &&Argument| one.given > 0 || made.recorded_calls == 0;
    let (given, omitted): (Vec<&Argument>, Vec<&Argument>) = made.arguments.iter().partition(is_given);
    let width = given.iter().map(|one| one.name.chars().count()).max().unwrap_or_default();
    for one in given {
        let left = if one.left_to_python > 0 {
            format!("; {} left to Python", count(one.left_to_python))
        } else {
            String::new()
        };
        page.line(&line(&format!("  {:width$}  {}    {}{left}", one.name, one.rust, one.recorded)));
    }
    if !omitted.is_empty() {
        let names: Vec<&str> = omitted.iter().map(|one| one.name.as_str()).collect();
        page.paragraph(TextStyle::Plain, &line(&format!("left out in all calls: {}", names.join(", "))), "  ", "    ");
    }
    if !made.arguments.is_empty() {
        page.blank();
    }
    let rows: Vec<&LedgerRow> = met(made).collect();
    if !rows.is_empty() {
        page.line("Rust differs by nature in what these meet:");
        for row in rows {
            page.line(&line(&format!("  {}: {}", row.topic, where_met(row))));
        }
        page.blank();
    }
    for words in made.workload.lines() {
        page.line(&line(words));
    }
    page.text
}

/// The same as GitHub-flavoured Markdown. Names from the program are escaped.
pub fn markdown(made: &NewCrate) -> String {
    let facts = facts(made);
    let facts = facts.iter().map(|(name, value)| [escape(name), escape(line(value))]);
    let mut blocks = vec![format!("## {}", escape(line(&made.function)))];
    blocks.push(grid(&["what", "is"], &["---", "---"], facts));
    let arguments = made.arguments.iter().map(|one| {
        [
            escape(line(&one.name)),
            format!("`{}`", line(&one.rust)),
            escape(line(&one.recorded)),
            count(one.left_to_python),
        ]
    });
    blocks.push(grid(
        &["argument", "in Rust", "recorded", "left to Python"],
        &["---", "---", "---", "---:"],
        arguments,
    ));
    let commands = commands(made).map(|(when, command)| format!("# {when}\n{command}"));
    blocks.push(code_block("sh", &commands.join("\n")));
    let rows = made.ledger.iter().map(|row| [escape(&row.topic), where_met(row), escape(&row.differs)]);
    blocks.push(grid(&["Rust differs in", "met by", "how"], &["---", "---", "---"], rows));
    blocks.push(code_block("toml", &made.workload));
    blocks.join("\n\n") + "\n"
}

/// How a crate does, in a line for a terminal.
pub fn check_text(package: &str, check: &Check, options: &TableOptions) -> String {
    let mut page = Page::new(options);
    page.line(&line(&format!("{package}: {}", verdict(check))));
    page.text
}

/// The same as GitHub-flavoured Markdown.
pub fn check_markdown(package: &str, check: &Check) -> String {
    format!("**{}**: {}\n", escape(line(package)), escape(line(&verdict(check))))
}

fn facts(made: &NewCrate) -> Vec<(&'static str, String)> {
    let recorded = match &made.capture {
        Some(name) => format!("{} recorded calls, capture:{name}", count(made.recorded_calls)),
        None => "no calls are recorded, so types are those of annotations".to_owned(),
    };
    let mut facts = vec![("crate", format!("{}, in {}", made.package, made.folder)), ("by", recorded)];
    if let (Some(crossing), Some(python)) = (made.crossing_seconds, made.python_seconds) {
        let room = factor(python.estimate / crossing.estimate.max(f64::MIN_POSITIVE));
        facts.push((
            "boundary",
            format!(
                "{} {} a call, of {} in Python: {room} at most",
                seconds(crossing.estimate),
                interval(&crossing),
                seconds(python.estimate)
            ),
        ));
    }
    if let Some(check) = &made.check {
        facts.push(("now", verdict(check)));
    }
    facts.push(("body", format!("{}/src/lib.rs, between its two markers", made.folder)));
    facts
}

/// What to run, and when.
fn commands(made: &NewCrate) -> [(&'static str, String); 2] {
    [("after each edit", format!("rustworthy new --check {}", made.package)), ("its test", made.test.clone())]
}

fn verdict(check: &Check) -> String {
    if !check.builds {
        return "it doesn't build".to_owned();
    }
    match (check.equal, &check.first_difference, &check.speedup) {
        (Some(true), _, Some(speedup)) => {
            format!("builds, equal, {} as fast ({})", factor(speedup.estimate), interval(speedup))
        }
        (Some(true), ..) => "builds, equal; how fast isn't known".to_owned(),
        (Some(false), Some(difference), _) => format!("builds, differs: {difference}"),
        (Some(false), None, _) => "builds, differs".to_owned(),
        (None, ..) => "builds; whether it's equal isn't known".to_owned(),
    }
}

fn met(made: &NewCrate) -> impl Iterator<Item = &LedgerRow> {
    made.ledger.iter().filter(|row| row.calls > 0 || row.in_source)
}

fn where_met(row: &LedgerRow) -> String {
    let calls = format!("{} call{}", count(row.calls), if row.calls == 1 { "" } else { "s" });
    match (row.calls, row.in_source) {
        (0, true) => "the code".to_owned(),
        (0, false) => "nothing".to_owned(),
        (_, true) => format!("{calls}, and the code"),
        (_, false) => calls,
    }
}
