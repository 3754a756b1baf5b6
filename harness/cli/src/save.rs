//! The files of a run: the whole result, and the page to read it on.

use std::io;

use rustworthy_engine::context::Finding;
use rustworthy_engine::store::RunFolder;
use rustworthy_reports::decision::in_words;
use rustworthy_reports::profile::difference;
use rustworthy_reports::{Part, attribution, gate, html, report, to_json};

use crate::printer::Printer;

/// The page of a run, in its folder.
pub(crate) const PAGE: &str = "report.html";

/// The whole result of a run, in its folder.
const RESULT: &str = "run.json";

/// Writes a result into the folder of its run.
///
/// # Errors
/// When a file can't be written; the error names it.
pub(crate) fn save(folder: &RunFolder, finding: Finding<'_>, printer: &Printer) -> io::Result<()> {
    match finding {
        Finding::Comparison(comparison) => {
            folder.write(RESULT, &to_json(comparison))?;
            folder.write(PAGE, &html(comparison))
        }
        Finding::Attribution(result, tail) => {
            let graph = tail.and_then(|tail| {
                difference((&tail.usual.0, &tail.usual.1), (&tail.slow.0, &tail.slow.1))
                    .inspect_err(|error| {
                        printer.warning(&format!("slow requests can't be drawn against usual ones: {error}"));
                    })
                    .ok()
            });
            if let Some(graph) = &graph {
                folder.write("tail.svg", graph)?;
            }
            folder.write(RESULT, &to_json(result))?;
            folder.write(PAGE, &attribution::page(result, graph.as_deref()))
        }
        Finding::Decision(decision) => {
            folder.write(RESULT, &to_json(&in_words(decision)))?;
            folder.write(PAGE, &report(&[Part::Decision(decision)]))
        }
        Finding::Gate(result) => {
            folder.write(RESULT, &to_json(result))?;
            folder.write("report.md", &gate::markdown(result))?;
            folder.write(PAGE, &report(&[Part::Gate(result)]))
        }
    }
}

/// Prints where the page of a run is.
pub(crate) fn tell_page(folder: &RunFolder, printer: &Printer) {
    printer.note(&format!("report: {}", folder.path().join(PAGE).display()));
}
