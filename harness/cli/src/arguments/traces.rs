//! How traces of production are read.

use clap::Args;

/// How traces are read.
#[derive(Debug, Args)]
pub(crate) struct TraceOptions {
    /// Events of a Chrome trace that are requests, by their name [default: the outermost of each thread]
    #[arg(long, value_name = "GLOB", requires = "requests_of_traces")]
    pub(crate) request: Option<String>,
    /// A service whose first span of each trace is a request, whatever its parent: for traces whose root is elsewhere
    #[arg(long, value_name = "NAME", requires = "requests_of_traces")]
    pub(crate) service: Option<String>,
    /// How many requests each of a sample stands for: what samplers write, nothing, or the attribute of that name [default: auto]
    #[arg(long, value_name = "auto|none|KEY", requires = "requests_of_traces")]
    pub(crate) weights: Option<String>,
    /// Weigh requests by a histogram of the latencies of all of them, OTLP's JSON of metrics or what Prometheus reads: for traces that
    /// were chosen by latency
    #[arg(long, value_name = "[METRIC=]FILE", requires = "requests_of_traces", conflicts_with = "weights")]
    pub(crate) calibrate: Option<String>,
    /// Which columns of spans in Parquet are what, where they aren't called as in ClickHouse: trace, span, parent, name, service,
    /// start, end, duration, kind, status, state, attributes, resource; duration=took:ms says what numbers count
    #[arg(long, value_name = "ROLE=COLUMN", requires = "requests_of_traces", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Use what there is of files that end too early
    #[arg(long, requires = "requests_of_traces")]
    pub(crate) allow_truncated: bool,
    /// Leave out traces with more spans than the limit and count them, rather than refuse
    #[arg(long, requires = "requests_of_traces")]
    pub(crate) skip_long_traces: bool,
    /// Keep operations of a trace apart whose names differ in numbers and identifiers alone
    #[arg(long, requires = "requests_of_traces")]
    pub(crate) no_grouping: bool,
    /// Raise a limit that a trace is beyond; the error names it
    #[arg(long, value_name = "NAME=N", requires = "requests_of_traces", value_parser = parse_limit)]
    pub(crate) limit: Vec<(String, u64)>,
}

impl TraceOptions {
    /// The first of the options that parts have in them, if one is given.
    pub(crate) fn of_parts(&self) -> Option<&'static str> {
        let given = [
            ("--request", self.request.is_some()),
            ("--service", self.service.is_some()),
            ("--weights", self.weights.is_some()),
            ("--columns", !self.columns.is_empty()),
            ("--allow-truncated", self.allow_truncated),
            ("--skip-long-traces", self.skip_long_traces),
            ("--no-grouping", self.no_grouping),
        ];
        given.into_iter().find_map(|(option, is_given)| is_given.then_some(option))
    }
}

fn parse_limit(text: &str) -> Result<(String, u64), String> {
    let (name, limit) = text.split_once('=').ok_or("expected NAME=N, such as span-bytes=33554432")?;
    let number = limit.replace('_', "").parse().map_err(|_| format!("'{limit}' isn't a whole number"))?;
    Ok((name.to_owned(), number))
}
