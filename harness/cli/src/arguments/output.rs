//! Options that say how a command talks, and where its result goes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rustworthy_reports::export;

/// Options of every command that say how it talks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// When to colour the output; NO_COLOR and FORCE_COLOR are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a result is rendered on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table to read in a terminal
    #[value(alias = "text")]
    Table,
    /// The whole result
    Json,
    /// A table for an issue or a pull request
    Markdown,
}

/// Options that say where a result goes.
#[derive(Debug, Args)]
pub(crate) struct ResultOptions {
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Folder for the files of the run [default: a new one in .rustworthy/runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Files in the formats of other tools.
#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// Also write the times for another tool: pyperf, hyperfine, bencher or github-action-benchmark. Of a gate it's the new
    /// side, and the old one goes to the same name with `.old` before its extension
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_export)]
    pub(crate) export: Vec<(export::Format, PathBuf)>,
}

fn parse_export(text: &str) -> Result<(export::Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("expected FORMAT=FILE, such as pyperf=times.json")?;
    if file.is_empty() {
        return Err("the file is missing after '='".to_owned());
    }
    Ok((format.parse().map_err(|error: export::UnknownFormat| error.to_string())?, file.into()))
}
