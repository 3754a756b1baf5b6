//! The arguments of `rustworthy capture`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::{parse_duration, parse_memory};

use super::output::Format;
use super::project::{ProjectOptions, PythonOptions};

#[derive(Debug, Args)]
pub(crate) struct CaptureArguments {
    /// Functions by the names that users import them by, `module:function` or `module:Class.method`
    #[arg(required = true, value_name = "MODULE:FUNCTION")]
    pub(crate) functions: Vec<String>,
    /// The program that calls them, with its arguments: `-- python app.py`. Its output goes to standard error
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "pytest")]
    pub(crate) program: Vec<OsString>,
    /// Run tests instead, with these arguments of pytest in one string
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub(crate) pytest: Option<String>,
    /// Answer the requests of a scenario of the manifest instead, one after the other
    #[arg(long, value_name = "NAME", conflicts_with_all = ["program", "pytest"])]
    pub(crate) scenario: Option<String>,
    /// Ask the program for this URL on this machine, and for others in turn, once it answers: for --for, or 10 s
    #[arg(long, value_name = "URL", requires = "program")]
    pub(crate) url: Vec<String>,
    /// Name of the capture [default: that of the function]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Replace a capture of that name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Calls to keep of each function, a sample of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), default_value_t = 200)]
    pub(crate) keep: u32,
    /// Room for the calls of each function
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, default_value = "16MiB")]
    pub(crate) max_bytes: u64,
    /// Record generator functions too, plain and asynchronous: up to so many items of what each call gives
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) streams: Option<u64>,
    /// Take out what this regular expression of Python's finds in texts, beside passwords, tokens, keys, card numbers and
    /// e-mail addresses; of a name that it matches as a whole, all that has the name
    #[arg(long, value_name = "PATTERN")]
    pub(crate) redact: Vec<String>,
    /// Have a callable without arguments make a value that can't be written down: `_thread.lock=threading:Lock`. What is named is its
    /// type, or its path, `args[1]`
    #[arg(long, value_name = "WHAT=MODULE:CALLABLE", value_parser = parse_recipe)]
    pub(crate) recipe: Vec<(String, String)>,
    /// Leave calls out that hold what only pickle can, rather than keep them for --trust-pickles
    #[arg(long)]
    pub(crate) no_pickles: bool,
    /// End the program after this time, as Ctrl-C does [default: when it ends by itself]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub(crate) duration: Option<Duration>,
    /// Don't make the calls again to see what they depend on
    #[arg(long)]
    pub(crate) no_replay: bool,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

fn parse_recipe(text: &str) -> Result<(String, String), String> {
    let wrong = "expected WHAT=MODULE:CALLABLE, such as _thread.lock=threading:Lock";
    let (what, made_by) = text.rsplit_once('=').ok_or(wrong)?;
    Ok((what.to_owned(), made_by.to_owned()))
}
