//! Recorded calls, as GitHub-flavoured Markdown.

use rustworthy_model::capture::Capture;

use super::{code_block, escape, grid, warning};
use crate::capture::words;
use crate::visible::line;

/// What was recorded of a function, and the workload for it. Names from the program are escaped.
pub fn capture(capture: &Capture) -> String {
    let facts = words::facts(capture);
    let facts = facts.iter().map(|(name, value)| [escape(name), escape(line(value))]);
    let mut blocks = vec![format!("## {}", escape(line(&capture.function)))];
    blocks.push(grid(&["what", "is"], &["---", "---"], facts));
    blocks.extend(words::warnings(capture).iter().map(|text| warning(&line(text))));
    blocks.push(code_block("toml", &capture.workload));
    blocks.join("\n\n") + "\n"
}
