//! What Prometheus reads, and gives: lines of `name_bucket{le="0.1"} 23`.

use std::collections::BTreeMap;

use super::histogram::Histogram;

/// All histograms of durations by their names, the series of each added up.
///
/// # Errors
/// For lines that aren't of that form.
pub(super) fn histograms(text: &str) -> Result<BTreeMap<String, Histogram>, String> {
    // By name and other labels, the bounds with how many are below.
    let mut series: BTreeMap<(String, String), Vec<(f64, f64)>> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || format!("line {}: isn't `name{{label=\"value\"}} number`, which Prometheus reads", number + 1);
        let (name, labels, value) = parts(line).ok_or_else(wrong)?;
        let Some(name) = name.strip_suffix("_bucket") else { continue };
        let bound =
            labels.iter().find(|(key, _)| *key == "le").and_then(|(_, bound)| number_of(bound)).ok_or_else(wrong)?;
        let others = labels.iter().filter(|(key, _)| *key != "le").map(|(key, value)| format!("{key}={value},"));
        let value = number_of(value).filter(|value| *value >= 0.0 && value.is_finite()).ok_or_else(wrong)?;
        series.entry((name.to_owned(), others.collect())).or_default().push((bound, value));
    }
    let mut all: BTreeMap<String, Histogram> = BTreeMap::new();
    for ((name, _), buckets) in series {
        let Some(unit) = unit(&name) else { continue };
        let histogram = histogram(buckets, unit).map_err(|why| format!("'{name}' {why}"))?;
        all.entry(name.clone()).or_default().add(&histogram).map_err(|why| format!("'{name}' {why}"))?;
    }
    Ok(all)
}

/// Seconds that a metric of this name counts, by Prometheus' convention.
fn unit(name: &str) -> Option<f64> {
    [("_seconds", 1.0), ("_milliseconds", 1e-3), ("_ms", 1e-3)]
        .into_iter()
        .find(|(end, _)| name.ends_with(end))
        .map(|(_, unit)| unit)
}

/// Counts below bounds as counts between them.
fn histogram(mut buckets: Vec<(f64, f64)>, unit: f64) -> Result<Histogram, String> {
    buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
    if buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
        return Err("has no class le=\"+Inf\"".to_owned());
    }
    let mut below = 0.0;
    let mut counts = Vec::new();
    for (_, count) in &buckets {
        if *count < below {
            return Err("has counts that fall as bounds rise".to_owned());
        }
        counts.push((count - below).round() as u64);
        below = *count;
    }
    buckets.pop();
    Histogram { bounds: buckets.iter().map(|(bound, _)| bound * unit).collect(), counts }.shaped()
}

fn number_of(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        text => text.parse().ok().filter(|number: &f64| !number.is_nan()),
    }
}

/// Name, labels and value of a line.
type Parts<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str);

/// The parts of a line; a time may follow.
fn parts(line: &str) -> Option<Parts<'_>> {
    let Some((name, rest)) = line.split_once('{') else {
        let mut words = line.split_whitespace();
        return Some((words.next()?, Vec::new(), words.next()?));
    };
    let mut labels = Vec::new();
    let mut rest = rest.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Some((name.trim(), labels, after.split_whitespace().next()?));
        }
        let (key, quoted) = rest.split_once('=')?;
        let value = quoted.trim_start().strip_prefix('"')?;
        let end = end_of_quoted(value)?;
        labels.push((key.trim(), &value[..end]));
        rest = value[end + 1..].trim_start().trim_start_matches(',').trim_start();
    }
}

/// Where a text in quotation marks ends, in which a backslash takes the next letter as it is.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn series_are_added_up_and_counts_are_those_between_bounds() {
        let text = "# TYPE http_server_request_duration_seconds histogram\n\
            http_server_request_duration_seconds_bucket{route=\"/a\\\"b,}\",le=\"0.1\"} 7\n\
            http_server_request_duration_seconds_bucket{route=\"/a\\\"b,}\",le=\"+Inf\"} 9 1700000000\n\
            http_server_request_duration_seconds_bucket{le=\"0.1\"} 1e2\n\
            http_server_request_duration_seconds_bucket{le=\"+Inf\"} 101\n\
            http_server_request_duration_seconds_sum 4.5\nup 1\n\
            queue_wait_milliseconds_bucket{le=\"5\"} 1\nqueue_wait_milliseconds_bucket{le=\"+Inf\"} 2\n\
            size_bytes_bucket{le=\"5\"} 1\nsize_bytes_bucket{le=\"+Inf\"} 2\n";
        let found = histograms(text).unwrap();
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["http_server_request_duration_seconds", "queue_wait_milliseconds"]
        );
        let requests = &found["http_server_request_duration_seconds"];
        assert_eq!((&requests.bounds[..], &requests.counts[..]), (&[0.1][..], &[107, 3][..]));
        assert_eq!(found["queue_wait_milliseconds"].bounds, [0.005]);
    }

    #[test]
    fn what_is_no_histogram_is_refused_with_its_line() {
        for (text, says) in [
            ("a_seconds_bucket{le=\"1\"} 3\na_seconds_bucket{le=\"+Inf\"} 2\n", "counts that fall"),
            ("a_seconds_bucket{le=\"1\"} 3\n", "no class le=\"+Inf\""),
            ("up 1\na_seconds_bucket{le=1} 3\n", "line 2: isn't"),
            ("a_seconds_bucket{le=\"x\"} 3\n", "line 1: isn't"),
            ("word\n", "line 1: isn't"),
        ] {
            let error = histograms(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_reading_it_ends(text in "([a-z_]{0,9}(_seconds_bucket)?\\{?(le=\"[0-9.+Inf]{0,4}\",?)?\\}? ?[0-9e.-]{0,5}\n){0,5}") {
            let _ = histograms(&text);
        }
    }
}
