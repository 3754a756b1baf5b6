//! A small recorded call in which a contender differs from the baseline, written as a test that fails.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustworthy_protocol::capture::{CALLS, ENCODING};
use rustworthy_protocol::{Raises, RecordedCalls};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::capture::REPLAYING;
use crate::context::Context;
use crate::manifest::{CapturedCalls, Contender, Equality, Input, Target, Workload};
use crate::process::{Ending, RunLimits, run};
use crate::workers::Workers;

const SOURCE: &str = include_str!("counterexample.py");

/// Seconds that are spent on making a call smaller, and those that all of it may take.
const SHRINKING: u64 = 5;
const ALL: Duration = Duration::from_secs(30);

/// A call that differs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Differing<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) contender: &'a Contender,
    /// The line of the capture.
    pub(crate) line: u64,
}

/// What the process reports.
#[derive(Deserialize)]
struct Report {
    /// Why there is no test.
    why: Option<String>,
}

/// The name of the test's file.
pub(crate) fn file_name(workload: &str, contender: &str) -> String {
    format!("{}.py", test_name(workload, contender))
}

fn test_name(workload: &str, contender: &str) -> String {
    format!("test_{workload}_{contender}").replace('-', "_")
}

/// The line that the first difference of recorded calls is in, as its detail begins.
pub(crate) fn line_of(detail: &str) -> Option<u64> {
    detail.strip_prefix("call ")?.split_once(':')?.0.parse().ok()
}

impl Differing<'_> {
    /// Makes the call smaller and writes the test into that folder, in a process of the project's Python.
    ///
    /// # Errors
    /// Why there is no test.
    pub(crate) fn write(&self, context: &Context<'_>, workers: &Workers, folder: &Path) -> Result<()> {
        let Self { workload, contender, line } = *self;
        // The process works in the project's folder.
        let folder = std::path::absolute(folder)?;
        let Input::Calls(CapturedCalls { calls, .. }) = &workload.input else { bail!("its calls weren't recorded") };
        let RecordedCalls { folder: capture, trusts_pickles, with_arguments, raises, streams } = calls;
        if streams.is_some() {
            bail!("streams aren't written into tests");
        }
        let (Some(baseline), Some(target)) = (workload.baseline().target(), contender.target()) else {
            bail!("it's no function in Python");
        };
        let equal = equal(&workload.equal)?;
        let own = tempfile::Builder::new().prefix("rustworthy-").tempdir()?;
        let parts = [("encoding", ENCODING), ("calls", CALLS), ("replaying", REPLAYING), ("counterexample", SOURCE)];
        for (name, text) in parts {
            fs::write(own.path().join(format!("{name}.py")), text)?;
        }
        let [order, report] = ["order.json", "report.json"].map(|name| own.path().join(name));
        let raises = match raises {
            Raises::Never => "never",
            Raises::Type => "type",
            Raises::Message => "message",
        };
        let written = json!({
            "capture": std::path::absolute(capture)?,
            "captured": baseline.to_string(),
            "trusts_pickles": trusts_pickles,
            "line": line,
            "baseline": baseline.to_string(),
            "contender": target.to_string(),
            "path": workers.python_path,
            "equal": equal,
            "with_arguments": with_arguments,
            "raises": raises,
            "seconds": SHRINKING,
            "test": test_name(&workload.name, &contender.name),
            "out": folder.join(file_name(&workload.name, &contender.name)),
            "report": report,
        });
        fs::write(&order, written.to_string())?;
        let mut command = Command::new(&workers.python);
        command.arg(own.path().join("counterexample.py")).arg(&order).current_dir(&workers.folder);
        command.envs(&workers.env).envs(&contender.env).env("PYTHONHASHSEED", "1");
        let limits = RunLimits { timeout: Some(ALL), cancel: Some(&context.cancel) };
        let finished = run(command, &limits, &mut |_| ()).context("can't start Python")?;
        match finished.ending {
            Ending::TimedOut => bail!("making it smaller took longer than {} s", ALL.as_secs()),
            Ending::Cancelled => bail!("interrupted"),
            Ending::Exited(_) if !report.exists() => bail!("the process ended early: {}", finished.quote()),
            Ending::Exited(_) => {}
        }
        let Report { why } = serde_json::from_slice(&fs::read(report)?).context("its report")?;
        match why {
            Some(why) => bail!("{why}"),
            None => Ok(()),
        }
    }
}

/// How outputs are compared, for the test.
fn equal(equality: &Equality) -> Result<Value> {
    Ok(match equality {
        Equality::Exact => json!({ "exact": true }),
        Equality::Value => json!({}),
        Equality::Tolerance { relative, absolute } => json!({ "relative": relative, "absolute": absolute }),
        Equality::Callable(Target { module, callable, .. }) => json!({ "callable": format!("{module}:{callable}") }),
        Equality::Except { .. } => bail!("`ignore` and `unordered` aren't written into tests"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_difference_stands_first_in_its_detail() {
        assert_eq!(line_of("call 17: [0]: 1 is expected, not 2 (3 other calls differ too)"), Some(17));
        assert_eq!(line_of("calls differ"), None);
        assert_eq!(line_of("call f: x"), None);
    }
}
