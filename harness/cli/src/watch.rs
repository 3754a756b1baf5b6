//! `rustworthy watch`: whether migrations that were shipped are still worth their upkeep, for a job that runs now and then.

use anyhow::Result;
use rustworthy_engine::decide::{Deciding, DecisionMade};
use rustworthy_engine::verdict::Outcome;
use rustworthy_engine::watch::{Standing, standing, watch};

use crate::arguments::{DecisionVersion, WatchArguments};
use crate::decide::of_nothing;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;
use crate::save::tell_page;
use crate::surroundings::Surroundings;

pub(crate) fn run(arguments: &WatchArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let made = surroundings.ask(|context| watch(context, &arguments.into()))?;
    let DecisionMade { decision, folder, outcome } = match made {
        Deciding::Made(made) => *made,
        Deciding::Nothing(outcome) => return Ok(of_nothing(outcome)),
    };
    printer.result(&render::decision(&decision, arguments.deciding.result.format, DecisionVersion::Two, printer))?;
    tell_page(&folder, printer);
    let standings: Vec<Standing> = decision.candidates.iter().map(standing).collect();
    for (candidate, _) in
        decision.candidates.iter().zip(&standings).filter(|(_, standing)| **standing == Standing::NotWorthIt)
    {
        printer.note(&format!("{}: its Rust isn't worth the upkeep any more", candidate.name));
    }
    Ok(match outcome {
        Outcome::ContenderFailed => Exit::ContenderFailed,
        _ if standings.contains(&Standing::NotWorthIt) => Exit::Regressed,
        _ if standings.contains(&Standing::Unknown) => Exit::Inconclusive,
        Outcome::Fine | Outcome::NothingRun => Exit::Fine,
    })
}
