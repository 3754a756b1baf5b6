//! `[workload.NAME]`

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_protocol::{Raises, RecordedCalls};

use super::claim::claims;
use super::contender::{ContenderEntry, check_baselines, contender};
use super::equality::equality;
use super::project::{CapturedCalls, Contender, Input, Workload};
use super::quantity::quoted;
use super::section::Section;
use super::shared::{SectionContext, requirements};
use super::target::CAPTURE;
use super::value::{Value, all};
use super::vocabulary::{EFFECTS, RAISES, UNSTABLE};
use crate::capture::{folder as capture_folder, is_name};

/// The word that stands for every workload on the command line.
const ALL: &str = "all";

/// Reads all workloads, in the order of the file.
pub(super) fn workloads(value: Option<Value<'_>>, context: &SectionContext<'_>) -> Option<Vec<Workload>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    let entries = value.section()?.named();
    all(entries.iter().map(|(name, value)| workload(name, value, context)))
}

fn workload(name: &str, value: &Value<'_>, context: &SectionContext<'_>) -> Option<Workload> {
    if name == ALL {
        value.error("'all' stands for every workload on the command line; choose another name");
    }
    let section = value.section()?;
    let description = section.take("description").and_then(|value| value.string());
    let requirements = requirements(&section, context.folder).or_else(|| context.requirements.map(Path::to_owned));
    let input = section.require("input");
    let sizes = section.require("sizes").and_then(|value| sizes(&value));
    let bytes = section.take("bytes").and_then(|value| value.target());
    let equal = equality(section.take("equal").as_ref());
    let replaces = section.take("replaces").and_then(|value| value.target());
    let calls_per_month = section.take("calls-per-month").and_then(|value| value.number());
    let fresh_input = section.take("fresh-input");
    let effects = section.take("effects").map(|value| (value.choice(&EFFECTS), value));
    let raises = section.take("raises").map(|value| (value.choice(&RAISES), value));
    let input = input.and_then(|value| read_input(&value, effects, raises, context.folder));
    let changes_arguments = matches!(&input, Some(Input::Calls(captured)) if captured.calls.with_arguments);
    let fresh_input = match fresh_input {
        Some(value) if changes_arguments && value.boolean() == Some(false) => {
            value.error("arguments after the call are part of the output, so that every call needs its own; remove the key, or add `effects = \"none\"`");
            true
        }
        Some(value) => value.boolean() == Some(true) || changes_arguments,
        None => changes_arguments,
    };
    let unstable = section.take("unstable").is_some_and(|value| value.choice(&UNSTABLE) == Some(()));
    let contenders = contenders(&section, context);
    let claims = match section.take("claim") {
        Some(value) => claims(&value, &contenders, sizes.as_ref()),
        None => Some(Vec::new()),
    };
    section.finish();
    Some(Workload {
        name: name.to_owned(),
        description: description.map(str::to_owned),
        requirements,
        input: input?,
        sizes: sizes?,
        bytes,
        equal: equal?,
        replaces,
        calls_per_month,
        fresh_input,
        unstable,
        contenders: contenders.into_iter().map(|found| found.contender).collect::<Option<Vec<Contender>>>()?,
        claims: claims?,
    })
}

/// What makes the input: a callable, or recorded calls, with what is said of those alone.
fn read_input(
    value: &Value<'_>,
    effects: Option<(Option<bool>, Value<'_>)>,
    raises: Option<(Option<Raises>, Value<'_>)>,
    folder: &Path,
) -> Option<Input> {
    let Some(name) = value.as_str().and_then(|text| text.strip_prefix(CAPTURE)) else {
        for (key, place) in [("effects", effects.map(|read| read.1)), ("raises", raises.map(|read| read.1))] {
            if let Some(place) = place {
                place.error(format!("only recorded calls have `{key}`, `input = \"capture:NAME\"`; remove the key"));
            }
        }
        return value.target().map(Input::Callable);
    };
    if !is_name(name) {
        value.error(format!("{} can't name a capture; its name consists of a-z, 0-9 and -", quoted(name)));
        return None;
    }
    let calls = RecordedCalls {
        folder: capture_folder(folder, name),
        trusts_pickles: false,
        with_arguments: effects.map_or(Some(true), |read| read.0)?,
        raises: raises.map_or(Some(Raises::Message), |read| read.0)?,
        streams: None,
    };
    Some(Input::Calls(CapturedCalls { name: name.to_owned(), place: value.place.clone(), calls }))
}

fn sizes(value: &Value<'_>) -> Option<BTreeMap<String, u64>> {
    let section = value.section()?;
    if !section.has("default") {
        section.require_missing("default");
    }
    let size = |(name, value): (&str, Value<'_>)| {
        let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !bare || name.parse::<u64>().is_ok() {
            value.error(format!("{} can't name a size; use letters, digits, - and _, but not a number", quoted(name)));
        }
        Some((name.to_owned(), value.integer()?))
    };
    all(section.entries().into_iter().map(size))
}

fn contenders<'a>(workload: &Section<'a>, context: &SectionContext<'_>) -> Vec<ContenderEntry<'a>> {
    let value = workload.require("contender");
    let Some(section) = value.and_then(|value| value.section()) else {
        return Vec::new();
    };
    let found: Vec<_> = section.named().into_iter().map(|(name, value)| contender(name, &value, context)).collect();
    check_baselines(&found, workload);
    found
}
