//! What a reader of a crate should know.

use std::fmt::{self, Write as _};

use rustworthy_model::figures;

use super::{Price, Sheet};
use crate::new_crate::names::{BODY_BEGINS, BODY_ENDS, capture_target};
use crate::new_crate::types::calls;

/// Where it stands within the crate.
pub(in crate::new_crate) const README: &str = "README.md";

/// `README.md`.
pub(super) fn text(sheet: &Sheet<'_>) -> String {
    let Sheet { names, facts, proposals, .. } = sheet;
    let mut text = String::new();
    let out = &mut text;
    let _ = writeln!(
        out,
        "# `{function}` in Rust\n\n\
         `{module}:{name}` stands for `{function}`. Its body, in `src/lib.rs` between `{BODY_BEGINS}` and `{BODY_ENDS}`,\n\
         calls the function in Python, so that it's equal from the start. Write it in Rust, and after each edit ask:\n\n\
         ```console\n$ rustworthy new --check {package}\n$ python -m pytest {shown}/tests\n```\n",
        function = facts.function,
        module = names.module,
        name = facts.name,
        package = names.package,
        shown = names.shown,
    );
    let _ = writeln!(
        out,
        "`call.original()` answers with the function in Python, wherever the body doesn't know better; it costs a call more.\n\
         The code of the function is in module `{}`, line {}.\n",
        facts.function.split(':').next().unwrap_or_default(),
        facts.line,
    );
    out.push_str(&in_use(sheet));
    out.push_str("## Arguments\n\n");
    match sheet.capture {
        Some(capture) => {
            let _ = writeln!(
                out,
                "Types are proposed by {} that were recorded of {} (`capture:{}`), the cheapest first. A value of another type is\n\
                 answered by Python, and `fallbacks()` counts it.\n",
                calls(capture.kept),
                figures::count(capture.calls),
                capture.name
            );
        }
        None => {
            let _ = writeln!(
                out,
                "No calls were recorded: types are those of plain annotations, and whatever has none crosses as it is. Record calls, and\n\
                 make the crate again in another folder to see what they propose:\n\n\
                 ```console\n$ rustworthy capture {} -- python app.py\n```\n",
                capture_target(&facts.function)
            );
        }
    }
    out.push_str("| argument | in the body | recorded | left to Python |\n| --- | --- | --- | --- |\n");
    for one in *proposals {
        let _ = writeln!(out, "| `{}` | `{}` | {} | {} |", one.name, cell(&one.rust), cell(&one.seen), one.left);
    }
    for (why, count) in unrecordable(sheet) {
        let _ = writeln!(
            out,
            "\nOf {} the arguments couldn't be written down ({why}): leave such calls to Python, by `call.original()`.",
            calls(count)
        );
    }
    let price = sheet.price.map_or_else(
        || {
            "What crossing the boundary costs isn't measured: `rustworthy new` does where calls are recorded."
                .to_owned()
        },
        |price| format!("The boundary: {price}"),
    );
    let _ = writeln!(out, "\n{price}\n");
    out.push_str(&ledger(sheet));
    text
}

/// How it's put to use.
fn in_use(sheet: &Sheet<'_>) -> String {
    let facts = sheet.facts;
    let mut text = format!(
        "## In use\n\n```python\nimport {module}\n\n{module}.replace()      # everybody who calls `{function}` calls Rust now; restore() undoes it\n```\n\n\
         The function stays the same object and is given other code, so that names in other modules, partials and tables call Rust too.\n",
        module = sheet.names.module,
        function = facts.function,
    );
    let more = [
        (sheet.is_method(), "Classes that override the method keep their own, and `super()` reaches Rust."),
        (facts.kind == super::Binding::ClassMethod, "Calls on derived classes are left to Python."),
        (facts.is_decorated, "What is replaced is the function that the decorator wraps; the decorator stays."),
        (
            facts.is_async,
            "It's a coroutine function: the body runs in a thread, and what the function in Python awaits is awaited in the loop. Release the GIL in the body with `call.py.detach`.",
        ),
        (
            facts.is_recursive,
            "It calls itself: calls within a call that Python answers are left to Python, so that there is one crossing however deep it goes.",
        ),
    ];
    for (_, words) in more.iter().filter(|(is_so, _)| *is_so) {
        let _ = writeln!(text, "{words}");
    }
    text.push('\n');
    text
}

/// Calls that couldn't be recorded, by reason.
fn unrecordable<'a>(sheet: &'a Sheet<'_>) -> impl Iterator<Item = (&'a str, u64)> {
    sheet.capture.into_iter().flat_map(|capture| capture.unrecordable.iter().map(|one| (one.why.as_str(), one.count)))
}

/// Where Rust differs by nature.
fn ledger(sheet: &Sheet<'_>) -> String {
    let kept = sheet.capture.map_or(0, |capture| capture.kept);
    let mut text = String::from("## Where Rust differs by nature\n\n");
    let (met, unmet): (Vec<_>, Vec<_>) = sheet.ledger.iter().partition(|row| row.calls > 0 || row.in_source);
    let of = if kept > 0 { format!("of {} recorded", calls(kept)) } else { "recorded calls".to_owned() };
    let _ = writeln!(text, "| what | {of} | in the code | |\n| --- | --- | --- | --- |");
    for row in met {
        let in_source = if row.in_source { "yes" } else { "" };
        let _ = writeln!(text, "| {} | {} | {in_source} | {} |", row.topic, row.calls, cell(row.differs));
    }
    if !unmet.is_empty() {
        text.push_str("\nNeither the recorded calls nor the code show these:\n\n");
        for row in unmet {
            let _ = writeln!(text, "- {}: {}.", row.topic, row.differs);
        }
    }
    text
}

/// Words in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |value: &rustworthy_model::Estimate| {
            format!(
                "{} [{}, {}]",
                figures::seconds(value.estimate),
                figures::seconds(value.low),
                figures::seconds(value.high)
            )
        };
        write!(
            formatter,
            "handing over the arguments of a recorded call and its result takes {}, of {} that the call takes in Python; so Rust that reads \
             all of them is {} as fast at most.",
            time(&self.crossing),
            time(&self.python),
            figures::factor(self.python.estimate / self.crossing.estimate.max(f64::MIN_POSITIVE)),
        )
    }
}
