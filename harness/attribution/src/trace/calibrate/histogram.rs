//! Histograms of latency, whatever wrote them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use super::{Calibration, otlp, prometheus};
use crate::trace::error::{TraceError, unreadable};

/// Bytes of a file of metrics.
const MOST_BYTES: u64 = 64 << 20;

/// What servers call the durations of the requests that they answer, as far as conventions go.
const USUAL: [&str; 6] = [
    "http.server.request.duration",
    "http.server.duration",
    "rpc.server.duration",
    "http_server_request_duration",
    "http_server_duration",
    "rpc_server_duration",
];

/// How many requests took how long.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Histogram {
    /// Seconds that requests of each class take at most, ascending; those of the last class take longer than the last of them.
    pub(super) bounds: Vec<f64>,
    /// Requests of each class, one more than bounds.
    pub(super) counts: Vec<u64>,
}

impl Histogram {
    /// A class in words.
    pub(super) fn class(&self, class: usize) -> String {
        let from = class.checked_sub(1).and_then(|before| self.bounds.get(before)).copied().unwrap_or(0.0);
        match self.bounds.get(class) {
            Some(to) => format!("{from} to {to} s"),
            None => format!("more than {from} s"),
        }
    }

    /// Takes in another of the same.
    ///
    /// # Errors
    /// For one with other classes.
    pub(super) fn add(&mut self, other: &Self) -> Result<(), String> {
        if self.counts.is_empty() {
            *self = other.clone();
            return Ok(());
        }
        if self.bounds != other.bounds {
            return Err(
                "has series with different classes, which can't be added up; give those of one service".to_owned()
            );
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count = count.saturating_add(*more));
        Ok(())
    }

    /// # Errors
    /// For one without any request.
    fn filled(self) -> Result<Self, String> {
        match self.counts.iter().all(|count| *count == 0) {
            true => Err("has no request in any class".to_owned()),
            false => Ok(self),
        }
    }

    /// # Errors
    /// For what is no histogram.
    pub(super) fn shaped(self) -> Result<Self, String> {
        let is_ascending = self.bounds.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_ascending || self.bounds.iter().any(|bound| !bound.is_finite()) {
            return Err("has classes whose bounds don't ascend".to_owned());
        }
        if self.counts.len() != self.bounds.len() + 1 {
            return Err(format!("has {} bounds and {} counts, not one more", self.bounds.len(), self.counts.len()));
        }
        Ok(self)
    }
}

/// The histogram that is asked for, with its name.
///
/// # Errors
/// For a file that can't be read, one without it, and one with several where none is named.
pub(super) fn read(calibration: &Calibration) -> Result<(String, Histogram), TraceError> {
    let path = &calibration.file;
    let failed = |message: String| TraceError::file(path, message);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed(format!("has more than {MOST_BYTES} bytes; give the metrics of one service")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| failed(NEITHER.to_owned()))?;
    let all = match text.trim_start().starts_with('{') {
        true => otlp::histograms(text),
        false => prometheus::histograms(text),
    };
    chosen(all.map_err(failed)?, calibration.metric.as_deref()).map_err(failed)
}

const NEITHER: &str = "is neither OTLP's JSON of metrics nor what Prometheus reads";

/// The one that is named, or the durations of requests to a server, or the only one.
fn chosen(mut all: BTreeMap<String, Histogram>, metric: Option<&str>) -> Result<(String, Histogram), String> {
    let names: Vec<String> = all.keys().cloned().collect();
    let listed = || names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let usual: Vec<&String> = names.iter().filter(|name| USUAL.iter().any(|usual| name.starts_with(usual))).collect();
    let name = match (metric, &usual[..], &names[..]) {
        (_, _, []) => return Err(format!("holds no histogram, or {NEITHER}")),
        (Some(metric), ..) if names.iter().any(|name| name == metric) => metric.to_owned(),
        (Some(metric), ..) => return Err(format!("has no histogram '{metric}'; it has {}", listed())),
        (None, [usual], _) => (*usual).clone(),
        (None, _, [only]) => only.clone(),
        _ => return Err(format!("has several histograms, {}: name one, --calibrate METRIC=FILE", listed())),
    };
    let histogram = all.remove(&name).unwrap_or_default();
    let filled = histogram.filled().map_err(|why| format!("'{name}' {why}"))?;
    Ok((name, filled))
}
