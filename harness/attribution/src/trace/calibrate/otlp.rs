//! Metrics of OpenTelemetry's protocol in JSON, one request after the other as the Collector's file exporter writes them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::histogram::Histogram;

/// All histograms of durations by their names, the series of each added up.
///
/// # Errors
/// For JSON that isn't whole, and for histograms without explicit bounds.
pub(super) fn histograms(text: &str) -> Result<BTreeMap<String, Histogram>, String> {
    let mut all: BTreeMap<String, Series> = BTreeMap::new();
    for request in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let request = request.map_err(|error| format!("isn't whole JSON: {error}"))?;
        if request.get("resourceSpans").is_some() {
            return Err("holds traces, of which some were kept; give the metrics of all requests".to_owned());
        }
        for resource in list(&request, "resourceMetrics") {
            for metric in list(resource, "scopeMetrics").flat_map(|scope| list(scope, "metrics")) {
                let Some((name, unit)) = metric["name"].as_str().zip(unit(metric)) else { continue };
                if metric.get("exponentialHistogram").is_some() {
                    return Err(format!(
                        "'{name}' is an exponential histogram, which isn't read; export it with explicit bounds"
                    ));
                }
                if metric.get("histogram").is_some() {
                    let series = all.entry(name.to_owned()).or_default();
                    series
                        .add(&metric["histogram"], &resource["resource"], unit)
                        .map_err(|why| format!("'{name}' {why}"))?;
                }
            }
        }
    }
    all.into_iter()
        .map(|(name, series)| Ok((name.clone(), series.sum().map_err(|why| format!("'{name}' {why}"))?)))
        .collect()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// Seconds that a metric counts; nothing of one that doesn't count time.
fn unit(metric: &Value) -> Option<f64> {
    match metric["unit"].as_str()? {
        "s" => Some(1.0),
        "ms" => Some(1e-3),
        "us" => Some(1e-6),
        "ns" => Some(1e-9),
        _ => None,
    }
}

/// The series of a metric. Those that count since a beginning come again and again, and the last counts; of the others all do.
#[derive(Default)]
struct Series {
    since_beginning: BTreeMap<String, (u64, Histogram)>,
    others: Histogram,
}

impl Series {
    fn add(&mut self, histogram: &Value, resource: &Value, unit: f64) -> Result<(), String> {
        let is_delta = match &histogram["aggregationTemporality"] {
            Value::String(word) => word.ends_with("DELTA"),
            number => number.as_u64() == Some(1),
        };
        for point in list(histogram, "dataPoints") {
            let read = read(point, unit)?;
            if is_delta {
                self.others.add(&read)?;
                continue;
            }
            let key = format!("{resource}{}{}", point["attributes"], point["startTimeUnixNano"]);
            let at = whole(&point["timeUnixNano"]).unwrap_or(0);
            let last = self.since_beginning.entry(key).or_default();
            if at >= last.0 {
                *last = (at, read);
            }
        }
        Ok(())
    }

    fn sum(self) -> Result<Histogram, String> {
        let mut sum = self.others;
        self.since_beginning.values().try_for_each(|(_, histogram)| sum.add(histogram))?;
        Ok(sum)
    }
}

fn read(point: &Value, unit: f64) -> Result<Histogram, String> {
    let wrong = || "has a point without bounds or counts".to_owned();
    let bounds = list(point, "explicitBounds").map(|bound| Some(bound.as_f64()? * unit)).collect::<Option<Vec<_>>>();
    let counts = list(point, "bucketCounts").map(whole).collect::<Option<Vec<_>>>();
    Histogram { bounds: bounds.ok_or_else(wrong)?, counts: counts.ok_or_else(wrong)? }.shaped()
}

/// Whole numbers of 64 bits are texts in JSON.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn point(at: u64, route: &str, counts: [u64; 3]) -> Value {
        json!({
            "attributes": [{ "key": "http.route", "value": { "stringValue": route } }],
            "startTimeUnixNano": "1", "timeUnixNano": at.to_string(),
            "explicitBounds": [100, 1000], "bucketCounts": counts.map(|count| count.to_string()),
        })
    }

    fn request(temporality: Value, points: &[Value]) -> String {
        let histogram = json!({ "dataPoints": points, "aggregationTemporality": temporality });
        let metric = json!({ "name": "http.server.duration", "unit": "ms", "histogram": histogram });
        json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [metric] }] }] }).to_string()
    }

    fn counts(text: &str) -> Vec<u64> {
        let found = histograms(text).unwrap();
        assert_eq!(found["http.server.duration"].bounds, [0.1, 1.0]);
        found["http.server.duration"].counts.clone()
    }

    #[test]
    fn of_what_counts_since_a_beginning_the_last_counts_and_of_the_rest_all() {
        let [early, late] = [[1, 1, 0], [5, 2, 1]];
        let of = |temporality: Value| {
            let first = request(temporality.clone(), &[point(2, "/a", early), point(2, "/b", early)]);
            let second = request(temporality, &[point(3, "/a", late)]);
            format!("{first}\n{second}\n")
        };
        assert_eq!(counts(&of(json!(2))), [6, 3, 1]);
        assert_eq!(counts(&of(json!("AGGREGATION_TEMPORALITY_DELTA"))), [7, 4, 1]);
    }

    #[test]
    fn what_is_no_histogram_with_bounds_is_refused() {
        let exponential = json!({ "name": "d", "unit": "s", "exponentialHistogram": {} });
        let exponential = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [exponential] }] }] });
        for (text, says) in [
            (exponential.to_string(), "is an exponential histogram"),
            (json!({ "resourceSpans": [] }).to_string(), "holds traces"),
            ("{".to_owned(), "isn't whole JSON"),
            (request(json!(1), &[json!({ "explicitBounds": [1], "bucketCounts": [1] })]), "1 bounds and 1 counts"),
        ] {
            let error = histograms(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
