//! `[cost]`, `[goal]` and `[gate]`: what decisions and the regression gate go by.

use std::collections::BTreeMap;

use super::project::{Cost, FailOver, Gate, Goal, MigrationCost};
use super::quantity::{parse_duration, parse_percent, quoted};
use super::section::Section;
use super::suggest::remedy;
use super::value::{Value, all};

impl Cost {
    /// What is absurd about the prices, in words that name the key and the remedy.
    ///
    /// Reading the manifest refuses what isn't a number or is negative; this finds what no project has.
    pub fn absurd(&self) -> Vec<String> {
        let migration = self.migration.map(|migration| (migration.engineer_day, migration.days));
        let limits = [
            ("cost.core-hour", Some(self.core_hour), 1e6, "the price of one core for an hour"),
            ("cost.requests-per-month", self.requests_per_month, 1e15, "how many requests come in a month"),
            ("cost.engineer-day", migration.map(|(day, _)| day), 1e9, "the price of a day of work"),
            ("cost.migration-days", migration.map(|(_, days)| days), 1e4, "the days that one migration takes"),
            ("cost.horizon-months", Some(self.horizon_months), 1e3, "the months within which it has to pay back"),
        ];
        let too_large = |(key, value, most, what): (&str, Option<f64>, f64, &str)| {
            let value = value.filter(|value| *value > most)?;
            Some(format!("{key}: {value:e} is more than {most:e}; give {what}"))
        };
        limits.into_iter().filter_map(too_large).collect()
    }
}

/// Reads `[cost]`.
pub(super) fn cost(value: &Value<'_>) -> Option<Cost> {
    let section = value.section()?;
    let core_hour = section.require("core-hour").and_then(|value| value.number());
    let requests_per_month = section.take("requests-per-month").and_then(|value| value.number());
    let migration = migration_cost(&section);
    let horizon_months = section.take("horizon-months").map_or(Some(12.0), |value| value.number());
    let currency = section.take("currency").map_or(Some("USD"), |value| value.string());
    section.finish();
    Some(Cost {
        core_hour: core_hour?,
        requests_per_month,
        migration,
        horizon_months: horizon_months?,
        currency: currency?.to_owned(),
    })
}

/// The price of a day and the number of days mean nothing without each other.
fn migration_cost(section: &Section<'_>) -> Option<MigrationCost> {
    let (day, days) = (section.take("engineer-day"), section.take("migration-days"));
    match (&day, &days) {
        (Some(_), None) => section.missing("migration-days", "it goes with engineer-day"),
        (None, Some(_)) => section.missing("engineer-day", "it goes with migration-days"),
        _ => {}
    }
    let (engineer_day, days) = (day.map(|value| value.number()), days.map(|value| value.number()));
    Some(MigrationCost { engineer_day: engineer_day??, days: days?? })
}

/// Reads `[goal]`.
pub(super) fn goal(value: &Value<'_>) -> Option<Goal> {
    let section = value.section()?;
    let (p99, cost) = (section.take("p99"), section.take("cost"));
    section.finish();
    let only_cost = cost.as_ref().and_then(Value::boolean) == Some(true);
    if let (Some(_), Some(cost), true) = (&p99, &cost, only_cost) {
        cost.error("there is one goal, `p99` or `cost`; remove one");
    }
    match p99 {
        Some(p99) => p99.parsed(parse_duration).map(Goal::P99),
        None => only_cost.then_some(Goal::Cost),
    }
}

/// Reads `[gate]`; `workloads` are the names that there are.
pub(super) fn gate(value: &Value<'_>, workloads: &[&str]) -> Option<Gate> {
    let section = value.section()?;
    let all = fail_over(&section);
    let own = section.take("workload").map_or_else(|| Some(BTreeMap::new()), |value| own_limits(&value, workloads));
    section.finish();
    Some(Gate { all: all?, workloads: own? })
}

fn fail_over(section: &Section<'_>) -> Option<FailOver> {
    let share = |key| section.take(key).map_or(Some(None), |value| value.parsed(parse_percent).map(Some));
    let (time, p99, memory) = (share("fail-over"), share("fail-over-p99"), share("fail-over-memory"));
    Some(FailOver { time: time?, p99: p99?, memory: memory? })
}

fn own_limits(value: &Value<'_>, workloads: &[&str]) -> Option<BTreeMap<String, FailOver>> {
    let own = |(name, value): (&str, Value<'_>)| {
        if !workloads.contains(&name) {
            value.error(format!("there is no workload {}; {}", quoted(name), remedy(name, workloads)));
        }
        let section = value.section()?;
        let own = fail_over(&section);
        if own == Some(FailOver::default()) {
            section.missing("fail-over", "add `fail-over = \"10%\"`, `fail-over-p99` or `fail-over-memory`");
        }
        section.finish();
        Some((name.to_owned(), own?))
    };
    all(value.section()?.entries().into_iter().map(own))
}
