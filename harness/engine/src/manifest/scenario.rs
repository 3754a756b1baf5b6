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
    let servers = section.take("servers").map_or(Some(1), |value| number_of(&value, "servers"));
    let concurrency = concurrency(&section, servers);
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
        concurrency: concurrency?,
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

fn number_of(value: &Value<'_>, what: &str) -> Option<u32> {
    let number = value.integer()?;
    value.accept(u32::try_from(number).map_err(|_| format!("{number} {what} are too many; give at most {}", u32::MAX)))
}

/// How many requests are tasks of one event loop: one loop has one thread, and a WSGI application has none.
fn concurrency(section: &Section<'_>, servers: Option<u32>) -> Option<u32> {
    let Some(value) = section.take("concurrency") else { return Some(1) };
    let concurrency = number_of(&value, "requests at the same time")?;
    let refusal = match servers {
        _ if concurrency == 1 => None,
        Some(2..) => Some("one event loop is run by one thread; remove `servers`, or `concurrency`"),
        _ if section.take("wsgi").is_some() => {
            Some("WSGI applications have no event loop; let `servers` say how many threads answer at the same time")
        }
        _ => None,
    };
    value.accept(refusal.map_or(Ok(concurrency), |refusal| Err(refusal.to_owned())))
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
