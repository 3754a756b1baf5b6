//! The file format of <https://www.speedscope.app>: one timeline for each thread.

use rustworthy_model::profile::{Kind, Stacks};
use serde::Serialize;

use super::words;
use crate::visible;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: &'a str,
    shared: Shared,
    profiles: Vec<Timeline<'a>>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeline<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    unit: &'static str,
    start_value: f64,
    end_value: f64,
    samples: Vec<&'a [usize]>,
    weights: Vec<f64>,
}

/// The samples of every thread over time, in seconds.
pub fn speedscope(name: &str, stacks: &Stacks) -> String {
    let frames = stacks.frames().iter().map(|frame| Named {
        name: match frame.kind {
            Kind::Native | Kind::Rust => {
                format!("{} [{}]", visible::line(&frame.name), words::kind(frame.kind))
            }
            _ => visible::line(&frame.name),
        },
        file: frame.file.clone(),
        line: frame.line.filter(|&line| line > 0),
    });
    let timeline = |(thread, name)| {
        let own = || stacks.samples.iter().filter(move |sample| sample.thread == thread);
        Timeline {
            kind: "sampled",
            name,
            unit: "seconds",
            start_value: 0.0,
            end_value: stacks.interval * own().count() as f64,
            samples: own().map(|sample| stacks.frames_of(sample.stack)).collect(),
            weights: own().map(|_| stacks.interval).collect(),
        }
    };
    let profiles = stacks.threads.iter().map(String::as_str).enumerate().map(timeline);
    let file = File {
        schema: SCHEMA,
        exporter: concat!("rustworthy ", env!("CARGO_PKG_VERSION")),
        name,
        shared: Shared { frames: frames.collect() },
        profiles: profiles.filter(|timeline| !timeline.samples.is_empty()).collect(),
    };
    serde_json::to_string(&file).expect("strings and plain numbers")
}
