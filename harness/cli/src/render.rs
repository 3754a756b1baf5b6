//! Results as standard output has them.

use rustworthy_model::attribution::Attribution;
use rustworthy_model::capture::Capture;
use rustworthy_model::comparison::Comparison;
use rustworthy_model::decision::Decision;
use rustworthy_model::doctor::Doctor;
use rustworthy_model::gate::Gate;
use rustworthy_model::new_crate::{Check, NewCrate};
use rustworthy_model::profile::Profile;
use rustworthy_model::rollout::Rollout;
use rustworthy_reports::{
    all_to_json, attribution, capture, decision, doctor, gate, markdown, new_crate, profile, rollout, table, to_json,
};

use crate::arguments::{DecisionVersion, Format, GateFormat};
use crate::printer::Printer;

pub(crate) fn comparison(result: &Comparison, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => table(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => markdown(result),
    }
}

pub(crate) fn attribution(result: &Attribution, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => attribution::table(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => attribution::markdown(result),
    }
}

pub(crate) fn decision(result: &Decision, format: Format, version: DecisionVersion, printer: &Printer) -> String {
    match format {
        Format::Table => decision::table(result, &printer.table()),
        Format::Json => match version {
            DecisionVersion::One => to_json(&decision::to_version_1(result)),
            DecisionVersion::Two => to_json(&decision::in_words(result)),
        },
        Format::Markdown => decision::markdown(result),
    }
}

pub(crate) fn profile(result: &Profile, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => profile::table(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => profile::markdown(result),
    }
}

pub(crate) fn captures(results: &[Capture], format: Format, printer: &Printer) -> String {
    let each = |rendered: &dyn Fn(&Capture) -> String| results.iter().map(rendered).collect::<Vec<_>>().join("\n");
    match (format, results) {
        (Format::Table, _) => each(&|result| capture::table(result, &printer.table())),
        (Format::Json, [result]) => to_json(result),
        (Format::Json, _) => all_to_json(results),
        (Format::Markdown, _) => each(&capture::markdown),
    }
}

pub(crate) fn new_crate(result: &NewCrate, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => new_crate::text(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => new_crate::markdown(result),
    }
}

pub(crate) fn check(package: &str, result: &Check, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => new_crate::check_text(package, result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => new_crate::check_markdown(package, result),
    }
}

pub(crate) fn rollout(result: &Rollout, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => rollout::text(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => rollout::markdown(result),
    }
}

pub(crate) fn gate(result: &Gate, format: GateFormat, printer: &Printer) -> String {
    match format {
        GateFormat::Text => gate::text(result, &printer.table()),
        GateFormat::Json => to_json(result),
        GateFormat::Markdown => gate::markdown(result),
        GateFormat::Junit => gate::junit(result),
        GateFormat::Github => gate::github(result),
    }
}

pub(crate) fn doctor(result: &Doctor, format: Format, printer: &Printer) -> String {
    let detail = if printer.is_verbose() { doctor::Detail::Full } else { doctor::Detail::Brief };
    match format {
        Format::Table => doctor::table(result, &printer.table(), detail),
        Format::Json => to_json(result),
        Format::Markdown => doctor::markdown(result),
    }
}
