//! `[workload.NAME]`

use std::collections::BTreeMap;
use std::path::Path;

use super::claim::claims;
use super::contender::{ContenderEntry, check_baselines, contender};
use super::equality::equality;
use super::project::{Contender, Workload};
use super::quantity::quoted;
use super::section::Section;
use super::shared::{SectionContext, requirements};
use super::value::{Value, all};
use super::vocabulary::UNSTABLE;

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
    let input = section.require("input").and_then(|value| value.target());
    let sizes = section.require("sizes").and_then(|value| sizes(&value));
    let bytes = section.take("bytes").and_then(|value| value.target());
    let equal = equality(section.take("equal").as_ref());
    let replaces = section.take("replaces").and_then(|value| value.target());
    let calls_per_month = section.take("calls-per-month").and_then(|value| value.number());
    let fresh_input = section.take("fresh-input").is_some_and(|value| value.boolean() == Some(true));
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
