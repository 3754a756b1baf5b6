//! JSON that is no trace: called by the name of the tool that wrote it, with what can be done about it.

/// What an object with these keys is.
pub(super) fn named(keys: &[String]) -> Option<&'static str> {
    let has = |key: &str| keys.iter().any(|known| known == key);
    if has("schema") && has("run") {
        Some("is a result of rustworthy, no trace; `rustworthy report` shows its run")
    } else if has("blockID") && has("format") {
        Some(
            "is what a block of Tempo says of itself; its traces are in data.parquet beside it, without which the block isn't whole: \
             give the folder that has both",
        )
    } else if has("machine_info") {
        Some(
            "is a file of pytest-benchmark, which tells times of functions alone and nothing of requests; give a trace",
        )
    } else if has("benchmarks") || has("results") {
        Some(
            "holds times of benchmarks (of pyperf, hyperfine, asv or alike), no trace; `rustworthy gate --import` compares \
              two files of pyperf, hyperfine, pytest-benchmark or asv",
        )
    } else if has("resourceLogs") || has("resourceMetrics") {
        Some("holds logs or metrics of OpenTelemetry, which tell nothing of requests; give its traces")
    } else if has("nodes") && has("timeDeltas") {
        Some("is a profile of V8, so of JavaScript; speedscope reads it, and exports what can be read here")
    } else {
        None
    }
}

/// What a table is with these columns.
pub(super) fn columns(names: &[&str]) -> Option<&'static str> {
    let has = |name: &str| names.contains(&name);
    if has("rs") && has("TraceID") {
        Some(
            "is a block of Tempo, whose columns are known: leave out --columns; tables beside it that need them are read by a run \
             of their own (--partial for each, and --merge)",
        )
    } else if has("parts") && has("start_ns") {
        Some("is a part, which --partial wrote; attribute --merge takes the folder that it is in")
    } else if has("SeverityText") || has("SeverityNumber") {
        Some("holds logs of OpenTelemetry (`otel_logs`), which tell nothing of requests; export the table of traces")
    } else if has("MetricName") {
        Some(
            "holds metrics of OpenTelemetry, which tell nothing of requests; export the table of traces (`otel_traces`)",
        )
    } else {
        None
    }
}

/// What a list is whose elements begin with this key.
pub(super) fn listed(first_key: Option<&str>) -> Option<&'static str> {
    (first_key == Some("jmhVersion"))
        .then_some("is a file of JMH, which tells times of Java's benchmarks and nothing of requests; give a trace")
}

/// What is said of spans of Zipkin.
pub(super) const ZIPKIN: &str = "is JSON of Zipkin, which isn't read; the OpenTelemetry Collector makes OTLP's JSON of its \
                                 spans (receiver 'zipkin', exporter 'file')";

/// What is said of lists in a list.
pub(super) const LISTS: &str = "is a list of lists, which is no trace that can be read; Zipkin's interface gives such: the \
                                OpenTelemetry Collector makes OTLP's JSON of its spans (receiver 'zipkin', exporter 'file')";
