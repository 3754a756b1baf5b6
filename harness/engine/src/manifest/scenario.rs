//! `[scenario.NAME]`

use std::path::Path;

use super::equality::equality;
use super::project::{Arrivals, EntryPoint, Load, Migration, Scenario, Target};
use super::section::Section;
use super::shared::{SectionContext, requirements};
use super::value::{Value, all};
use super::vocabulary::PROCESSES;

/// Reads all scenarios, in the order of the file.
pub(super) fn scenarios(value: Option<Value<'_>>, context: &SectionContext<'_>) -> Option<Vec<Scenario>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    all(value.section()?.named().iter().map(|(name, value)| scenario(name, value, context)))
}

fn scenario(name: &str, value: &Value<'_>, context: &SectionContext<'_>) -> Option<Scenario> {
    let section = value.section()?;
    let requirements = requirements(&section, context.folder).or_else(|| context.requirements.map(Path::to_owned));
    let entry = entry_point(&section);
    let requests = section.require("requests").and_then(|value| value.target());
    let count = section.require("count").and_then(|value| value.integer());
    let arrivals = section.require("arrivals").and_then(|value| arrivals(&value));
    let servers = section.take("servers").map_or(Some(1), |value| servers(&value));
    let candidates = section.take("candidates").map_or_else(|| Some(Vec::new()), |value| candidates(&value));
    let equal = equality(section.take("equal").as_ref());
    let migrated = section.take("migrated").map_or_else(|| Some(Vec::new()), |value| migrations(&value));
    section.finish();
    Some(Scenario {
        name: name.to_owned(),
        requirements,
        entry: entry?,
        requests: requests?,
        count: count?,
        arrivals: arrivals?,
        servers: servers?,
        candidates: candidates?,
        equal: equal?,
        migrated: migrated?,
    })
}

fn entry_point(section: &Section<'_>) -> Option<EntryPoint> {
    let remedy = "add `handler = \"module:callable\"`, or `wsgi` or `asgi` with an application";
    let (key, value) = section.exactly_one(&["handler", "wsgi", "asgi"], remedy)?;
    let target = value.target()?;
    Some(match key {
        "wsgi" => EntryPoint::Wsgi(target),
        "asgi" => EntryPoint::Asgi(target),
        _ => EntryPoint::Handler(target),
    })
}

fn servers(value: &Value<'_>) -> Option<u32> {
    let servers = value.integer()?;
    value.accept(
        u32::try_from(servers).map_err(|_| format!("{servers} servers are too many; give at most {}", u32::MAX)),
    )
}

fn candidates(value: &Value<'_>) -> Option<Vec<Target>> {
    all(value.elements()?.iter().map(Value::target))
}

fn migrations(value: &Value<'_>) -> Option<Vec<Migration>> {
    let migration = |(from, to): (&str, Value<'_>)| {
        let (from, to) = (to.accept(Target::parse(from, to.place.clone())), to.target());
        Some(Migration { from: from?, to: to? })
    };
    all(value.section()?.entries().into_iter().map(migration))
}

fn arrivals(value: &Value<'_>) -> Option<Arrivals> {
    let mut section = value.section()?;
    let process = section.require("process");
    let arrivals = match process.and_then(|value| value.choice(&PROCESSES)) {
        Some(Some(gaps)) => load(&section).map(|load| Arrivals::Open { gaps, load }),
        Some(None) => {
            for key in ["utilization", "rate"] {
                section.refuse(key, "closed arrivals follow the answers; remove the key");
            }
            Some(Arrivals::Closed)
        }
        None => None,
    };
    section.finish();
    arrivals
}

fn load(section: &Section<'_>) -> Option<Load> {
    let remedy = "add `utilization = 0.7` or `rate = 120.0` (requests per second)";
    match section.exactly_one(&["utilization", "rate"], remedy)? {
        ("rate", value) => value.number().map(Load::Rate),
        (_, value) => value.number().map(Load::Utilization),
    }
}
