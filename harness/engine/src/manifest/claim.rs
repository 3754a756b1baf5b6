//! `[[workload.NAME.claim]]`

use std::collections::BTreeMap;

use super::contender::ContenderEntry;
use super::project::{Claim, Published};
use super::quantity::{parse_memory, quoted};
use super::section::Section;
use super::suggest::remedy;
use super::value::{Value, all};

const TIMES: [&str; 2] = ["baseline-seconds", "contender-seconds"];
const MEMORIES: [&str; 2] = ["baseline-bytes", "contender-bytes"];

/// Reads the claims about these contenders. `sizes` are the workload's, if nothing is wrong with them.
pub(super) fn claims(
    value: &Value<'_>,
    contenders: &[ContenderEntry<'_>],
    sizes: Option<&BTreeMap<String, u64>>,
) -> Option<Vec<Claim>> {
    let claims = value.elements()?;
    all(claims.iter().map(|value| claim(value, contenders, sizes)))
}

fn claim(value: &Value<'_>, contenders: &[ContenderEntry<'_>], sizes: Option<&BTreeMap<String, u64>>) -> Option<Claim> {
    let section = value.section()?;
    let source = section.require("source");
    let source = source.and_then(|value| value.string());
    let against = optional(section.take("against"), |value| known(value, contenders));
    let contender = section.require("contender");
    let contender = contender.and_then(|value| subject(&value, contenders, against.flatten()));
    let size = optional(section.take("size"), |value| size(value, sizes));
    let seconds = published(&section, TIMES, |value| value.number());
    let bytes = published(&section, MEMORIES, |value| value.parsed(parse_memory).map(|bytes| bytes as f64));
    if !TIMES.iter().chain(&MEMORIES).any(|key| section.has(key)) {
        section.missing(TIMES[0], "add the published times, or `baseline-bytes` and `contender-bytes`");
    }
    section.finish();
    Some(Claim {
        source: source?.to_owned(),
        contender: contender?.to_owned(),
        against: against?.map(str::to_owned),
        size: size?,
        seconds: seconds?,
        bytes: bytes?,
    })
}

/// What a key that may be absent says; `None` when something is wrong with it.
fn optional<'a, T>(value: Option<Value<'a>>, read: impl FnOnce(&Value<'a>) -> Option<T>) -> Option<Option<T>> {
    value.map_or(Some(None), |value| read(&value).map(Some))
}

/// The two figures of one quantity: either both are there or none.
fn published(
    section: &Section<'_>,
    [baseline, contender]: [&'static str; 2],
    read: impl Fn(&Value<'_>) -> Option<f64>,
) -> Option<Option<Published>> {
    if !section.has(baseline) && !section.has(contender) {
        return Some(None);
    }
    let figure = |key, other| {
        let value = section.take(key);
        if value.is_none() {
            section.missing(key, &format!("it goes with {other}"));
        }
        value.and_then(|value| read(&value))
    };
    let (baseline, contender) = (figure(baseline, contender), figure(contender, baseline));
    Some(Some(Published { baseline: baseline?, contender: contender? }))
}

/// The contender that a claim is about: not the one that it is held against.
fn subject<'a>(value: &Value<'a>, contenders: &[ContenderEntry<'_>], against: Option<&str>) -> Option<&'a str> {
    let name = known(value, contenders)?;
    let baseline = contenders.iter().find(|found| found.baseline.is_some()).map(|found| found.name);
    if against.or(baseline) == Some(name) {
        let what = if against.is_some() { "what it is held against" } else { "the baseline" };
        value.error(format!("{} is {what}; name the contender that was faster or slower", quoted(name)));
    }
    Some(name)
}

/// The name of a contender of this workload.
fn known<'a>(value: &Value<'a>, contenders: &[ContenderEntry<'_>]) -> Option<&'a str> {
    let name = value.string()?;
    if !contenders.iter().any(|found| found.name == name) {
        let names: Vec<&str> = contenders.iter().map(|found| found.name).collect();
        value.error(format!("there is no contender {}; {}", quoted(name), remedy(name, &names)));
    }
    Some(name)
}

/// A size by its name or as a number.
fn size(value: &Value<'_>, sizes: Option<&BTreeMap<String, u64>>) -> Option<u64> {
    let Some(name) = value.as_str() else { return value.integer() };
    let sizes = sizes?;
    let found = sizes.get(name);
    if found.is_none() {
        let names: Vec<&str> = sizes.keys().map(String::as_str).collect();
        value.error(format!("there is no size {}; {}", quoted(name), remedy(name, &names)));
    }
    found.copied()
}
